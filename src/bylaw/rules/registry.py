"""All rules by name: what each declares and the function that finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bylaw.finding import Finding
from bylaw.rules.change import commit_message, edited_migration, generated_code_edited
from bylaw.rules.context import RuleContext
from bylaw.rules.delegated import (
    missing_annotation,
    relative_import,
)
from bylaw.rules.dependencies import (
    dev_dependency_in_production,
    missing_lockfile,
    undeclared_dependency,
    unpinned_dependency,
)
from bylaw.rules.deploy import (
    env_file_committed,
    path_hack,
    script_path_execution,
    shadowed_package,
)
from bylaw.rules.flow import (
    blocking_call_in_async,
    mutable_global_state,
    nondeterministic_test,
    swallowed_exception,
    undeclared_environment,
)
from bylaw.rules.gates import (
    dangling_reference,
    flaky_retry,
    gate_disabled,
    missing_project_file,
    required_check_missing,
)
from bylaw.rules.import_time import (
    import_time_database,
    import_time_env_read,
    import_time_filesystem,
    import_time_network,
    import_time_process,
    import_time_raise,
)
from bylaw.rules.rule import RuleInfo
from bylaw.rules.structure import import_cycle, wrong_package_root
from bylaw.rules.tool import (
    duplicate_module,
    stale_baseline,
    suppression_without_reason,
    syntax_not_supported,
    unused_suppression,
)

Find = Callable[[RuleContext], Iterator[Finding]]


class Rule(NamedTuple):
    """One rule: what it declares, and how it finds.

    Attributes:
        info: identity and defaults.
        find: findings of a linked project; None where another room reports them.
    """

    info: RuleInfo
    find: Find | None


_MODULES = (
    missing_project_file,
    required_check_missing,
    dangling_reference,
    shadowed_package,
    dev_dependency_in_production,
    missing_lockfile,
    undeclared_dependency,
    unpinned_dependency,
    commit_message,
    edited_migration,
    env_file_committed,
    generated_code_edited,
    flaky_retry,
    gate_disabled,
    path_hack,
    script_path_execution,
    blocking_call_in_async,
    duplicate_module,
    import_cycle,
    import_time_database,
    import_time_env_read,
    import_time_filesystem,
    import_time_network,
    import_time_process,
    import_time_raise,
    missing_annotation,
    mutable_global_state,
    nondeterministic_test,
    relative_import,
    stale_baseline,
    suppression_without_reason,
    swallowed_exception,
    syntax_not_supported,
    undeclared_environment,
    unused_suppression,
    wrong_package_root,
)

RULES: Mapping[str, Rule] = {
    module.INFO.name: Rule(module.INFO, getattr(module, "find", None)) for module in _MODULES
}
INFOS: Mapping[str, RuleInfo] = {name: rule.info for name, rule in RULES.items()}


def aliases() -> dict[str, tuple[str, ...]]:
    """Clause ids, their section handles and other identifiers, each with the rules it names."""
    table: dict[str, set[str]] = {}
    for info in INFOS.values():
        for name in (*info.clauses, *info.aliases):
            table.setdefault(name, set()).add(info.name)
            handle, dot, _ = name.rpartition(".")
            if dot:
                table.setdefault(handle, set()).add(info.name)
    return {name: tuple(sorted(rules)) for name, rules in sorted(table.items())}
