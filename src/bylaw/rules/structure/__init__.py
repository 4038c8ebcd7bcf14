"""How the modules of a project hang together."""

from __future__ import annotations

from bylaw.rules.structure import (
    import_cycle,
    layer_violation,
    role_naming,
    wrong_package_root,
)

MODULES = (
    import_cycle,
    layer_violation,
    role_naming,
    wrong_package_root,
)
