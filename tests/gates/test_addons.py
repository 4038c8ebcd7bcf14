from __future__ import annotations

from pathlib import Path

from bylaw.gates.addons import addon_reasons, named_addons

MANIFEST = "addon_key: {key}\naddon_class: {kind}\nrulebook: {rulebook}\n"
TEMPLATES = "rules.backend-python-templates.md"


def manifest(root: Path, key: str, kind: str, rulebook: str, more: str = "") -> str:
    path = root / f"profiles/addons/{key}.addon.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MANIFEST.format(key=key, kind=kind, rulebook=rulebook) + more)
    return path.relative_to(root).as_posix()


def codes(root: Path, paths: list[str], *texts: str) -> tuple[list[str], list[str]]:
    blocks, warnings = addon_reasons(named_addons(str(root), paths, [], texts))
    return [each.reason_code for each in blocks], [each.reason_code for each in warnings]


def test_a_required_one_that_is_missing_blocks(tmp_path: Path) -> None:
    path = manifest(tmp_path, "pythonTemplates", "required", TEMPLATES)
    assert codes(tmp_path, [path], f"load {TEMPLATES}") == (
        ["BLOCKED-MISSING-TEMPLATES:pythonTemplates"], [])  # fmt: skip
    other = manifest(tmp_path, "kafka", "required", "rules.kafka.md")
    assert codes(tmp_path, [other], "the kafka add-on") == (["BLOCKED-MISSING-ADDON:kafka"], [])


def test_an_advisory_one_warns(tmp_path: Path) -> None:
    path = manifest(tmp_path, "riskTiering", "advisory", "rules.risk-tiering.md")
    assert codes(tmp_path, [path], "see rules.risk-tiering.md") == (
        [], ["WARN-PRINCIPAL-EVIDENCE-MISSING:riskTiering"])  # fmt: skip


def test_one_that_nobody_names_does_not_matter(tmp_path: Path) -> None:
    path = manifest(tmp_path, "kafka", "required", "rules.kafka.md")
    assert codes(tmp_path, [path], "nothing of that kind") == ([], [])


def test_one_that_is_here_is_fine(tmp_path: Path) -> None:
    path = manifest(tmp_path, "kafka", "required", "rules.kafka.md")
    (tmp_path / "profiles/rules.kafka.md").write_text("# Kafka\n")
    assert codes(tmp_path, [path], "kafka") == ([], [])
    (found,) = named_addons(str(tmp_path), [path], ["kafka"], [])
    assert (found.rulebook, found.is_here) == ("profiles/rules.kafka.md", True)


def test_a_broken_manifest_is_taken_for_required(tmp_path: Path) -> None:
    path = tmp_path / "kafka.addon.yml"
    for text in ("addon_class: [", "- a\n", "addon_class: Advisory\n", ""):
        path.write_text(text)
        assert codes(tmp_path, ["kafka.addon.yml"], "kafka") == (
            ["BLOCKED-MISSING-ADDON:kafka"], [])  # fmt: skip


def test_a_rulebook_outside_the_repository_is_not_here(tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("x")
    root = tmp_path / "repository"
    for rulebook in ("../rules.md", "../../../rules.md", str(tmp_path / "rules.md")):
        path = manifest(root, "kafka", "required", rulebook)
        assert codes(root, [path], "kafka") == (["BLOCKED-MISSING-ADDON:kafka"], [])
