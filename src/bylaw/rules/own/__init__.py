"""What a team's own documents bind: one rule per kind of binding."""

from __future__ import annotations

from bylaw.rules.own import forbid_call, forbid_effect, forbid_import, naming, require_file

MODULES = (
    forbid_call,
    forbid_effect,
    forbid_import,
    naming,
    require_file,
)
