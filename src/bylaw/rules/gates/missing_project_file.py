"""``missing-project-file``: a file that every project of a team has is not there."""

from __future__ import annotations

from collections.abc import Iterator

from bylaw.finding import Finding
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="missing-project-file",
    summary="The root has no README, changelog, Python version or pre-commit configuration.",
    clauses=("CON-DOC", "CON-ENV"),
    severity="warning",
    how="tree",
    family="gates",
    mend="add the file, or take it from the option files",
    default=False,
    options=(
        ("files", ("readme", "changelog", "python-version", "pre-commit"),
         "what has to be there; strict adds decisions and technical-debt, or names paths"),
    ),
    needs=frozenset({"manifests"}),
)  # fmt: skip

_ACCEPTED = {
    "readme": ("readme", "readme.md", "readme.rst", "readme.txt", "readme.adoc"),
    "changelog": ("changelog", "changelog.md", "changelog.rst", "changes.md", "changes.rst",
                  "changes", "history.md", "history.rst", "news.rst", "release-notes.md",
                  "releases.md", "docs/changelog.md", "docs/release-notes.md"),
    "python-version": (".python-version", ".tool-versions", "runtime.txt", "mise.toml",
                       ".mise.toml", "pixi.toml", "devbox.json"),
    "pre-commit": (".pre-commit-config.yaml", ".pre-commit-config.yml", "lefthook.yml",
                   ".husky", "prek.toml"),
    "decisions": ("docs/adr", "docs/adrs", "adr", "doc/adr", "docs/decisions",
                  "docs/architecture/decisions", "docs/architecture/adr"),
    "technical-debt": ("technical_debt.md", "tech_debt.md", "technical-debt.md", "tech-debt.md",
                       "docs/technical-debt.md", "docs/tech-debt.md", "docs/technical_debt.md"),
}  # fmt: skip
_SHOWN = {"readme": "README.md", "changelog": "CHANGELOG.md", "python-version": ".python-version",
          "pre-commit": ".pre-commit-config.yaml", "decisions": "docs/adr",
          "technical-debt": "TECHNICAL_DEBT.md"}  # fmt: skip
_ANCHORS = ("pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "manage.py", "README.md")


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per missing file, at the project's own metadata."""
    repository = context.repository
    top = {name.lower() for name in repository.listing()}
    docs = {f"docs/{name.lower()}" for name in repository.listing("docs")}
    anchor = next((name for name in _ANCHORS if repository.exists(name)), "")
    anchor = anchor or (context.project.paths[0] if context.project.paths else "README.md")
    for each in context.option(INFO, "files"):
        accepted = _ACCEPTED.get(str(each), (str(each),))
        if any(
            name in top or name in docs or (name.count("/") and repository.exists(name))
            for name in accepted
        ) or repository.exists(str(each)):  # fmt: skip
            continue
        shown = _SHOWN.get(str(each), str(each))
        yield file_finding(INFO, anchor, 1, f"there is no {shown}", sink=shown)
