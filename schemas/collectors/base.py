"""What every collector's settings have, and what those have that senders connect to."""

import ipaddress
from dataclasses import dataclass

from schemas.errors import SettingsError
from schemas.source import plain_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """What every kind has."""

    name: str

    def __post_init__(self) -> None:
        plain_name(self.place, self.name)

    @property
    def place(self) -> str:
        """The section, as errors and logs name it."""
        return f"collect.{self.name}"

    def sources(self) -> set[str]:
        """The sources that its records become; each must be declared."""
        return set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening(Collector):
    """A collector that senders connect to."""

    listen: str  # address and port: "0.0.0.0:514", "[::]:6514"

    def __post_init__(self) -> None:
        Collector.__post_init__(self)
        try:
            host, port = self.address
            ipaddress.ip_address(host)
            sound = 0 <= port < 1 << 16
        except ValueError:
            sound = False
        if not sound:
            raise SettingsError(self.place, "listen", "want an address and a port, such as 0.0.0.0:6514 or [::]:6514")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)


def above(collector: Collector, key: str, value: float, bound: int) -> None:
    """Errors: SettingsError unless VALUE of KEY is more than BOUND."""
    if value <= bound:
        raise SettingsError(collector.place, key, f"must be more than {bound}")
