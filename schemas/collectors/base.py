"""What every collector's settings have, and what those have that senders connect to."""

from dataclasses import dataclass

from schemas.errors import SettingsError
from schemas.operations import address
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
        address(self.place, "listen", self.listen)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return address(self.place, "listen", self.listen)


def above(collector: Collector, key: str, value: float, bound: int) -> None:
    """Errors: SettingsError unless VALUE of KEY is more than BOUND."""
    if value <= bound:
        raise SettingsError(collector.place, key, f"must be more than {bound}")
