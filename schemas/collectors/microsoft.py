"""Collectors of Microsoft's cloud: the Management Activity API of Microsoft 365, and Graph's reports of Entra ID."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from schemas.collectors.base import above
from schemas.collectors.polling import Polling
from schemas.errors import SettingsError
from schemas.secret import Secret

CONTENT_TYPES = ("Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All")
SIGN_INS = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOST_AT_ONCE = 32
_PAGE = 1000  # what Graph gives at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Microsoft(Polling):
    """Who asks, for which tenant, and how. One of a secret, a file with it, and a certificate is wanted."""

    tenant: str  # the directory's id, a GUID
    client_id: str  # of the registered application, a GUID
    client_secret: Secret | None = None
    client_secret_file: Path | None = None  # read again for each token, so that a new secret needs no restart
    certificate: Path | None = None  # PEM; read again for each token
    key: Path | None = None  # PEM, RSA; None = it stands in the certificate's file
    login: str = "https://login.microsoftonline.com"
    timeout_s: float = 60.0  # without a byte
    late_s: float = 7200.0

    def __post_init__(self) -> None:
        Polling.__post_init__(self)
        for name in ("tenant", "client_id"):
            if not _GUID.fullmatch(getattr(self, name)):
                raise SettingsError(self.place, name, "want a GUID, such as 00000000-0000-0000-0000-000000000000")
        given = [
            name for name in ("client_secret", "client_secret_file", "certificate") if getattr(self, name) is not None
        ]
        if not given:
            raise SettingsError(self.place, "client_secret", "missing; want it, client_secret_file or certificate")
        if len(given) > 1:
            raise SettingsError(self.place, given[1], f"and {given[0]}: want one of them")
        if self.client_secret is not None and not self.client_secret.reveal():
            raise SettingsError(self.place, "client_secret", "is empty")
        if self.key and not self.certificate:
            raise SettingsError(self.place, "certificate", "missing; `key` is its key")
        _address(self, "login", self.login)
        above(self, "timeout_s", self.timeout_s, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementActivity(Microsoft):
    """kind = "management_activity": the audit log of Microsoft 365."""

    source: str
    content_types: tuple[str, ...] = CONTENT_TYPES[:-1]  # DLP.All needs a permission of its own
    url: str = "https://manage.office.com"
    publisher: str | None = None  # PublisherIdentifier, by which requests are throttled; None = the tenant
    at_once: int = 4  # contents that are fetched at the same time
    max_content_bytes: int = 1 << 30  # a longer content is lost, and counted

    def __post_init__(self) -> None:
        Microsoft.__post_init__(self)
        if not self.content_types or len(set(self.content_types)) < len(self.content_types):
            raise SettingsError(self.place, "content_types", "want at least one, each once")
        for name in self.content_types:
            if name not in CONTENT_TYPES:
                raise SettingsError(self.place, "content_types", f"want some of {', '.join(CONTENT_TYPES)}")
        _address(self, "url", self.url)
        if self.publisher is not None and not _GUID.fullmatch(self.publisher):
            raise SettingsError(self.place, "publisher", "want a GUID")
        above(self, "at_once", self.at_once, 0)
        if self.at_once > _MOST_AT_ONCE:
            raise SettingsError(self.place, "at_once", f"must be at most {_MOST_AT_ONCE}")
        above(self, "max_content_bytes", self.max_content_bytes, 0)

    def sources(self) -> set[str]:
        """The one."""
        return {self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph(Microsoft):
    """kind = "graph": Entra ID's sign-in and audit logs."""

    sign_ins: str | None = None  # the source of sign-ins; None = they aren't collected
    audits: str | None = None  # the source of directory audits; None = they aren't collected
    sign_in_types: tuple[str, ...] = ()  # such as nonInteractiveUser, by Graph's beta; empty = what v1.0 gives
    url: str = "https://graph.microsoft.com"
    kept_days: int = 30  # how long Entra ID keeps its logs: 7 without a P1 or P2 licence
    page_records: int = _PAGE
    poll_s: float = 300.0

    def __post_init__(self) -> None:
        Microsoft.__post_init__(self)
        if not self.sources():
            raise SettingsError(self.place, "sign_ins", "missing; want it, audits or both")
        if self.sign_in_types and self.sign_ins is None:
            raise SettingsError(self.place, "sign_ins", "missing; sign_in_types are its")
        if len(set(self.sign_in_types)) < len(self.sign_in_types) or set(self.sign_in_types) - set(SIGN_INS):
            raise SettingsError(self.place, "sign_in_types", f"want some of {', '.join(SIGN_INS)}, each once")
        _address(self, "url", self.url)
        above(self, "kept_days", self.kept_days, 0)
        above(self, "page_records", self.page_records, 0)
        if self.page_records > _PAGE:
            raise SettingsError(self.place, "page_records", f"must be at most {_PAGE}")

    def sources(self) -> set[str]:
        """Those that are collected."""
        return {source for source in (self.sign_ins, self.audits) if source is not None}


def _address(collector: Microsoft, key: str, url: str) -> None:
    """Errors: SettingsError unless URL of KEY is https, or http to this machine, and nothing but a host and a port."""
    try:
        parts = urlsplit(url)
        plain = bool(parts.hostname) and parts.port != 0 and not (parts.path or parts.query or parts.fragment)
        local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        sound = plain and parts.username is None and (parts.scheme == "https" or local)
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(collector.place, key, "want https:// and a host, such as https://graph.microsoft.com")
