"""Checks an exported ledger by nothing but its published formats (docs/evidence-ledger.md).

    python verify_ledger.py EXPORT.jsonl [--key PUB.pem]... [--checkpoint FILE] [--repository ID]

It needs Python 3.11 and `cryptography`, and not Bylaw. Without --key the keys in the file are
believed, which shows that the file is whole and not who wrote it. Exit codes: 0 whole, 1 broken,
2 usage, 3 nothing to check.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

SCHEMA = "bylaw.ledger-export/1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
RUN, IMPORT, CHECKPOINT = (
    f"https://bylaw.dev/{name}/v1" for name in ("command-run", "imported-run", "ledger-checkpoint")
)
FORMS = {"ledger": {"schema", "repository"}, "key": {"keyid", "pem"}, "item": {"envelope"},
         "content": {"digest", "data"}, "checkpoint": {"envelope"}}  # fmt: skip
SLACK = timedelta(seconds=5)
PLACE = {"id", "repository", "previous", "recorded"}


class Broken(Exception):
    """Something is not as it was written: a reason code, and where."""

    def __init__(self, code, where):
        super().__init__(f"{code}  {where}")


def main(words):
    """Check the export that the words name; gives the exit code."""
    parser = argparse.ArgumentParser(description="Check an exported ledger without Bylaw.")
    parser.add_argument("export")
    parser.add_argument("--key", action="append", default=[], help="public key (PEM) to believe")
    parser.add_argument("--checkpoint", help="a checkpoint that was kept elsewhere")
    parser.add_argument("--repository", help="identity that every item must be about")
    asked = parser.parse_args(words)
    try:
        named = dict(map(read_key, asked.key))
        count, head = verify(asked.export, named, asked.repository, asked.checkpoint)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except Broken as error:
        print(error)
        return 1
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        print(f"LEDGER-MALFORMED  something is not of the published form: {error!r}")
        return 1
    if not count:
        print("LEDGER-ABSENT  the export holds no items")
        return 3
    whose = "keys that were named" if named else "keys that stand in the file itself"
    print(f"whole  {count} items, head {head}, signed with {whose}")
    return 0


def verify(path, named, repository, checkpoint):
    """The number of items and the head of an export that is whole."""
    lines = list(read_lines(path))
    if not lines or lines[-1]["kind"] not in ("checkpoint", "ledger", "key"):
        raise Broken("LEDGER-EXPORT", "it does not end in a checkpoint")
    keys = named or dict(key_of(one["pem"].encode()) for one in lines if one["kind"] == "key")
    repository = repository or lines[0]["repository"]
    sizes = {one["digest"]: size_of(one) for one in lines if one["kind"] == "content"}
    items = [one["envelope"] for one in lines if one["kind"] == "item"]
    heads, before = [""], None
    for number, envelope in enumerate(items, 1):
        name = f"EV-{number:03d}"
        before = check_item(envelope, name, heads[-1], before, keys, repository, sizes)
        heads.append(digest_of(canonical(envelope)))
    kept = [one["envelope"] for one in lines if one["kind"] == "checkpoint"]
    if items and not kept:
        raise Broken("LEDGER-EXPORT", "it does not end in a checkpoint")
    if checkpoint:
        with open(checkpoint, "rb") as file:
            kept.append(read_json(file.read().strip(), "checkpoint"))
    for envelope in kept:
        check_checkpoint(envelope, heads, keys, repository)
    return len(items), heads[-1]


def read_lines(path):
    """The lines of an export, each of a known form."""
    with open(path, "rb") as file:
        for number, data in enumerate(file, 1):
            line = read_json(data, f"line {number}")
            kind = line.get("kind") if isinstance(line, dict) else None
            if kind not in FORMS or line.keys() != FORMS[kind] | {"kind"}:
                raise Broken("LEDGER-EXPORT", f"line {number} is of no known form")
            if (number == 1) != (kind == "ledger") or line.get("schema", SCHEMA) != SCHEMA:
                raise Broken("LEDGER-EXPORT", f"line {number} is not where it belongs")
            yield line


def check_item(envelope, name, head, before, keys, repository, sizes):
    """Check one link; gives when it was recorded."""
    statement = authentic(envelope, name, keys)
    predicate = statement["predicate"]
    if predicate["id"] != name or predicate["previous"] != head:
        raise Broken("LEDGER-CHAIN-BROKEN", name)
    if statement["predicateType"] == IMPORT and predicate.keys() == PLACE | {"original"}:
        original = authentic(predicate["original"], name, keys)
        run = original["predicate"].get("run")
        if original["predicateType"] != RUN or original["predicate"]["repository"] != repository:
            raise Broken("LEDGER-OTHER-REPOSITORY", name)
        if original["subject"] != subjects_of(run["inputs"]):
            raise Broken("LEDGER-OTHER-TREE", name)
    elif statement["predicateType"] == RUN and predicate.keys() == PLACE | {"run"}:
        run = predicate["run"]
    else:
        raise Broken("LEDGER-MALFORMED", name)
    if predicate["repository"] != repository:
        raise Broken("LEDGER-OTHER-REPOSITORY", name)
    if statement["subject"] != subjects_of(run["inputs"]):
        raise Broken("LEDGER-OTHER-TREE", name)
    recorded = time_of(predicate["recorded"], name)
    started, ended = time_of(run["started"], name), time_of(run["ended"], name)
    if ended < started or (before and recorded + SLACK < before):
        raise Broken("LEDGER-TIME-BACKWARDS", name)
    if ended > recorded + SLACK or recorded > datetime.now(UTC) + SLACK:
        raise Broken("LEDGER-TIME-AHEAD", name)
    for output in run["outputs"]:
        if sizes.get(output["digest"]) != output["size"]:
            missing = output["digest"] not in sizes
            raise Broken("LEDGER-BLOB-MISSING" if missing else "LEDGER-BLOB-ALTERED", name)
    if run["inputs"]["manifest"] and run["inputs"]["manifest"] not in sizes:
        raise Broken("LEDGER-BLOB-MISSING", name)
    return max(before, recorded) if before else recorded


def check_checkpoint(envelope, heads, keys, repository):
    """Hold the chain against a signed checkpoint."""
    statement = authentic(envelope, "checkpoint", keys)
    said = statement["predicate"]
    form = {"repository", "items", "head", "recorded"}
    if statement["predicateType"] != CHECKPOINT or said.keys() != form:
        raise Broken("LEDGER-CHECKPOINT", "checkpoint")
    if statement["subject"] != [{"name": "ledger", "digest": {"sha256": said["head"][7:]}}]:
        raise Broken("LEDGER-CHECKPOINT", "checkpoint")
    if said["repository"] != repository:
        raise Broken("LEDGER-OTHER-REPOSITORY", "checkpoint")
    if said["items"] >= len(heads):
        raise Broken("LEDGER-TAIL-DROPPED", f"it counted {said['items']} items")
    if heads[said["items"]] != said["head"]:
        raise Broken("LEDGER-REWRITTEN", f"EV-{said['items']:03d} is another")


def subjects_of(inputs):
    """What an item must say it is about, by what it ran on."""
    found = [{"name": "inputs", "digest": {"sha256": inputs["digest"].removeprefix("sha256:")}}]
    if inputs["tree"] and inputs["state"] == "clean":
        found.append({"name": "tree", "digest": {"gitTree": inputs["tree"]}})
    return found


def authentic(envelope, name, keys):
    """The statement of an envelope; nothing in it is looked at before the signature holds."""
    if not isinstance(envelope, dict) or envelope.keys() != {"payload", "payloadType",
                                                             "signatures"}:  # fmt: skip
        raise Broken("LEDGER-MALFORMED", name)
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise Broken("LEDGER-PAYLOAD-TYPE", name)
    if not envelope["signatures"]:
        raise Broken("LEDGER-UNSIGNED", name)
    try:
        (signature,) = envelope["signatures"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        signed, keyid = base64.b64decode(signature["sig"], validate=True), signature["keyid"]
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise Broken("LEDGER-MALFORMED", name) from None
    if keyid not in keys:
        raise Broken("LEDGER-UNKNOWN-KEY", f"{name}: {keyid}")
    kind = PAYLOAD_TYPE.encode()
    try:
        keys[keyid].verify(signed, b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
    except InvalidSignature:
        raise Broken("LEDGER-BAD-SIGNATURE", name) from None
    statement = read_json(payload, name)
    if canonical(statement) != payload:
        raise Broken("LEDGER-NOT-CANONICAL", name)
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT:
        raise Broken("LEDGER-MALFORMED", name)
    return statement


def read_json(data, where):
    """JSON without a key that stands twice, and without floating-point numbers."""

    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise Broken("LEDGER-DUPLICATE-KEY", where)
        return dict(pairs)

    def no_float(text):
        raise Broken("LEDGER-FLOAT", f"{where}: {text}")

    try:
        return json.loads(data, object_pairs_hook=unique, parse_float=no_float,
                          parse_constant=no_float)  # fmt: skip
    except ValueError:
        raise Broken("LEDGER-MALFORMED", f"{where} is no JSON") from None


def canonical(value):
    """The one spelling of RFC 8785; there are no floating-point numbers here."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return b"{%b}" % b",".join(canonical(k) + b":" + canonical(v) for k, v in pairs)
    if isinstance(value, list):
        return b"[%b]" % b",".join(map(canonical, value))
    # Of strings the standard library escapes exactly what RFC 8785 does.
    return json.dumps(value, ensure_ascii=False).encode()


def size_of(line):
    """Size of a content that is what its digest names."""
    try:
        data = base64.b64decode(line["data"], validate=True)
    except (ValueError, TypeError):
        raise Broken("LEDGER-EXPORT", "content that is no base64") from None
    if digest_of(data) != line["digest"]:
        raise Broken("LEDGER-BLOB-ALTERED", line["digest"])
    return len(data)


def digest_of(data):
    """Digest of bytes, as it is written everywhere."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def time_of(text, name):
    """A time, which has one form."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except (ValueError, TypeError):
        raise Broken("LEDGER-MALFORMED", f"{name}: {text} is no time") from None


def read_key(path):
    """A public key of a file, by its name."""
    with open(path, "rb") as file:
        return key_of(file.read())


def key_of(pem):
    """A public key and its name: SHA-256 over its SubjectPublicKeyInfo."""
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Broken("LEDGER-UNKNOWN-KEY", "a key that is no public Ed25519 key in PEM form")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest(), key


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
