"""Times as evidence has them: UTC, to the microsecond, as text that sorts as the times do."""

from __future__ import annotations

import re
import time

SLACK = 5_000_000
"""Microseconds by which clocks may differ, or step back: time services correct them so."""
_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z", re.ASCII)


def now() -> str:
    """This moment."""
    return text_of(time.time_ns() // 1000)


def text_of(microseconds: int) -> str:
    """A time, given the microseconds since 1970."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06d}Z"


def microseconds_of(text: str) -> int | None:
    """Microseconds since 1970 of a time; None where it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, rest = map(int, match.groups())
    seconds = ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    at = seconds * 1_000_000 + rest
    # The thirtieth of February is not the second of March.
    return at if year >= 1970 and text_of(at) == text else None


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970, counting years from March: leap days end them then."""
    year -= month <= 2
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    era, of_era = divmod(year, 400)
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
