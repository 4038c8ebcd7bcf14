"""What stands behind each sentence of a document, and what is wrong with the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.errors import Diagnostic
from bylaw.packs.clause import Enforcer, Pack
from bylaw.packs.known import Known
from bylaw.packs.own.contradictions import Contradiction, contradictions
from bylaw.packs.own.document import Clause, Document
from bylaw.packs.own.references import Dangling, dangling_references
from bylaw.packs.own.shipped import matched, source_of
from bylaw.packs.own.tree import Tree
from bylaw.packs.own.vocabulary import could_enforce
from bylaw.packs.standing import Standing, judged
from bylaw.rules.binding import Binding

BOUND, SHIPPED, SUGGESTED, NOTHING = "bound", "shipped", "suggested", "nothing"
_BEST = ("enforced", "partial", "planned", "scaffold", "manual", "unenforced")


class Backing(NamedTuple):
    """One binding sentence and what stands behind it.

    Attributes:
        id: its identifier.
        strength: ``must``, ``should`` or ``may``.
        text: the sentence; for a clause of the shipped pack that the reader has no sentence for,
            the pack's own words.
        line: 1-based line.
        section: heading above it.
        form: form of the sentence; ``clause`` for one only the shipped pack has.
        by: ``bound`` by a block, ``shipped`` as a clause of a shipped pack, ``suggested`` a rule
            that could enforce it, or ``nothing``.
        status: as of ``bylaw clauses``; ``unenforced`` for what is suggested, too.
        enforcers: what enforces it.
        suggestions: rules that could.
        clauses: clauses of the shipped pack it says.
    """

    id: str
    strength: str
    text: str
    line: int
    section: str
    form: str
    by: str
    status: str
    enforcers: tuple[Enforcer, ...] = ()
    suggestions: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()


class Linted(NamedTuple):
    """One document as it was looked through.

    Attributes:
        document: the document.
        source: name of the shipped pack whose source it is; empty for any other.
        backings: its sentences, in its order.
        dangling: what it names that is not there.
        warnings: what it lacks, and nothing that keeps it from being used.
    """

    document: Document
    source: str
    backings: tuple[Backing, ...]
    dangling: tuple[Dangling, ...]
    warnings: tuple[Diagnostic, ...]

    def counts(self) -> dict[str, int]:
        """How many sentences there are, by what stands behind them and by status."""
        found = Counter([each.by for each in self.backings])
        found.update(each.status for each in self.backings)
        names = ("bound", "shipped", "suggested", "nothing", *_BEST)
        return {"sentences": len(self.backings), **{name: found[name] for name in names}}

    def by_rule(self) -> dict[str, int]:
        """Rules that enforce a sentence today, in full or in part, and how many each."""
        found: Counter[str] = Counter()
        for each in self.backings:
            if each.status in ("enforced", "partial"):
                found.update({one.name for one in each.enforcers if one.kind == "rule"})
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


class Report(NamedTuple):
    """What ``bylaw pack lint`` says.

    Attributes:
        root: absolute path of the root.
        documents: the documents.
        contradictions: sentences that cannot both be kept.
        errors: broken blocks, files that cannot be read.
    """

    root: str
    documents: tuple[Linted, ...]
    contradictions: tuple[Contradiction, ...]
    errors: tuple[Diagnostic, ...]

    def exit_code(self, *, strict: bool) -> int:
        """1 where something dangles, is broken or contradicts; 2 where nothing could be read.

        Args:
            strict: a sentence that nothing enforces fails as well.
        """
        if any(each.code != "binding" for each in self.errors):
            return 2
        wrong = self.errors or self.contradictions or any(each.dangling for each in self.documents)
        open_ = any(each.status == "unenforced" for one in self.documents for each in one.backings)
        return 1 if wrong or (strict and open_) else 0


def lint(
    root: str,
    documents: Sequence[Document],
    others: Iterable[Binding],
    packs: Sequence[Pack],
    known: Known,
) -> Report:
    """Looks through documents.

    Args:
        root: absolute path of the root.
        documents: the documents.
        others: what other enabled documents bind.
        packs: the packs that are shipped.
        known: the names that exist.
    """
    tree = Tree(root)
    linted = tuple(_linted(each, tree, packs, known) for each in documents)
    paths = {each.path for each in documents}
    bindings = [each for each in others if each.path not in paths]
    bindings += [each for document in documents for each in document.bindings]
    errors = tuple(each for document in documents for each in document.problems)
    found = contradictions(bindings)
    shown = tuple(each for each in found if {each.first.path, each.second.path} & paths)
    return Report(root, linted, shown, errors)


def _linted(document: Document, tree: Tree, packs: Sequence[Pack], known: Known) -> Linted:
    source = source_of(document, packs)
    backings = _backings(document, source, known)
    dangling = dangling_references(document, tree)
    name = source.name if source is not None else ""
    return Linted(document, name, backings, dangling, tuple(_warnings(document)))


def _warnings(document: Document) -> Iterable[Diagnostic]:
    """A pack of the kit of source 004 says whose it is and what for."""
    if not document.path.startswith(".ai/rules/"):
        return
    for name, value in (("Role:", document.role), ("Goal:", document.goal)):
        if not value:
            message, hint = f"the pack has no line `{name}`", f"add `{name}` at the top"
            yield Diagnostic("pack", message, document.path, 1, hint, 0)


def _backings(document: Document, source: Pack | None, known: Known) -> tuple[Backing, ...]:
    if source is None:
        return tuple(_backing(clause, document) for clause in document.clauses)
    shipped, lost = matched(source, document.clauses)
    found = []
    for clause in document.clauses:
        theirs = [judged(each, known) for each in shipped.get(clause.id, ())]
        own = _backing(clause, document)
        found.append(_shipped(own, theirs) if theirs and own.by != BOUND else own)
    for each in lost:
        standing = judged(each, known)
        enforcers = tuple(one for one in each.enforcers if one not in standing.missing)
        found.append(
            Backing(
                each.id,
                each.strength,
                each.text,
                each.line,
                each.heading,
                "clause",
                SHIPPED,
                standing.status,
                enforcers,
                (),
                (each.id,),
            )
        )
    return tuple(sorted(found, key=lambda each: each.line))


def _shipped(own: Backing, theirs: Sequence[Standing]) -> Backing:
    """A sentence by the clauses of a pack that restate it; the worst of them is its status."""
    status = max((each.status for each in theirs), key=_BEST.index)
    enforcers = dict.fromkeys(
        one for each in theirs for one in each.clause.enforcers if one not in each.missing
    )
    names = tuple(each.clause.id for each in theirs)
    return own._replace(
        by=SHIPPED, status=status, enforcers=tuple(enforcers), suggestions=(), clauses=names
    )


def _backing(clause: Clause, document: Document) -> Backing:
    sentence = clause.sentence
    section = sentence.headings[-1] if sentence.headings else ""
    plain = Backing(
        clause.id, sentence.strength, sentence.text, sentence.line, section, sentence.form,
        NOTHING, "unenforced",
    )  # fmt: skip
    if clause.bindings:
        enforcers = tuple(_enforcer(each) for each in clause.bindings)
        status = min((_status(each) for each in clause.bindings), key=_BEST.index)
        return plain._replace(by=BOUND, status=status, enforcers=enforcers)
    if clause in document.verifications:
        claim = Enforcer("claim", sentence.text)
        return plain._replace(by=BOUND, status="planned", enforcers=(claim,))
    suggestions = could_enforce(sentence.text)
    return plain._replace(by=SUGGESTED, suggestions=suggestions) if suggestions else plain


def _enforcer(binding: Binding) -> Enforcer:
    if binding.kind == "rule":
        return Enforcer("rule", str(binding.get("name")))
    if binding.kind == "layers":
        return Enforcer("rule", "layer-violation")
    if binding.kind == "command":
        return Enforcer("claim", str(binding.get("text")))
    if binding.kind == "manual":
        return Enforcer("manual", str(binding.get("text")) or "reviewer")
    return Enforcer("rule", binding.kind)


def _status(binding: Binding) -> str:
    return {"command": "planned", "manual": "manual"}.get(binding.kind, "enforced")
