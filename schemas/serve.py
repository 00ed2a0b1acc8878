"""How pages and the HTTP API are served."""

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import SettingsError
from schemas.operations import address


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Section [serve]."""

    listen: str = "127.0.0.1:8600"  # address and port
    hosts: tuple[str, ...] = (
        "localhost",
        "127.0.0.1",
        "[::1]",
    )  # names that the pages are reached by; others are refused
    certificate: Path | None = None  # PEM, with its chain; without it nothing but this machine's own address is served
    certificate_key: Path | None = None  # PEM
    threads: int = 4  # answers that are computed at once
    waiting: int = 256  # requests that may wait for a thread; more are told to come again
    limit_s: float = 30.0  # an answer that takes longer is broken off
    memory_bytes: int = 2 << 30  # of all answers together
    held_bytes: int = 128 << 20  # of answers that are read page by page
    requests_per_s: float = 20.0  # of one session or token, in the long run
    burst: int = 300  # and at once
    body_bytes: int = 8 << 20  # of a request

    def __post_init__(self) -> None:
        address("serve", "listen", self.listen)
        if (self.certificate is None) != (self.certificate_key is None):
            raise SettingsError("serve", "certificate_key", "stands beside certificate, or neither does")
        for key in ("threads", "limit_s", "memory_bytes", "held_bytes", "requests_per_s", "burst", "body_bytes"):
            if getattr(self, key) <= 0:
                raise SettingsError("serve", key, "must be more than 0")
        if self.waiting < 0:
            raise SettingsError("serve", "waiting", "must be more than -1")
