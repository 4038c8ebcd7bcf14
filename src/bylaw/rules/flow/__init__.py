"""Rules that follow values and effects through functions."""

from __future__ import annotations

from bylaw.rules.flow import (
    blocking_call_in_async,
    env_read_outside_settings,
    mutable_global_state,
    nondeterministic_test,
    swallowed_exception,
    undeclared_environment,
)

MODULES = (
    blocking_call_in_async,
    env_read_outside_settings,
    mutable_global_state,
    nondeterministic_test,
    swallowed_exception,
    undeclared_environment,
)
