"""Rules about the way a backend is started and what it is shipped with."""

from __future__ import annotations

from bylaw.rules.deploy import (
    boot_command_drift,
    boot_command_not_module,
    boot_command_shadowed,
    boot_command_unresolved,
    boot_health_mismatch,
    boot_port_mismatch,
    env_file_committed,
    image_healthcheck_needs_shell_tool,
    image_latest_tag,
    image_no_healthcheck,
    image_root_user,
    image_secret_in_layer,
    image_shell_form_cmd,
    image_single_stage,
    package_not_installed,
    path_hack,
    reload_in_production,
    script_path_execution,
    shadowed_package,
)

MODULES = (
    boot_command_drift,
    boot_command_not_module,
    boot_command_shadowed,
    boot_command_unresolved,
    boot_health_mismatch,
    boot_port_mismatch,
    env_file_committed,
    image_healthcheck_needs_shell_tool,
    image_latest_tag,
    image_no_healthcheck,
    image_root_user,
    image_secret_in_layer,
    image_shell_form_cmd,
    image_single_stage,
    package_not_installed,
    path_hack,
    reload_in_production,
    script_path_execution,
    shadowed_package,
)
