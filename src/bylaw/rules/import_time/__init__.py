"""What importing a module must not do."""

from __future__ import annotations

from bylaw.rules.import_time import (
    import_time_database,
    import_time_env_read,
    import_time_filesystem,
    import_time_network,
    import_time_process,
    import_time_raise,
)

MODULES = (
    import_time_database,
    import_time_env_read,
    import_time_filesystem,
    import_time_network,
    import_time_process,
    import_time_raise,
)
