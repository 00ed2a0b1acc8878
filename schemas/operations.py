"""How long-running commands are watched: where each answers with its metrics and health, and how it logs."""

import ipaddress
from dataclasses import dataclass

from schemas.errors import SettingsError

COMMANDS = ("collect", "ingest", "forward", "detect", "serve")  # those that go on until they are stopped
LOGS = ("plain", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsSettings:
    """Section [operations]. An address that isn't set is not listened to."""

    collect: str | None = None  # of /metrics, /healthz and /readyz of `sparhund collect`: "127.0.0.1:9464"
    ingest: str | None = None  # of `sparhund ingest --follow`
    forward: str | None = None  # of `sparhund forward`
    detect: str | None = None  # of `sparhund detect --follow`
    serve: str | None = None  # of `sparhund serve`
    log: str = "plain"  # or "json": an object a line

    def __post_init__(self) -> None:
        for command in COMMANDS:
            if (text := getattr(self, command)) is not None:
                address("operations", command, text)
        if self.log not in LOGS:
            raise SettingsError("operations", "log", f"want one of {', '.join(LOGS)}")


def address(place: str, key: str, text: str) -> tuple[str, int]:
    """Host and port of TEXT. Errors: SettingsError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
        sound = 0 <= number < 1 << 16
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(place, key, "want an address and a port, such as 127.0.0.1:9464 or [::1]:9464")
    return host, number
