"""Rules about how a file is written: its size, its comments, its signatures."""

from __future__ import annotations

from bylaw.rules.style import (
    class_too_long,
    commented_out_code,
    file_too_long,
    function_too_long,
    missing_docstring,
    missing_future_annotations,
    unexplained_type_ignore,
    unstructured_logging,
    untyped_return,
)

MODULES = (
    class_too_long,
    commented_out_code,
    file_too_long,
    function_too_long,
    missing_docstring,
    missing_future_annotations,
    unexplained_type_ignore,
    unstructured_logging,
    untyped_return,
)
