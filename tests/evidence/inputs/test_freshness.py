"""Freshness: every cause by its name, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.evidence.inputs.runs import CLOCK, ENVIRONMENT, TOOL, item_of, plan
from tests.evidence.inputs.trees import MemoryBlobs, repository, write

from bylaw.evidence.inputs.freshness import Freshness, Now, Plan, freshness_of
from bylaw.evidence.inputs.inputs import inputs_of
from bylaw.evidence.inputs.installed import installed_digest, known_version, version_in
from bylaw.evidence.inputs.manifest import Elsewhere
from bylaw.evidence.inputs.observed import Observed
from bylaw.evidence.inputs.tree import take_tree
from bylaw.evidence.item import ASSERTED, Item, Tool

FILES = {"a.py": "a\n", "b.py": "b\n", "docs/x.md": "x\n"}
NARROW = Observed(frozenset({"a.py"}), "opened by 1 Python process")


class Held:
    """One item over one repository."""

    def __init__(self, root: Path, observed: Observed | None = None) -> None:
        self.root = repository(root, FILES)
        self.blobs = MemoryBlobs()
        self.item = item_of(inputs_of(take_tree(str(root)), observed, self.blobs))

    def freshness(
        self, plan: Plan | None = None, clock: str = CLOCK, **changed: object
    ) -> Freshness:
        """What became of it, with other fields in its draft."""
        item: Item = self.item._replace(draft=self.item.draft._replace(**changed))  # type: ignore[arg-type]
        plans = {"tests-green": plan} if plan is not None else {}
        tree = take_tree(str(self.root))
        return freshness_of({"tests-green": item}, tree, Now(clock, plans), self.blobs)[0]

    def kinds(self, plan: Plan | None = None, clock: str = CLOCK, **changed: object) -> list[str]:
        """The kinds of its causes."""
        return [each.kind for each in self.freshness(plan, clock, **changed).causes]


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path / "project")


def test_freshness_of_claim_without_item_is_absent(tmp_path: Path) -> None:
    tree = take_tree(str(repository(tmp_path, FILES)))
    found = freshness_of({"lint-clean": None}, tree, Now(CLOCK, {}), MemoryBlobs())
    assert [(each.claim, each.state) for each in found] == [("lint-clean", "absent")]


def test_freshness_of_nothing_changed_is_fresh(held: Held) -> None:
    found = held.freshness(plan())
    assert (found.state, found.set, found.files, found.causes) == ("fresh", "tree", 3, ())


def test_freshness_of_each_change_of_the_tree_is_named(held: Held) -> None:
    write(held.root, {"a.py": "other\n", "new.py": ""})
    (held.root / "b.py").unlink()
    (held.root / "docs/x.md").chmod(0o755)
    causes = held.freshness(plan()).causes
    assert [(each.kind, each.path) for each in causes] == [
        ("file-changed", "a.py"), ("file-removed", "b.py"), ("mode-changed", "docs/x.md"),
        ("file-added", "new.py"),
    ]  # fmt: skip


def test_freshness_of_narrowed_set_keeps_paths_and_modes(tmp_path: Path) -> None:
    held = Held(tmp_path / "project", NARROW)
    found = held.freshness(plan())
    assert (found.state, found.set, found.files) == ("fresh", "observed", 1)
    write(held.root, {"b.py": "other\n", "docs/x.md": "other\n"})
    assert held.kinds(plan()) == []
    (held.root / "b.py").chmod(0o755)
    assert held.kinds(plan()) == ["mode-changed"]
    (held.root / "b.py").unlink()
    assert held.kinds(plan()) == ["file-removed"]


def test_freshness_of_back_again_is_fresh(held: Held) -> None:
    write(held.root, {"a.py": "other\n"})
    assert held.kinds(plan()) == ["file-changed"]
    write(held.root, {"a.py": "a\n"})
    assert held.kinds(plan()) == []


PLANS = {
    "command": plan()._replace(command=("pytest", "-x")),
    "a shell": plan()._replace(shell=True),
    "a folder": plan()._replace(cwd="b"),
    "tool": plan()._replace(tool=Tool("pytest", "9")),
    "a lock entry": plan()._replace(tool=TOOL._replace(digest="sha256:1")),
    "interpreter": plan()._replace(environment=ENVIRONMENT._replace(interpreter="CPython 3.12")),
    "a lock": plan()._replace(environment=ENVIRONMENT._replace(lock="sha256:1")),
    "a variable": plan()._replace(environment=ENVIRONMENT._replace(variables=(("A", "secret"),))),
    "pack": plan()._replace(pack="sha256:1"),
}


@pytest.mark.parametrize("name", PLANS)
def test_freshness_of_other_plan_is_stale(held: Held, name: str) -> None:
    causes = held.freshness(PLANS[name]).causes
    assert len(causes) == 1
    assert causes[0].kind in ("command", "tool", "environment", "pack")
    assert "secret" not in causes[0].detail


def test_freshness_of_claim_nobody_would_run_is_stale(held: Held) -> None:
    assert held.kinds() == ["command"]
    assert held.kinds(provenance=ASSERTED) == []


@pytest.mark.parametrize(("ended", "clock", "kind"), [
    ("2026-11-21T22:00:00.000001Z", CLOCK, "clock"),
    ("9999-12-31T00:00:00.000000Z", CLOCK, "clock"),
    ("2026-11-21T20:59:59.000000Z", CLOCK, "clock"),
    ("NaN", CLOCK, "clock"),
    ("", CLOCK, "clock"),
    ("2026-11-21T21:00:01", CLOCK, "clock"),
    ("2026-11-21T21:00:01.000000Z", "", "clock"),
])  # fmt: skip
def test_freshness_of_impossible_times_is_stale(
    held: Held, ended: str, clock: str, kind: str
) -> None:
    assert held.kinds(plan(), clock, ended=ended) == [kind]


def test_freshness_of_age_counts_only_where_it_is_asked_for(held: Held) -> None:
    later = "2027-11-21T22:00:00.000000Z"
    assert held.kinds(plan(), later) == []
    assert held.kinds(plan(), later, oldest=3600) == ["age"]
    assert held.kinds(plan()._replace(oldest=3600), later) == ["age"]
    assert held.kinds(plan()._replace(oldest=7200), CLOCK, oldest=3600) == []


def test_freshness_of_missing_manifest_is_stale(held: Held) -> None:
    write(held.root, {"a.py": "other\n"})
    held.blobs.kept = dict.fromkeys(held.blobs.kept, b"no manifest")
    assert held.kinds(plan()) == ["manifest"]


def test_freshness_of_other_packages_is_stale(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    write(site, {"x-1.0.dist-info/RECORD": "a", "y.pth": "import y"})
    row = Elsewhere("installed", str(site), installed_digest(str(site)))
    held = Held(tmp_path / "project", Observed(frozenset({"a.py"}), "x", (row,)))
    assert held.kinds(plan()) == []
    for files in ({"x-1.0.dist-info/RECORD": "b"}, {"z-1.dist-info/RECORD": ""}, {"y.pth": "."}):
        write(site, files)
        assert held.kinds(plan()) == ["packages-changed"]
        row = Elsewhere("installed", str(site), installed_digest(str(site)))
        tree = take_tree(str(held.root))
        observed = Observed(frozenset({"a.py"}), "x", (row,))
        held.item = item_of(inputs_of(tree, observed, held.blobs))


def test_version_in_reads_the_name_of_the_metadata(tmp_path: Path) -> None:
    write(tmp_path, {"pytest_cov-5.0.dist-info/RECORD": "", "Old-1.2-py3.11.egg-info/PKG-INFO": ""})
    assert version_in(str(tmp_path), "pytest-cov") == "5.0"
    assert version_in(str(tmp_path), "old") == "1.2"
    assert version_in(str(tmp_path), "none") == ""


def test_known_version_asks_again_only_for_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = tmp_path / "tool"
    program.write_text("1")
    assert known_version(str(program), lambda: "1.0") == "1.0"
    assert known_version(str(program), lambda: "2.0") == "1.0"
    program.write_text("22")
    assert known_version(str(program), lambda: "2.0") == "2.0"
