"""Content credentials, read by the library of the standard's own makers."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import soundfile
import wavinfo
from mutagen.mp4 import MP4

import composer
from composer.handover.credentials import Credentials
from render.export.aac import read_m4a
from structure.base.errors import RitornelloError, UsageError
from tests.builders import nonempty
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

c2pa = pytest.importorskip("c2pa", reason="pip install c2pa-python")
x509 = pytest.importorskip("cryptography.x509", reason="pip install cryptography")
pytestmark = pytest.mark.slow


def certificate_file(path: Path, kind: str = "ec") -> Path:
    """A key, a certificate for it, and that of who issued it: for tests alone."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    def named(name: str) -> Any:
        return x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Tests"),
                x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "DE"),
            ]
        )

    def key() -> Any:
        return (
            ec.generate_private_key(ec.SECP256R1())
            if kind == "ec"
            else rsa.generate_private_key(65537, 2048)
        )

    def issued(name: str, own: Any, issuer: str, by: Any, *, is_root: bool) -> Any:
        now = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(own.public_key())
            .serial_number(1000 + is_root)
            .not_valid_before(now)
            .not_valid_after(now.replace(year=2060))
            .add_extension(x509.BasicConstraints(is_root, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
            )
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, is_root, is_root, False, False),
                critical=True,
            )
        )
        if not is_root:
            usage = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            made = made.add_extension(usage, critical=False)
        return made.sign(by, hashes.SHA256())

    root, own = key(), key()
    pem = serialization.Encoding.PEM
    parts = [
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        issued("Ada Lark", own, "Test Root", root, is_root=False).public_bytes(pem),
        issued("Test Root", root, "Test Root", root, is_root=True).public_bytes(pem),
    ]
    path.write_bytes(b"".join(parts))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    song = composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False)
    return song.save(tmp_path_factory.mktemp("signed") / "song")


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("signed")
    signer = certificate_file(place / "me.pem")
    composer.export(folder, ["wav", "mp3", "flac", "m4a"], out=place / "out", sign_with=signer)
    return place / "out"


@pytest.mark.parametrize(
    "name",
    ["Small Song.wav", "Small Song.mp3", "Small Song.flac", "Small Song.m4a", "Stems/01 Kit.wav"],
)
def test_c2pa_reads_who_made_what(out: Path, name: str) -> None:
    with c2pa.Reader(str(out / name)) as reader:
        found = json.loads(reader.json())
    manifest = found["manifests"][found["active_manifest"]]
    assert manifest["signature_info"]["common_name"] == "Ada Lark"
    said = {one["label"].removesuffix("__1"): one["data"] for one in manifest["assertions"]}
    (action,) = next(data for label, data in said.items() if label.startswith("c2pa.actions"))["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("trainedAlgorithmicMedia")
    assert said["org.ritornello.provenance"] == json.loads((out / "provenance.json").read_text())
    # the certificate is known to nobody; all else is in order
    assert {one["code"] for one in found.get("validation_status", [])} <= {"signingCredential.untrusted"}


def test_a_file_that_is_changed_after_it_was_signed_is_found_out(out: Path, tmp_path: Path) -> None:
    data = bytearray((out / "Small Song.wav").read_bytes())
    data[len(data) // 3] ^= 1
    (tmp_path / "changed.wav").write_bytes(bytes(data))
    with c2pa.Reader(str(tmp_path / "changed.wav")) as reader:
        codes = {one["code"] for one in json.loads(reader.json())["validation_status"]}
    assert "assertion.dataHash.mismatch" in codes


def test_signed_files_sound_and_say_what_they_did(folder: Path, out: Path, tmp_path: Path) -> None:
    composer.export(folder, ["wav", "m4a"], out=tmp_path / "plain")
    for name in ("Small Song.wav", "Stems/02 Low.wav"):
        signed, plain = (soundfile.read(place / name)[0] for place in (out, tmp_path / "plain"))
        assert (signed == plain).all()
        one, other = (wavinfo.WavInfoReader(str(place / name)) for place in (out, tmp_path / "plain"))
        assert one.bext.description == other.bext.description
        assert [cue.position for cue in one.cues.cues] == [cue.position for cue in other.cues.cues]
    song, untold = (place / "Small Song.m4a" for place in (out, tmp_path / "plain"))
    assert (read_m4a(song)[0] == read_m4a(untold)[0]).all()
    chapters = [[(at.start, at.title) for at in MP4(path).chapters] for path in (song, untold)]
    assert nonempty(chapters[0]) == chapters[1]


def test_a_key_of_another_kind(tmp_path: Path) -> None:
    assert Credentials.read(certificate_file(tmp_path / "rsa.pem", "rsa")).algorithm == "PS256"
    assert Credentials.read(certificate_file(tmp_path / "ec.pem")).algorithm == "ES256"


def test_a_key_is_in_no_text_of_ours(tmp_path: Path) -> None:
    assert "PRIVATE" not in repr(Credentials.read(certificate_file(tmp_path / "ec.pem")))


@pytest.mark.parametrize(
    ("keep", "fault"),
    [("CERTIFICATE", "it has no private key"), ("PRIVATE KEY", "it has no certificate"), ("", "it has no")],
)
def test_what_is_missing_is_said_before_anything_is_written(
    folder: Path, tmp_path: Path, keep: str, fault: str
) -> None:
    text = certificate_file(tmp_path / "all.pem").read_text()
    blocks = [block for block in text.split("-----BEGIN ") if keep and block.startswith(keep)]
    (tmp_path / "some.pem").write_text("".join(f"-----BEGIN {block}" for block in blocks))
    with pytest.raises(UsageError, match=fault):
        composer.export(folder, ["mp3"], out=tmp_path / "x", sign_with=tmp_path / "some.pem")
    with pytest.raises(RitornelloError, match="cannot be read"):
        composer.export(folder, ["mp3"], out=tmp_path / "x", sign_with=tmp_path / "none.pem")
    assert not (tmp_path / "x").exists()
