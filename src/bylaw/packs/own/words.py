"""The words by which a sentence binds, and those that only look like it."""

from __future__ import annotations

import re

_I = re.IGNORECASE
_START = r"(?:^|[.:;,(|]\s*|\s-{1,2}\s+|\b(?:and|or|but|then|so|please|also|therefore)\s+)\W*"
"""Where a clause begins: what follows is an order and not the report of one."""

CAPITALS = re.compile(
    r"\b(?:MUST|SHALL|REQUIRED|NEVER|ALWAYS|FORBIDDEN|PROHIBITED|MANDATORY|CANNOT|ONLY|DO NOT|"
    r"DON'T|SHOULD|RECOMMENDED|NOT ALLOWED|BANNED|NON-NEGOTIABLE|EVERY|HARD RULE)\b"
)
MUST = re.compile(r"\b(?:must|shall)\b(?! (?:have been|be noted|admit|confess))", _I)
FORBIDDEN = re.compile(
    r"\b(?:forbidden|prohibited|disallowed|banned|mandatory|obligatory|non-negotiable|off-limits|"
    r"not (?:allowed|permitted|acceptable|negotiable)|(?<!if )unacceptable)\b"
    r"|\bno exceptions?\b",
    _I,
)
ATTRIBUTE = re.compile(
    r"\b(?:(?:is|are|be|strictly|absolutely|explicitly|always) (?:forbidden|prohibited|disallowed|"
    r"banned|mandatory|obligatory|non-negotiable|off-limits)|not (?:allowed|permitted|"
    r"acceptable|negotiable)|no exceptions?)\b|\bnot optional\b(?=\W*(?:$|[.:;,]))|"
    r"^\W*(?:forbidden|prohibited|mandatory)\b",
    _I,
)
"""The same said of something, and no mere attribute: ``forbidden words``."""
CONDITION = re.compile(
    r"^\W*(?:before|after|when(?:ever)?|if|for|while|once|where|unless|on|in case|"
    r"as soon as|during|every time|wherever)\b[^.]{2,160}?,\s+"
    r"(?:also |then |please |first |always |only |just )?",
    _I,
)
"""A clause before the order: ``Before you commit, run ...``."""
PLEASE = re.compile(
    r"\bplease (?!see\b|refer\b|reach\b|contact\b|feel\b|note\b|let\b|join\b|visit\b|find\b|"
    r"don't hesitate\b|do not hesitate\b|ask\b|help\b|consider\b)[a-z]+",
    _I,
)
UNFINISHED = re.compile(
    r"(?:\b(?:may|must|shall|should|not|to|pass|include|includes|contain|contains|be|are|is|have|has|"
    r"ensure|use|never|always|require|requires|that|with|from|by|for|when|if|run|applies|apply|do|"
    r"don't|sure|only|and|of|on|in)|\b(?:following|these|below|instead|follows)\b[^:]*)\W*:\W*$",
    _I,
)
"""The text above a list that says nothing without it: ``No module may:``."""
ILLUSTRATES = re.compile(
    r"(?:e\.g\.|i\.e\.|example|examples|such as|for instance|namely)\W*:\W*$", _I
)
REQUIRED = re.compile(
    r"(?<!if )(?<!as )(?<!when )(?<!where )(?<!not )(?<!longer )(?<!the )(?<!all )(?<!any )"
    r"\brequired\b(?=\s*(?:$|[.;,:!)|]|for\b|before\b|on\b|in\b|to\b|at\b|when\b|if\b|per\b|by "
    r"(?:default|policy)|and\b|\())(?! by)",
    _I,
)
REQUIRES = re.compile(
    r"\brequires? (?:explicit|approval|review|justification|evidence|written|a test|tests|an ADR|"
    r"type|type hints|human|prior)\b|^(?:all|every|each|any|public|new)\b[^.]{1,80}\brequires?\b",
    _I,
)
ORDER = re.compile(
    _START + r"(?P<must>never|always|do not|don't|under no circumstances|at no time)\b(?!'?\w)"
    r"|(?:^|[.:;,(|]\s*|\s-{1,2}\s+|\b(?:please|also)\s+)\W*"
    r"(?:(?P<must2>ensure|make sure|must not|be sure to|refrain from|stop (?:and|if))"
    r"|(?P<should>avoid|prefer(?:ably)?|favou?r|consider|try to|strive|aim (?:for|to)))\b(?!'?\w)",
    _I,
)
DESCRIBED = re.compile(
    r"\b(?:if|that|which|who|we|they|it|this|because|since|where|when|as|(?<![,;] )(?:but|and)) "
    r"(?:never|always|don't|do not)\b",
    _I,
)
MODAL_NEVER = re.compile(r"\b(?:is|are|be|should|must|may|will) (?:never|always)\b", _I)
ONLY = re.compile(
    r"\b(?:must|may|should|shall|are|is) only\b|\b(?:use|uses|allow|allowed|accept|accepts|"
    r"commit|import|imports) only\b|"
    + _START
    + r"only (?:use|commit|add|change|modify|import|edit|run|touch|create|write|include|merge|push|"
    r"make|the|log|catch|expose|mock|call|accept|read|update|allow|implement|work|if|when)\b"
    r"|\bexclusively\b|\bonly (?:one|through|via|allowed|permitted)\b",
    _I,
)
SHOULD = re.compile(
    r"\b(?:should(?:n't)?|ought to)\b(?! (?:now |then |already )?(?:see|be able|work|output|"
    r"print|look like|appear|succeed|fail with|take|have (?:been|received)|get |give you|feel|"
    r"be (?:running|available|accessible|visible|something)|open |start |receive|notice|return "
    r"(?:200|ok)))",
    _I,
)
RECOMMENDED = re.compile(
    r"\b(?:is|are|strongly|highly|it's) recommended\b|\bis (?:preferred|discouraged)\b"
    r"|\bare (?:preferred|discouraged)\b|\b(?:encouraged) to\b|(?:^|\| )recommended:",
    _I,
)
CANNOT = re.compile(
    r"^(?:you|we|contributors?|agents?|code|nobody|no one|no \w+)\b[^.]{0,60}"
    r"\b(?:cannot|can't|may not)\b|^(?:nobody|no one|no \w+)\b[^.]{0,60}\bmay\b"
    r"|\bwe (?:do not|don't|cannot|can't|will not|won't) (?:accept|allow|merge|support|use|want)\b",
    _I,
)
HAVE_TO = re.compile(
    r"\b(?:you|we|all|every|each|code|changes?|tests?|prs?|it|they)\b[^.]{0,60}"
    r"\b(?:have|has|needs?) to (?!know|understand|see|worry)",
    _I,
)
NOBODY = re.compile(
    r"^(?:no|nothing|nobody|none|zero|not)\b(?! (?:longer|matter|worries|need))", _I
)
UNIVERSAL = re.compile(r"^(?:all|every|each|any|only|exactly|at (?:least|most)|one)\b", _I)
FRAMED = re.compile(r"^(?:what|how|why|when|where|who|which)\b", _I)
ASKED = re.compile(r"^(?:what|how|why|who|which)\b", _I)
NONE_OF = re.compile(
    r"^\W*no (?!need|setup|changes?|longer|matter|further|other)[a-z-]+(?: [a-z-]+){0,3} "
    r"(?:in|without|outside|inside|on|from|beyond|for|during)\b",
    _I,
)
TREATED = re.compile(
    r"\b(?:treated as|considered|counts as) (?:a |an )?(?:bug|error|defect|incomplete|failure|"
    r"violation|technical debt)s?\b",
    _I,
)
LIMIT = re.compile(
    r"(?:\b(?:under|below|max(?:imum|\.)?|min(?:imum|\.)?|at least|at most|no (?:more|longer|less|"
    r"fewer) than|not exceed|exceeds?|limit(?:ed)?(?: to| of|:)?|within|up to|fewer than|"
    r"less than|more than|>=|<=|keep)|[<>≤≥~])\s*:?\s*\**(?:of |to |the )?\s*\d[\d,._]*\s*"
    r"(?P<unit>%|ms\b|s\b|m?b\b|lines?\b|chars?\b|characters?\b|columns?\b|loc\b|seconds?\b|"
    r"minutes?\b|days?\b|words?\b|levels?\b|parameters?\b|arguments?\b|params?\b|kb\b|gb\b|"
    r"tests?\b|approvals?\b|reviewers?\b|methods?\b|statements?\b|hours?\b|percent\b|spaces?\b)"
    r"|\b\d[\d,]*\s*(?P<unit2>%|lines?|chars?|characters?|columns?)[- ]*(?:max(?:imum)?|"
    r"min(?:imum)?|limit|coverage|or (?:less|fewer|more)|length|"
    r"per (?:file|function|class|line|method))\b"
    r"|\bline[- ]length\b[^.]{0,30}\b\d{2,3}\b|\bcoverage\b[^.]{0,30}?\d{2,3}\s?%",
    _I,
)
SHARP_UNITS = frozenset(
    {"%", "lines", "line", "chars", "char", "characters", "columns", "loc", "parameters",
     "arguments", "params", "levels", "percent", "approvals", "approval", "reviewers", "reviewer"}
)  # fmt: skip
NOTES = re.compile(
    r"^\W*(?:see\b|read more\b|for (?:details|more|example|instance)\b|e\.g\.|i\.e\.|note that\b|"
    r"optionally\b|(?:only )?exceptions?\W*:|only exceptions?\b|https?://|"
    r"(?:examples?|last updated|"
    r"version|authors?|status|created|date|reason|why|rationale|output|results?|expected|description|"
    r"default|purpose|commit|note|role|goal)\W*:)|^`?[@\w./-]+\.mdc?`?$",
    _I,
)
MENTIONS = re.compile(
    r"\bkey ?words\b.*\b(?:must|shall)\b|\bRFC ?2119\b|\bmust-(?:have|read)\b", _I
)
MAY = re.compile(r"\bMAY\b|\bOPTIONAL\b|\b(?:is|are) optional\b|\bmay be (?:used|added|omitted)\b")

