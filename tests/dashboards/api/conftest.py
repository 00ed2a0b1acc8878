"""Visitors of the API over the made-up municipality."""

import dataclasses
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from analytics.installation import OWN
from dashboards.auth import tokens
from dashboards.server.app import make, opened
from dashboards.server.desk import Desk
from ingest.spool import Spool
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving

PURPOSE = "Prov av gränssnittet"


def client(address: str, **headers: str) -> httpx.Client:
    """A visitor who sends HEADERS."""
    return httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=60)


def token(served: Served, scope: str = "read") -> str:
    """The secret of a new token."""
    return tokens.add(served.home, f"prov-{secrets.token_hex(4)}", scope, 1, PURPOSE)


def bearer(secret: str) -> str:
    return f"Bearer {secret}"


@pytest.fixture(scope="module")
def reader(served: Served) -> Iterator[httpx.Client]:
    """A program that may see persons."""
    with client(served.address, Authorization=bearer(token(served))) as found:
        yield found


@pytest.fixture(scope="module")
def statistician(served: Served) -> Iterator[httpx.Client]:
    """A program that may see no person."""
    with client(served.address, Authorization=bearer(token(served, "statistics"))) as found:
        yield found


@pytest.fixture
def person(served: Served) -> Iterator[httpx.Client]:
    """Somebody who is signed in, has stated a purpose, and whose program knows the session's own token."""
    store = served.desk.store
    cookie = store.begin(store.add_link("karin", datetime.now(UTC)), datetime.now(UTC))
    assert cookie
    session = store.session(cookie, datetime.now(UTC))
    assert session
    store.state_purpose(session.key, PURPOSE)
    with client(served.address, Cookie=f"sparhund={cookie}") as found:
        found.headers["X-CSRF-Token"] = session.csrf
        yield found


@dataclass(frozen=True)
class Other:
    """A server of its own over the same lake."""

    desk: Desk
    address: str


@pytest.fixture
def other(served: Served) -> Iterator[Callable[..., Other]]:
    """Makes servers whose [serve] settings differ."""
    with ExitStack() as stack:

        def begin(**serve: object) -> Other:
            settings = served.home.settings
            changed = dataclasses.replace(settings, serve=dataclasses.replace(settings.serve, **serve))
            desk = opened(dataclasses.replace(served.home, settings=changed))
            return Other(desk, stack.enter_context(serving(make(desk))).address)

        yield begin


def acts(served: Served, since: int = 0) -> list[dict]:
    """What our own source recorded from the position SINCE."""
    blocks = Spool(served.home.root / "spool").read(OWN, since)
    return [json.loads(record) for block in blocks for record in block.records]


def position(served: Served) -> int:
    """Where our own source's records will go on."""
    return Spool(served.home.root / "spool").next_position(OWN)
