"""``image-secret-in-layer``: a secret is written into an image, for everybody who has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bylaw.facts.placeholders import is_placeholder, opens_loopback
from bylaw.finding import Finding
from bylaw.manifests.dockerfile import Dockerfile, Instruction, env_pairs
from bylaw.rules.boot.images import copied
from bylaw.rules.boot.items import for_developers
from bylaw.rules.context import RuleContext, file_finding
from bylaw.rules.rule import RuleInfo

INFO = RuleInfo(
    name="image-secret-in-layer",
    summary="A Dockerfile writes a secret into a layer: by ENV, by ARG, or by copying its file.",
    clauses=("CON-SEC-SM.2", "FS-5.3"),
    severity="error",
    how="tree",
    family="deploy",
    mend="mount it while building (RUN --mount=type=secret), and read it at run time",
    needs=frozenset({"manifests"}),
)

_NAME = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|secrets|token|api_?key|private_?key|access_?key|"
    r"secret_?key|encryption_?key|signing_?key|credentials?|jwt_?key)($|_\d*$)",
    re.IGNORECASE,
)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@]+:([^\s@/$]+)@")
_FILES = re.compile(
    r"(^|/)(\.env(\.(?!example|sample|template|dist)[\w.]+)?|id_(rsa|ed25519|ecdsa)|\.netrc|"
    r"\.pypirc|[\w.-]*\.pem|credentials\.json|service[-_]account[\w-]*\.json)$"
)


def find(context: RuleContext) -> Iterator[Finding]:
    """One finding per instruction; values are never printed."""
    for manifest in context.repository.of_kind("dockerfile"):
        if not isinstance(manifest.detail, Dockerfile) or for_developers(manifest.path):
            continue
        for stage in manifest.detail.stages:
            if for_developers(stage.name):
                continue
            used = " ".join(one.text for one in stage.instructions if one.keyword == "RUN")
            arguments: set[str] = set()
            for each in stage.instructions:
                for finding in _judged(manifest.path, each, arguments, used):
                    yield finding._replace(symbol=stage.name or manifest.path)


def _judged(
    path: str, each: Instruction, arguments: set[str], used: str
) -> Iterator[Finding]:  # fmt: skip
    if each.keyword == "ARG":
        name, sign, value = each.text.strip().partition("=")
        value = value.strip("\"'")
        arguments.add(name)
        if _NAME.search(name) and sign and not is_placeholder(value):
            yield _finding(path, each, name, f"ARG {name} has a secret as its default")
        elif _NAME.search(name) and re.search(rf"\$\{{?{re.escape(name)}\b", used):
            message = f"ARG {name} is used by RUN: `docker history` shows what it was given"
            yield _finding(path, each, name, message)._replace(severity="warning")
    elif each.keyword == "ENV":
        for name, value in env_pairs(each.text):
            reference = re.fullmatch(r"\$\{?(\w+)\}?", value.strip("\"'"))
            if _NAME.search(name) and reference and reference[1] in arguments:
                yield _finding(path, each, name, f"ENV {name} keeps a build argument in the image")
            elif _NAME.search(name) and not is_placeholder(value.strip("\"'")):
                yield _finding(path, each, name, f"ENV {name} is a secret in the image")
            elif (match := _URL.search(value)) and not (
                is_placeholder(match[1]) or opens_loopback(value)
            ):
                yield _finding(path, each, name, f"ENV {name} is a URL with a password in it")
    elif each.keyword in ("COPY", "ADD") and not any(f.startswith("--from") for f in each.flags):
        for source in copied(each)[0]:
            if _FILES.search(source):
                yield _finding(path, each, source, f"{source} is copied into the image")


def _finding(path: str, each: Instruction, sink: str, message: str) -> Finding:
    return file_finding(INFO, path, each.line, message, end_line=each.end_line, sink=sink)
