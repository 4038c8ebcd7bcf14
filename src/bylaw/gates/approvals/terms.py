"""Terms on which approvals count: ``[waivers]`` of the configuration."""

from __future__ import annotations

from typing import NamedTuple

from bylaw.config import Config
from bylaw.errors import ConfigError

LONGEST_DAYS, USUAL_DAYS = 90, 30
_KNOWN = ("longest_days", "approvers")


class Terms(NamedTuple):
    """Terms.

    Attributes:
        longest_days: days after which any approval runs out, whatever it says itself.
        approvers: (name, key id) of those whose signatures count; empty where the keys that are
            trusted on this machine do.
    """

    longest_days: int = LONGEST_DAYS
    approvers: tuple[tuple[str, str], ...] = ()


def terms_of(config: Config) -> Terms:
    """The terms that a configuration sets.

    Args:
        config: of the repository.

    Raises:
        ConfigError: one of them is unknown, or of the wrong kind.
    """
    given = dict(config.waivers)
    for name in given:
        if name not in _KNOWN:
            raise _wrong(
                config, f"unknown term of [waivers]: {name}", f"one of {', '.join(_KNOWN)}"
            )
    days = given.get("longest_days", LONGEST_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 366:
        raise _wrong(config, "[waivers] longest_days is no number of days", "1 to 366")
    pairs = given.get("approvers", ())
    if not isinstance(pairs, tuple) or not all(_is_approver(each) for each in pairs):
        raise _wrong(config, "[waivers] approvers is no table of names and key ids",
                     'approvers = {alice = "<64 hexadecimal digits>"}')  # fmt: skip
    return Terms(days, tuple((str(name), str(key)) for name, key in pairs))


def _is_approver(pair: object) -> bool:
    if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[1], str):
        return False
    return len(pair[1]) == 64 and all(each in "0123456789abcdef" for each in pair[1])


def _wrong(config: Config, message: str, hint: str) -> ConfigError:
    return ConfigError(message, path=config.path, line=1, hint=hint)
