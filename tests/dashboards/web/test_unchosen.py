"""What a page shows where nobody has chosen a period, and where the rules have not run."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from dashboards.server.app import make, opened
from ingest.lake import EVIDENCE
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

GIVEN = """
kind  | shard | position | part | time                 | source | action | outcome | actor_account | src_ip   | system | object_type | object_id
event | s/1   | 1        | 0    | 2026-01-01T08:00:00Z | kv     | read   | success | anna.b        | 10.0.0.7 | Arkiv  | akt         | OLD1
event | s/1   | 2        | 0    | 2026-01-01T08:00:00Z | kv     | read   | success | bo.c          | 10.0.0.8 | Arkiv  | akt         | OLD2
event | s/1   | 3        | 0    | 2026-03-03T08:00:00Z | kv     | read   | success | bo.c          | 10.0.0.8 | Arkiv  | akt         | NEW1
"""  # noqa: E501 - a table
ALL, MONTH = 'aria-current="true">Hela tiden', 'aria-current="true">Senaste 30 dagarna'


@pytest.fixture
def visit(home: Callable[..., Any]) -> Iterator[Visit]:
    made = home(GIVEN)
    row = {"source": "kv", "shard": "s/1", "context": "", "record": b"", "seal": "", "broken": None}
    when = datetime(2026, 3, 3, 12, tzinfo=UTC)
    rows = [{**row, "position": number, "received": when} for number in range(1, 4)]
    made.evidence(pa.Table.from_pylist(rows, EVIDENCE))
    desk = opened(made.installation)
    with serving(make(desk)) as serve, visiting(serve.address, desk, "prov") as found:
        yield found


@pytest.mark.parametrize("path", ["/person/anna.b", "/address/10.0.0.7"])
def test_where_the_last_month_has_nothing_all_time_is_shown(visit: Visit, path: str) -> None:
    page = visit.get(path).text
    assert "OLD1" in page
    assert ALL in page
    assert "OLD1" not in visit.get(f"{path}?start=2026-02-20").text


@pytest.mark.parametrize("path", ["/person/bo.c", "/address/10.0.0.8"])
def test_where_the_last_month_has_something_it_is_shown(visit: Visit, path: str) -> None:
    page = visit.get(path).text
    assert "NEW1" in page
    assert "OLD2" not in page
    assert MONTH in page


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/person/bo.c", "/address/10.0.0.8", "/event/s/1-3-0"),
        *(f"/question/{name}?ask=1" for name in ("findings", "review", "explained_share")),
    ],
)
def test_that_nothing_was_found_is_no_calm_where_the_rules_have_not_run(visit: Visit, path: str) -> None:
    page = visit.get(path).text
    assert "Reglerna har inte körts ännu" in page
    assert "Inget att granska" not in page
    assert "Inga fynd." not in page


def test_what_an_answer_was_asked_about_stands_beside_it(visit: Visit) -> None:
    page = visit.get("/question/events?actor_account=bo.c&action=read&start=2026-03-01&outside_hours=false").text
    told = page.partition('<dl class="given">')[2].partition("</dl>")[0]
    for text in ("Frågan gällde", "konto", "bo.c", "läste", "2026-03-01", "nej"):
        assert text in told, text
    assert 'class="given"' not in visit.get("/question/silent_sources?ask=1").text
