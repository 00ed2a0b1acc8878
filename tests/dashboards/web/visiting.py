"""A signed-in person without a browser, for what a form that was tampered with sends; and her cookies for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from dashboards.auth.visitor import COOKIE
from dashboards.server.desk import Desk


@dataclass(frozen=True)
class Visit:
    """A session: its client, and the token of its forms."""

    client: httpx.Client
    csrf: str

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def search(self, text: str, **more: str) -> httpx.Response:
        """What is typed in the box leads to: a page of something, not yet gone to, or the list of what was found."""
        found = self.post("/search", {"text": text, **more})
        listed = found.headers.get("location", "").startswith("/search?found=")
        return self.get(found.headers["location"]) if listed else found

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **(data or {})}, **more)


def session(desk: Desk, purpose: str | None = None) -> tuple[str, str]:
    """The cookie of a session of karin's, who has stated PURPOSE, and the token of its forms."""
    now = datetime.now(UTC)
    cookie = desk.store.begin(desk.store.add_link("karin", now), now)
    assert cookie
    found = desk.store.session(cookie, now)
    assert found
    if purpose:
        desk.store.state_purpose(found.key, purpose)
    return cookie, found.csrf


def cookies(desk: Desk, purpose: str) -> Any:
    """That session as a browser keeps it."""
    cookie, _ = session(desk, purpose)
    return {"cookies": [{"name": COOKIE, "value": cookie, "domain": "127.0.0.1", "path": "/"}], "origins": []}


@contextmanager
def visiting(address: str, desk: Desk, purpose: str | None = None) -> Iterator[Visit]:
    """A visit of karin's, who has stated PURPOSE."""
    cookie, csrf = session(desk, purpose)
    with httpx.Client(base_url=address, cookies={COOKIE: cookie}, trust_env=False, timeout=60) as client:
        yield Visit(client, csrf)
