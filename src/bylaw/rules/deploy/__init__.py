"""Rules about the way a backend is started and what it is shipped with."""

from __future__ import annotations

from bylaw.rules.deploy import (
    env_file_committed,
    path_hack,
    script_path_execution,
    shadowed_package,
)

MODULES = (
    env_file_committed,
    path_hack,
    script_path_execution,
    shadowed_package,
)
