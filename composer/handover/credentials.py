"""Content credentials (C2PA): a signed statement in each audio file on what made it.

The library is the optional package ``c2pa-python``; nothing is asked of the network, so that signatures
have no time stamp of a third party. The user's certificate and key are read, and never kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from structure.base.errors import FolderError, MissingPackageError, UsageError
from structure.base.files import replacing
from structure.base.versions import own_version

SIGNED = (".wav", ".mp3", ".flac", ".m4a")
"""Endings of the audio files that can hold credentials."""

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----\s*", re.DOTALL)
_LARGEST = 1 << 20
_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, repr=False)
class Credentials:
    """What signs a file: certificates, the signer's own first, and the key to that one, as PEM.

    ``algorithm`` is the name of one of C2PA's.
    """

    certificates: str
    key: str
    algorithm: str

    @classmethod
    def read(cls, path: Path) -> Credentials:
        """Read a PEM file that holds the private key and the certificates, the signer's own first.

        Raises MissingPackageError where c2pa-python is not installed, FolderError for a file that cannot be
        read, UsageError for one that holds no key, no certificate, or a key of a kind that C2PA does not
        have.
        """
        if find_spec("c2pa") is None:
            raise MissingPackageError(
                "content credentials", "c2pa-python", "credentials", "leave out --sign-with"
            )
        try:
            if path.stat().st_size > _LARGEST:
                raise UsageError(f"{path} is too large for a certificate", field="sign_with")
            text = path.read_text("ascii")
        except OSError as exc:
            raise FolderError(f"{path} cannot be read: {exc.strerror}", path=path) from exc
        except UnicodeDecodeError as exc:
            raise _no_pem(path, "it is no text") from exc
        blocks = [(match[1], match[0]) for match in _PEM.finditer(text)]
        certificates = "".join(block for kind, block in blocks if kind == "CERTIFICATE")
        key = next((block for kind, block in blocks if kind.endswith("PRIVATE KEY")), "")
        if not certificates or not key:
            raise _no_pem(path, "it has no certificate" if key else "it has no private key")
        return cls(certificates, key, _algorithm(path, key))

    def sign(self, path: Path, title: str, provenance: Mapping[str, Any]) -> None:
        """Write credentials into an audio file, which is replaced when that is done.

        Raises UsageError where the certificate is not one that C2PA takes.
        """
        c2pa = import_module("c2pa")
        kind = path.suffix[1:]
        try:
            info = c2pa.C2paSignerInfo(
                getattr(c2pa.C2paSigningAlg, self.algorithm),
                self.certificates.encode(),
                self.key.encode(),
                None,
            )
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(json.dumps(manifest(title, provenance))) as builder,
                replacing(path) as part,
                path.open("rb") as source,
                part.open("w+b") as target,
            ):
                builder.sign(signer, kind, source, target)
        except c2pa.C2paError as exc:
            raise UsageError(
                f"{path.name} cannot be signed: {exc}",
                field="sign_with",
                hint="C2PA wants a certificate for signing documents or mail (extended key usage), with "
                "those that issued it behind it",
            ) from exc


def manifest(title: str, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is signed of a song: that it was created, by what, and its provenance."""
    made = {"name": "Ritornello", "version": own_version()}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": provenance["digital_source_type"],
        "softwareAgent": made,
    }
    return {
        "claim_generator_info": [made],
        "title": title,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": "org.ritornello.provenance", "data": dict(provenance)},
        ],
    }


def _algorithm(path: Path, key: str) -> str:
    """Return the C2PA algorithm that a key is for.

    Raises UsageError for a key that cannot be read, has a password, or is of another kind.
    """
    serialization = import_module("cryptography.hazmat.primitives.serialization")
    try:
        loaded = serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError as exc:
        raise _no_pem(path, "its key has a password; save it without one") from exc
    except ValueError as exc:
        raise _no_pem(path, "its key cannot be read") from exc
    name = type(loaded).__name__.lower()
    if "ed25519" in name:
        return "ED25519"
    if "rsa" in name:
        return "PS256"
    curve = getattr(getattr(loaded, "curve", None), "name", "")
    if curve in _ALGORITHMS:
        return _ALGORITHMS[curve]
    raise _no_pem(path, "its key is neither RSA, nor Ed25519, nor of the curves P-256, P-384 and P-521")


def _no_pem(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} cannot sign: {why}",
        field="sign_with",
        hint="give a PEM file with your private key, your certificate, and those of its issuers",
    )
