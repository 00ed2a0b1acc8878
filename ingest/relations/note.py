"""Signed notes (C2SP signed-note, Ed25519): a text and who signed it; the public key is enough to verify it."""

import base64
import binascii
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.errors import SettingsError, SparhundError

NAME = "sparhund-relations"
_ED25519 = b"\x01"  # the algorithm, as the format numbers it
_ID_BYTES = 4
_MARK = "\u2014"  # an em dash begins each signature


class NoteError(SparhundError):
    """A note that can't be believed: it isn't signed, not with this key, or was changed."""


def create_key(path: Path) -> Ed25519PrivateKey:
    """Make a new key in the file PATH, readable by its owner alone. Errors: SettingsError if there is a file."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsError(str(path), "signing_key", error.strerror or "can't be made") from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """The private key in the PEM file PATH. Errors: SettingsError if it can't be read or is another kind of key."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SettingsError(str(path), "signing_key", error.strerror or "can't be read") from None
    except (ValueError, TypeError):
        raise SettingsError(str(path), "signing_key", "is no private key in PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(str(path), "signing_key", "is no Ed25519 key")
    return key


def verifier(key: Ed25519PrivateKey) -> str:
    """The public key as the format spells it: name, id and key, with plus between."""
    public = _raw(key.public_key())
    return f"{NAME}+{_id(public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def sign(text: str, key: Ed25519PrivateKey) -> str:
    """TEXT, which ends with a newline, and its signature."""
    public = _raw(key.public_key())
    signature = base64.b64encode(_id(public) + key.sign(text.encode())).decode()
    return f"{text}\n{_MARK} {NAME} {signature}\n"


def verify(note: str, public: str) -> str:
    """The text of NOTE, whose signature by the verifier PUBLIC holds. Errors: NoteError."""
    text, _, signatures = note.rpartition("\n\n")
    name, _, rest = public.strip().partition("+")
    try:
        raw = base64.b64decode(rest.partition("+")[2], validate=True)[len(_ED25519) :]
        key = Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error):
        raise NoteError("the public key is none of a signed note") from None
    for line in signatures.splitlines():
        mark, signer, encoded = [*line.split(" "), "", ""][:3]
        if (mark, signer) != (_MARK, name):
            continue
        try:
            data = base64.b64decode(encoded, validate=True)
            key.verify(data[_ID_BYTES:], f"{text}\n".encode())
        except InvalidSignature:
            raise NoteError("the signature isn't of this text and key: it was changed, or another signed it") from None
        except binascii.Error:
            raise NoteError("the signature can't be read") from None
        if data[:_ID_BYTES] == _id(raw):
            return f"{text}\n"
    raise NoteError("nobody of that name has signed it")


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _id(public: bytes) -> bytes:
    return hashlib.sha256(f"{NAME}\n".encode() + _ED25519 + public).digest()[:_ID_BYTES]
