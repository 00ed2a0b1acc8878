"""How heavy a page may be, whatever stands in the records."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from dashboards.server.app import make, opened
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

_EVENT = "{n} | 2026-03-01T{hour:02}:{minute:02}:00Z | kv | read | success | anna | 10.0.0.7 | arkiv | akt | {path}"
_HEAD = "position | time | source | action | outcome | actor_account | src_ip | system | asset | object_path"


@pytest.fixture(scope="module", params=[300, 1_000, 10_000])
def letters(request: pytest.FixtureRequest) -> int:
    """How long each path is."""
    return int(request.param)


@pytest.fixture
def crowded(home: Callable[..., Any], letters: int) -> Iterator[Visit]:
    """A visit to a lake in which somebody opened a hundred files with long paths."""
    events = [
        _EVENT.format(n=number, hour=number // 10, minute=number % 10, path=f"/{'å' * letters}/{number}")
        for number in range(100)
    ]
    desk = opened(home("\n".join(["", _HEAD, *events, ""])).installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as visit:
        yield visit


def test_no_page_is_heavier_than_300_kb_however_long_the_paths_are(crowded: Visit, letters: int) -> None:
    path = quote("/" + "å" * letters + "/7")
    pages = ["/person/anna?all=1", "/address/10.0.0.7?all=1", "/system/arkiv?all=1", "/asset/akt?all=1"]
    pages += ["/question/events?actor_account=anna&ask=1", "/question/touched?actor_account=anna&ask=1"]
    if len(path) < 20_000:  # longer is no address
        pages.append(f"/object?system=arkiv&object_path={path}")
    made = crowded.post("/workbench", {"title": "Prov", "kind": "account", "value": "anna"}).headers["location"]
    pinned = re.findall(r'name="pin" value="([^"]+)"', crowded.get(made).text)
    assert [crowded.post(made, {"pin": event}).status_code for event in pinned[:20]] == [303] * 20
    pages += [made, f"{made}?count=1", f"{made}?stop=2026-01-01"]
    for page in pages:
        answer = crowded.get(page)
        assert answer.status_code == 200, page[:80]
        assert len(answer.text.encode()) < 300_000, page[:80]
        assert "touched" in page or "/event/" in answer.text, page[:80]
