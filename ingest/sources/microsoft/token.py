"""Tokens of the Microsoft identity platform, for an application that asks on its own behalf.

Source: "OAuth 2.0 client credentials flow on the Microsoft identity platform"; "Certificate credentials" (RFC 7523).
"""

import base64
import re
import threading
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ingest.sources.microsoft.line import DOCUMENT_BYTES, Garbled, Line, Refusal, document, whole
from ingest.sources.polling import PollFailed
from schemas.collectors.microsoft import Microsoft
from schemas.errors import SettingsError
from schemas.secret import Secret

_EARLY_S = 300.0  # a token is renewed so long before its end; a short one after four fifths of its life
_ASSERTED = timedelta(minutes=5)
_TOKEN = re.compile(r"[!-~]+")
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Token:
    """The token for SCOPE, asked for when it is needed."""

    def __init__(self, settings: Microsoft, scope: str, line: Line) -> None:
        self._settings = settings
        self._scope = scope
        self._line = line
        self._lock = threading.Lock()
        self._held: Secret | None = None
        self._until = 0.0

    def text(self) -> Secret:
        """The token in force, or a new one if it will soon end. Errors: PollFailed."""
        with self._lock:
            if self._held is None or time.monotonic() >= self._until:
                began = time.monotonic()
                self._held, life_s = self._new()
                self._until = began + life_s - min(_EARLY_S, life_s / 5)
            return self._held

    def refused(self, token: Secret) -> None:
        """TOKEN was not taken: the next one is new."""
        with self._lock:
            if self._held == token:
                self._held = None

    def _new(self) -> tuple[Secret, float]:
        settings = self._settings
        address = f"{settings.login}/{settings.tenant}/oauth2/v2.0/token"
        known = self._line.skew
        try:
            form = proof(settings, address, self._line.now())
        except SettingsError as error:
            raise PollFailed(f"{error.field}: {error.reason}") from None
        form |= {"grant_type": "client_credentials", "client_id": settings.client_id, "scope": self._scope}
        try:
            return self._line.send(httpx.Request("POST", address, data=form), _token)
        except Refusal as refusal:
            if settings.certificate and abs(self._line.skew - known) > _ASSERTED / 2:
                return self._new()  # only now we know what time it is there
            raise refusal.failed("no token") from None


def proof(settings: Microsoft, address: str, now: datetime) -> dict[str, str]:
    """What proves to ADDRESS that it is us: the secret, or what the certificate's key signed.

    Errors:  SettingsError for a file that can't be read, or doesn't hold what it should.
    """
    if settings.certificate is None:
        return {"client_secret": _secret(settings).reveal()}
    certificate, key = _certificate(settings)
    claims = {
        "aud": address,
        "iss": settings.client_id,
        "sub": settings.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + _ASSERTED,
    }
    print256 = base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).rstrip(b"=").decode()
    signed = jwt.encode(claims, key, "PS256", {"x5t#S256": print256})
    return {"client_assertion_type": _JWT_BEARER, "client_assertion": signed}


def _secret(settings: Microsoft) -> Secret:
    if settings.client_secret is not None:
        return settings.client_secret
    assert settings.client_secret_file
    try:
        text = _read(settings, "client_secret_file", settings.client_secret_file).decode().strip()
    except UnicodeDecodeError:
        raise SettingsError(settings.place, "client_secret_file", "is not UTF-8") from None
    if not text:
        raise SettingsError(settings.place, "client_secret_file", "is empty")
    return Secret(text)


def _certificate(settings: Microsoft) -> tuple[x509.Certificate, RSAPrivateKey]:
    assert settings.certificate
    try:
        certificate = x509.load_pem_x509_certificate(_read(settings, "certificate", settings.certificate))
    except ValueError:
        raise SettingsError(settings.place, "certificate", "holds no certificate (PEM)") from None
    name, path = ("key", settings.key) if settings.key else ("certificate", settings.certificate)
    try:
        key = load_pem_private_key(_read(settings, name, path), None)
    except (ValueError, TypeError):
        raise SettingsError(settings.place, name, "holds no private key (PEM, without a password)") from None
    if not isinstance(key, RSAPrivateKey) or certificate.public_key() != key.public_key():
        raise SettingsError(settings.place, name, "want the certificate's own RSA key")
    return certificate, key


def _read(settings: Microsoft, name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "can't be read"
        raise SettingsError(settings.place, name, f"{path}: {reason}") from None


def _token(response: httpx.Response) -> tuple[Secret, float]:
    said = document(whole(response, DOCUMENT_BYTES))
    try:
        text, life_s = said["access_token"], float(said["expires_in"])
        sound = _TOKEN.fullmatch(text) is not None and life_s > 0
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise Garbled("the answer holds no token")
    return Secret(text), life_s
