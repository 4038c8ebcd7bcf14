from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from tests.evidence.ledger.made import FIRST, Clock, a_draft, filled, ledger_of

from bylaw.evidence.ledger.checking import Checked, check_ledger
from bylaw.evidence.ledger.keys import keyid_of, local_keyid, pem_of, public_key
from bylaw.evidence.ledger.problems import LedgerError


def key_file(
    path: Path, mode: int = 0o600, encryption: KeySerializationEncryption | None = None
) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    )
    path.chmod(mode)
    return key


def check(root: Path, *keys: str, **environment: str) -> Checked:
    return check_ledger(str(root), environment=environment, now=Clock(FIRST + 99), keys=keys)


def test_append_with_a_named_key_is_observed_by_ci(tmp_path: Path) -> None:
    key = key_file(tmp_path / "ci.pem")
    variable = str(tmp_path / "ci.pem")
    with ledger_of(tmp_path, BYLAW_SIGNING_KEY=variable) as ledger:
        first = ledger.append(a_draft(1))
        second = ledger.append(a_draft(2, provenance="asserted"))
    (tmp_path / "ci.pub").write_bytes(pem_of(key.public_key()))

    assert (first.draft.provenance, second.draft.provenance) == ("observed-by-CI", "asserted")
    assert not (tmp_path / ".bylaw/keys/signing.pem").exists()
    assert check(tmp_path).level == "L0"
    assert check(tmp_path, BYLAW_SIGNING_KEY=variable).level == "L1"
    named = check(tmp_path, str(tmp_path / "ci.pub"))
    assert (named.level, named.checked, named.exit_code) == ("L1", 2, 0)


def test_check_with_a_named_key_believes_no_other(tmp_path: Path) -> None:
    key = key_file(tmp_path / "ci.pem")
    (tmp_path / "ci.pub").write_bytes(pem_of(key.public_key()))
    filled(tmp_path, 1)
    assert check(tmp_path).exit_code == 0

    found = check(tmp_path, str(tmp_path / "ci.pub"))

    assert [each.reason_code for each in found.findings] == ["LEDGER-UNKNOWN-KEY"]


def test_check_mixed_keys_prove_no_identity(tmp_path: Path) -> None:
    key_file(tmp_path / "ci.pem")
    filled(tmp_path, 1)
    variable = str(tmp_path / "ci.pem")
    with ledger_of(tmp_path, Clock(FIRST + 50), BYLAW_SIGNING_KEY=variable) as ledger:
        ledger.append(a_draft(50))

    assert check(tmp_path, BYLAW_SIGNING_KEY=variable).level == "L0"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620])
def test_append_named_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    key_file(tmp_path / "ci.pem", mode)

    with ledger_of(tmp_path, BYLAW_SIGNING_KEY=str(tmp_path / "ci.pem")) as ledger:
        with pytest.raises(LedgerError, match="others can read"):
            ledger.append(a_draft())
        assert ledger.head() == ""


def test_append_named_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no key")
    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "other").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    key_file(tmp_path / "locked", encryption=BestAvailableEncryption(b"word"))
    for name in ("text", "other", "locked", "nowhere"):
        variable = str(tmp_path / name)
        with (
            ledger_of(tmp_path, BYLAW_SIGNING_KEY=variable) as ledger,
            pytest.raises(LedgerError) as refusal,
        ):
            ledger.append(a_draft())
        assert refusal.value.hint, name


def test_keyid_of_key_is_what_openssl_tells(tmp_path: Path) -> None:
    key = key_file(tmp_path / "ci.pem")
    command = f"openssl pkey -in {tmp_path}/ci.pem -pubout -outform DER | sha256sum"
    try:
        said = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError:
        pytest.skip("no openssl here")
    if said.stderr:
        pytest.skip("no openssl here")

    assert said.stdout.split()[0] == keyid_of(key.public_key())


def test_append_key_that_was_lost_is_replaced_and_the_old_one_still_believed(
    tmp_path: Path,
) -> None:
    filled(tmp_path, 1)
    before = local_keyid(str(tmp_path / ".bylaw"))
    (tmp_path / ".bylaw/keys/signing.pem").unlink()
    with ledger_of(tmp_path, Clock(FIRST + 50)) as ledger:
        ledger.append(a_draft(50))

    assert local_keyid(str(tmp_path / ".bylaw")) != before
    assert check(tmp_path).exit_code == 0


def test_public_key_of_a_file_without_one_is_refused(tmp_path: Path) -> None:
    key_file(tmp_path / "secret.pem")

    with pytest.raises(LedgerError, match="no public Ed25519 key"):
        public_key(str(tmp_path / "secret.pem"))
