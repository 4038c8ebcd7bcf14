"""From the words of ``bylaw pack lint`` to its report."""

from __future__ import annotations

import os
from collections.abc import Sequence

from bylaw.config import load_config
from bylaw.errors import UsageError
from bylaw.packs.known import known_names
from bylaw.packs.own.document import Document, load_document
from bylaw.packs.own.enabled import find_documents
from bylaw.packs.own.lint import Report, lint
from bylaw.packs.reading import load_packs
from bylaw.rules.catalogue import Catalogue
from bylaw.source.project_root import find_root


def lint_files(files: Sequence[str], catalogue: Catalogue) -> Report:
    """Looks through documents; those that are enabled, where none are named.

    Args:
        files: paths as given; the root is that of the first.
        catalogue: every rule there is.

    Raises:
        UsageError: a file lies outside the root, or none is named and none is enabled.
        DocumentError: a file is not there, or is no text.
        ConfigProblemsError: the configuration cannot be used.
    """
    for path in files:
        if not os.path.isfile(path):
            raise UsageError(f"no such file: {path}", hint="name a Markdown file")
    root = _root_of(files[0]) if files else find_root(".")
    enabled = find_documents(load_config(root, catalogue.configurable), root, catalogue.infos)
    problems = () if files else enabled.problems
    documents: Sequence[Document] = enabled.documents
    if files:
        documents = [load_document(root, _inside(root, path), catalogue.infos) for path in files]
    elif not documents and not problems:
        raise UsageError(
            "no document is enabled", hint="name a Markdown file, or enable one: [packs] enable"
        )
    report = lint(
        root, documents, enabled.bindings, load_packs(), known_names(catalogue.infos.values())
    )
    return report._replace(errors=(*problems, *report.errors))


def _root_of(path: str) -> str:
    """The root of a document; where nothing marks one, the working directory if it is above."""
    root, folder = find_root(path), os.path.realpath(os.path.dirname(os.path.abspath(path)))
    here = os.path.realpath(".")
    unmarked = root == folder and not os.path.exists(os.path.join(root, ".git"))
    return here if unmarked and folder.startswith(f"{here}{os.sep}") else root


def _inside(root: str, path: str) -> str:
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    if relative == ".." or relative.startswith(f"..{os.sep}"):
        raise UsageError(f"{path} is not below the root {root}", hint="lint one root at a time")
    return relative.replace(os.sep, "/")
