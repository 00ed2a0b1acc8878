from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.installation import Installation, installation
from dashboards.server.app import make, opened
from dashboards.server.desk import Desk
from dashboards.server.rates import Rate
from tests.analytics.conftest import home as home  # noqa: PLC0414 - the fixture, shared
from tests.dashboards.serving import Serving, serving
from tests.dashboards.town import town


@dataclass(frozen=True)
class Served:
    """A municipality whose pages are served on loopback."""

    folder: Path
    home: Installation
    desk: Desk
    address: str

    def link(self) -> str:
        """A link by which one signs in, once."""
        return f"{self.address}/signin?code={self.desk.store.add_link('karin', datetime.now(UTC))}"


@contextmanager
def municipality(base: Path) -> Iterator[Served]:
    """The town of tests.dashboards.town, made below BASE and served."""
    folder = town(base)
    found = installation(None, folder / "settings.toml")
    desk = opened(found)
    desk.signing = desk.turned = Rate(1e6, 1_000_000)  # all tests come from one address
    with serving(make(desk)) as server:
        assert isinstance(server, Serving)
        yield Served(folder, found, desk, server.address)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Served for the whole run: change nothing that another test rests on."""
    with municipality(tmp_path_factory.getbasetemp()) as found:
        yield found
