"""Rules about the tests themselves."""

from __future__ import annotations

from bylaw.rules.testing import (
    missing_test_module,
    mock_overuse,
    multiple_behaviours_in_test,
    sleep_in_test,
    test_name_pattern,
)

MODULES = (
    missing_test_module,
    mock_overuse,
    multiple_behaviours_in_test,
    sleep_in_test,
    test_name_pattern,
)
