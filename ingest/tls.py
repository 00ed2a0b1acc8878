"""Certificates and keys of the settings: one that can't be used is told by the key that names it, and where it lies."""

import ssl
from pathlib import Path

from schemas.errors import SettingsError


def server(
    place: str, certificate: Path, key: Path | None, client_ca: Path | None = None, *, key_field: str = "key"
) -> ssl.SSLContext:
    """What a server at PLACE shows; with CLIENT_CA, whoever connects must have a certificate from it.

    Errors:  SettingsError naming PLACE and the one of `certificate`, KEY_FIELD and `client_ca` that can't be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    show(context, place, certificate, key, key_field=key_field)
    if client_ca:
        trust(context, place, "client_ca", client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client(place: str, ca: Path, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """What a client at PLACE trusts and shows.

    Errors:  SettingsError naming PLACE and the one of `ca`, `certificate` and `key` that can't be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust(context, place, "ca", ca)
    if certificate:
        show(context, place, certificate, key)
    return context


def show(context: ssl.SSLContext, place: str, certificate: Path, key: Path | None, *, key_field: str = "key") -> None:
    """Let CONTEXT show CERTIFICATE; KEY None: it stands in the same file. Errors: SettingsError, as `server`."""
    _certificates(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), place, "certificate", certificate)
    field, path = (key_field, key) if key else ("certificate", certificate)
    _readable(place, field, path)
    try:
        context.load_cert_chain(certificate, key, password=lambda: b"")  # else who has a terminal is asked on it
    except ssl.SSLError as error:
        another = error.reason == "KEY_VALUES_MISMATCH"
        reason = "is not this certificate's" if another else "holds no key as PEM that can be read without a password"
        raise SettingsError(place, field, f"{path}: {reason}") from None


def trust(context: ssl.SSLContext, place: str, field: str, authority: Path) -> None:
    """Let CONTEXT trust whom AUTHORITY signed. Errors: SettingsError naming PLACE and FIELD."""
    _certificates(context, place, field, authority)


def _certificates(context: ssl.SSLContext, place: str, field: str, path: Path) -> None:
    _readable(place, field, path)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError:
        raise SettingsError(place, field, f"{path}: holds no certificate as PEM") from None


def _readable(place: str, field: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingsError(place, field, f"{path}: {error.strerror or 'can not be read'}") from None
