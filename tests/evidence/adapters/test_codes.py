"""Reason codes of adapters are registered, in exactly this spelling."""

from __future__ import annotations

import re
from pathlib import Path

import bylaw.evidence
from bylaw.evidence.reason_codes import meaning_of

SOURCE = Path(bylaw.evidence.__file__).parent
_CODES = re.compile(
    r"(?:Verdict\(\s*(?:FAIL|NOT_VERIFIED|result),|Refusal\(\s*[\w.]+,)\s*\(f?\"([\w-]+)"
)


def test_codes_of_adapters_are_registered() -> None:
    files = [*(SOURCE / "adapters").glob("*.py"), SOURCE / "recording.py", SOURCE / "performing.py"]
    found = {code for path in files for code in _CODES.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 15
    assert [each for each in sorted(found) if not meaning_of(each)] == []