_VERBS = """
    abort abstract accept achieve adapt add address adhere adopt agree align allow
    alphabetize analyze annotate answer append apply approve archive ask assert assign
    assume attach audit authenticate await back bake base batch be begin block branch break
    bring build bump cache call capture catch centralize change check choose chunk cite
    clarify classify clean clear close code collect combine come comment commit communicate
    compare complete comply compose compute configure confirm conform connect consolidate
    construct consult contain continue convert coordinate copy correct cover create
    cross-check debug declare decouple default defer define delegate delete deliver
    demonstrate deploy deprecate derive describe design destructure detect determine disable
    discuss display distinguish document double-check download draft drop dry edit eliminate
    email embed embrace emit employ enable encapsulate encode encrypt end enforce engage
    escalate escape establish estimate evaluate examine exclude execute exercise exit expect
    explain explicitly explore export expose express extend extract fail fetch fill find
    finish fix flag focus follow force fork format freeze gate gather generate get give go
    group guarantee guard halt handle hash head hide highlight hoist hold honor identify
    ignore implement import improve include indent index inform inherit initialize inject
    inline insert inspect install instruct instrument integrate introduce invoke isolate
    iterate join judge justify keep label launch layer lazy-load leave let leverage lift
    limit link lint list load localize locate lock log look lower maintain make manage map
    mark mask match maximize measure memoize mention merge migrate mimic minimize mirror
    mock model modify monitor mount move name namespace navigate nest normalize note notify
    obey observe obtain offload omit open optimize order organize override own paginate
    parallelize parameterize parse pass patch perform pick pin place plan point post
    practice prefix present preserve prevent print prioritize proceed process produce
    profile propagate propose protect prove provide prune publish pull push put query quote
    raise re-read re-run read rebase rebuild record recreate reduce ref refactor refer
    reference refuse regenerate register reject release rely remain remember remove rename
    render reorganize repeat replace reply report represent reproduce request require rerun
    reserve reset resolve respect respond restart restrict retain rethrow retry return reuse
    revert review revise rewrite roll rotate round route run sanitize satisfy save say
    scaffold scan scope search secure seed select send separate serialize serve set share
    ship show sign simplify skip slice solve sort specify spell spend split squash stage
    standardize start state stay stick store stream strip structure stub style submit
    subscribe suggest summarize supply support suppress surface surround switch sync tag
    take target tell terminate test think throw tie time toggle tokenize trace track
    transform translate treat trigger trim trust tune turn type understand undo unify
    unit-test update upgrade use utilize validate vendor verify version view visit wait walk
    warn watch whitelist wire work wrap write yield
"""
IMPERATIVES = frozenset(_VERBS.split())
"""Verbs in the form of an order."""
