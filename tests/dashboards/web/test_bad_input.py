# ruff: noqa: E501 - events and addresses read better on one line
"""Pages over what nobody wishes for: crafted names, October's hour, a year, nothing, a lake that moves, many tabs."""

import csv
import io
import re
import resource
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from analytics import cases
from analytics import workbench as kept
from analytics.caller import Caller
from analytics.detect.run import detect
from analytics.question import questions
from dashboards.cells import heading
from dashboards.server.app import make, opened
from ingest.compaction import compact
from ingest.lake import EVIDENCE
from schemas.event import NORMALISED
from tests.analytics.conftest import KEY, NOW, Home
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

KARIN = Caller("karin")
HEAD = "position | time | source | action | outcome | proves | actor_account | src_ip | system | asset | object_type | object_id | object_path | subject"
SCRIPT, TURNED, LONG = "<script>alert(1)</script>", "\u202egnp.exe", "å" * 10_000
CRAFTED = f'"><img src=x onerror=alert(1)>{SCRIPT}{TURNED}'
# Pages about nothing in particular.
PLAIN = ("/", "/findings", "/questions", "/workbench", "/register", "/health", "/threats", "/purpose", "/search")


def rows(*events: str) -> str:
    return "\n".join(["", HEAD, *events, ""])


class Over:
    """A server over a lake of its own, and a visit to it."""

    def __init__(self, root: Path, given: str, stack: ExitStack, register: str, **serve: Any) -> None:
        document: dict[str, Any] = {}
        if register:
            place = root.parent / "register.toml"
            place.write_text(register, encoding="utf-8")
            document = {"register": {"assets": [str(place)]}}
        self.home = Home(root, given, document, KEY)
        installed = self.home.installation
        if serve:
            settings = installed.settings
            installed = replace(installed, settings=replace(settings, serve=replace(settings.serve, **serve)))
        self.installed = installed
        self.desk = opened(installed)
        self.address = stack.enter_context(serving(make(self.desk))).address
        self.visit: Visit = stack.enter_context(visiting(self.address, self.desk, "prov"))


@contextmanager
def over(root: Path, given: str, register: str = "", **serve: Any) -> Iterator[Over]:
    with ExitStack() as stack:
        yield Over(root, given, stack, register, **serve)


def written(home: Home, *events: str) -> None:
    """Commit EVENTS as a batch, as reading does."""
    header, lines = cases.text_table("given", rows(*events))
    table = home.lake.table("normalised")
    batch = table.positions.get("batch", 0) + 1

    def defaults(given: Any, number: int) -> Any:
        return cases._normalised_defaults(given, number) | {"batch": batch}

    made = cases._arrow("given", header, lines, NORMALISED, defaults)
    table.commit([table.write(made, "standard", NOW.date())], expect={}, positions={"batch": batch})


def judged(place: "Over", *events: str) -> None:
    written(place.home, *events)
    assert len(detect(place.installed).findings), "something was found"


def asked(name: str) -> str:
    """The address of a question with something for whatever it must be told."""
    needed = {"TIMESTAMPTZ": "2025-03-01", "INTEGER": "1", "BIGINT": "1", "BOOLEAN": "true"}
    params = [
        (param.name, needed.get(param.type, "nobody"))
        for param in questions()[name].params
        if param.required or param.type == "TEXT[]"
    ]
    return f"/question/{name}?{urlencode([*params, ('ask', '1')])}"


def laid(home: Any, *entities: tuple[str, str]) -> str:
    """The address of a workbench with ENTITIES."""
    found = kept.open_workbench(home, "Prov", who=KARIN)
    for kind, value in entities:
        kept.note(home, found, "added", kind=kind, value=value, who=KARIN)
    return f"/workbench/{found}"


# Crafted names


def crafted_event(number: int, name: str, action: str = "read") -> str:
    fields = [name, f"10.0.0.{number}", name, name, name, name, f"/{name}/{number}", "p_" + "0" * 32]
    return f"{number} | 2026-03-01T08:{number:02}:00Z | kv | {action} | success | content | {' | '.join(fields)}"


@pytest.fixture(scope="module", params=[CRAFTED, LONG], ids=["script and right-to-left", "10,000 letters"])
def crafted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Over, str]]:
    name = str(request.param)
    events = [crafted_event(number, name) for number in range(1, 20)]
    events += [crafted_event(number, name, "log_clear") for number in range(20, 23)]
    with over(tmp_path_factory.mktemp("crafted"), rows()) as found:
        judged(found, *events)
        yield found, name


def test_crafted_names_are_texts_on_every_page(crafted: tuple[Over, str]) -> None:
    place, name = crafted
    pages = [*PLAIN, "/health/kv", "/address/10.0.0.1?all=1", f"/subject/p_{'0' * 32}?all=1", "/event/-1-0"]
    pages += [asked(each) for each in questions()]
    pages += re.findall(r'"(/finding/\w+)', place.visit.get("/findings").text)
    if len(name) < 1_000:  # longer is no address
        pages += [f"/{kind}/{quote(name, safe='')}?all=1" for kind in ("person", "system", "asset")]
        pages.append("/object?" + urlencode({"system": name, "object_path": f"/{name}/1"}))
        pages.append(laid(place.installed, ("account", name), ("object", name)))
    seen = 0
    for page in pages:
        answer = place.visit.get(page)
        body = answer.text
        assert answer.status_code in {200, 303, 400, 404}, page
        assert "<script>alert" not in body, page
        assert "<img src=x" not in body, page
        assert "\u202e" not in re.sub("<[^>]*>", "", body), page  # a form's hidden value is none that is read
        assert len(body.encode()) < 300_000, page
        seen += "&lt;script&gt;" in body or "åååå" in body
    assert seen > 15, "the names are shown on many pages"


@pytest.mark.parametrize("text", [SCRIPT, TURNED, "å" * 10_000, "\x00", "'; DROP TABLE events; --", "%00", "../../etc"])
def test_what_is_typed_is_text(crafted: tuple[Over, str], text: str) -> None:
    place, _ = crafted
    forms = [("/search", {"text": text}), ("/findings", {"person": text}), ("/question/events", {"system": text})]
    forms += [("/workbench", {"title": text}), ("/workbench", {"kind": "account", "value": text, "title": "x"})]
    for path, form in forms:
        answer = place.visit.post(path, form)
        assert answer.status_code in {200, 303, 400}, path
        assert SCRIPT not in answer.text
        assert "\u202e" not in re.sub("<[^>]*>", "", answer.text)
        if answer.status_code == 303:
            onward = place.visit.get(answer.headers["location"])
            assert onward.status_code in {200, 400, 414}, path
            assert SCRIPT not in onward.text


# The hour that comes twice


# Each is what a page, and a person, says of it.
HOURS = {"2026-10-25T00:30:00Z": "2026-10-25 02:30:00+02:00", "2026-10-25T01:30:00Z": "2026-10-25 02:30:00+01:00"}
SOMEBODY = "p_" + "0" * 32
REGISTER = """
[[asset]]
asset = "akt"
name = "Journaler"
controller = "Socialnämnden"
k = 3
r = 1
t = 1
valid_from = 2026-10-25T02:30:00+01:00
[[asset.history]]
k = 2
valid_from = 2026-10-25T02:30:00+02:00
valid_to = 2026-10-25T02:30:00+01:00
[[asset.history]]
k = 1
valid_to = 2026-10-25
"""


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Over]:
    """02:30 in Sweden on 25 October 2026, both times: one thing twice, and two files once each."""
    thing = (
        f"kv | log_clear | success | content | bo.c | 10.0.0.7 | arkiv | akt | journal | J1 | /akter/{{n}} | {SOMEBODY}"
    )
    given = [f"{n} | {time} | {thing.format(n=n)}" for n, time in enumerate(HOURS, 1)]
    beside = "kv | read | success | content | di.d | 10.0.0.8 | arkiv |  | file |  | /mappar/{n} | "
    given += [f"{n + 2} | {time} | {beside.format(n=n)}" for n, time in enumerate(HOURS, 1)]
    with over(tmp_path_factory.mktemp("october") / "lake", rows(), REGISTER) as found:
        records = [
            {"source": "kv", "shard": "a", "position": n, "context": "c", "record": f"bo.c /akter/{n}".encode(),
             "seal": "", "received": datetime.fromisoformat(time), "broken": None}
            for n, time in enumerate(HOURS, 1)
        ]  # fmt: skip
        found.home.evidence(pa.Table.from_pylist(records, EVIDENCE))
        judged(found, *given)
        yield found


def test_the_two_hours_of_october_are_told_apart_on_every_page(october: Over) -> None:
    finding = re.findall(r'"(/finding/\w+)', october.visit.get("/findings?month=2026-10").text)
    assert finding
    pages = ["/findings?month=2026-10", finding[0], "/register"]
    pages += [f"{page}?all=1" for page in ("/person/bo.c", "/system/arkiv", "/address/10.0.0.7", "/asset/akt")]
    pages += [f"/subject/{SOMEBODY}?all=1", "/object?system=arkiv&object_type=journal&object_id=J1&all=1"]
    pages += ["/question/events?actor_account=bo.c&ask=1", laid(october.installed, ("account", "bo.c"))]
    for page in pages:
        body = october.visit.get(page).text
        for said in HOURS.values():
            assert said in body, page
    for page in ("/health", "/health/kv"):  # where only the latest is told
        body = october.visit.get(page).text
        assert "2026-10-25 02:30:00+01:00" in body, page
        assert "2026-10-25 02:30:00+02:00" not in body, page
    assert "Hotbild oktober 2026" in october.visit.get("/threats?month=2026-10").text


@pytest.mark.parametrize("n", [1, 2])
def test_an_event_of_the_hour_and_its_record_say_which_it_is(october: Over, n: int) -> None:
    mine, other = list(HOURS.values())[:: 1 if n == 1 else -1]
    body = october.visit.get(f"/event/a-{n}-0").text
    assert body.count(mine) >= 2, "when it was, and when the record came"
    assert other not in body
    assert f"bo.c /akter/{n}" in re.sub("<[^>]*>", "", body)


def test_a_list_of_hits_says_which_hour_each_was(october: Over) -> None:
    body = october.visit.search("mappar/").text
    hits = dict(re.findall(r"(/mappar/\d)</bdi>.*?(2026-10-25 02:30:00[+]0\d:00)", body, re.DOTALL))
    assert hits == {f"/mappar/{n}": said for n, said in enumerate(HOURS.values(), 1)}


@pytest.mark.parametrize("page", ["question", "workbench"])
def test_files_have_both_instants(october: Over, page: str) -> None:
    board = laid(october.installed, ("account", "bo.c"))
    place = f"{board}?" if page == "workbench" else "/question/events?actor_account=bo.c&ask=1&"

    def file(kind: str) -> bytes:
        answer = october.visit.get(f"{place}format={kind}")
        assert answer.status_code == 200
        return answer.content

    wanted = [datetime.fromisoformat(time) for time in HOURS]
    told = csv.DictReader(io.StringIO(file("csv").decode("utf-8-sig")), delimiter=";")
    times = [datetime.fromisoformat(row[heading("time_utc", "sv")]) for row in told]
    assert sorted(times) == wanted
    assert {f"{time:%H:%M}" for time in times} == {"02:30"}  # as the page has them, each with its offset
    assert sorted(pq.read_table(io.BytesIO(file("parquet")))["time_utc"].to_pylist()) == wanted
    assert sorted(pa.ipc.open_stream(file("arrow")).read_all()["time_utc"].to_pylist()) == wanted


def test_the_heat_map_counts_both_in_one_hour_that_leads_to_them(october: Over) -> None:
    """By weekday and hour they are one hour; its number leads to the events, which are told apart."""
    body = october.visit.get("/person/bo.c?all=1").text
    assert re.findall(r"söndag 02-03: (\d+)", body)[0] == "2"
    assert "söndag 03-04: 0" in body
    links = [unescape(each) for each in re.findall(r'href="(/question/[^"]*local_hour=2[^"]*)"', body)]
    links = links or [unescape(each) for each in re.findall(r'href="(/question/events[^"]*)"', body)]
    found = october.visit.get(links[0]).text
    assert "02:30:00+02:00" in found
    assert "02:30:00+01:00" in found


def test_a_period_of_one_day_has_both_hours(october: Over) -> None:
    body = october.visit.get("/question/events?actor_account=bo.c&start=2026-10-25&stop=2026-10-25").text
    assert body.count("02:30:00+0") >= 2
    for hour in ("02:00", "02:59"):  # which of the two is meant isn't said, so it is refused or both are given
        answer = october.visit.get(f"/question/events?actor_account=bo.c&start=2026-10-25+{hour}")
        assert answer.status_code in {200, 400}


# A year of everything


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Over]:
    first = datetime(2025, 3, 1, 8, tzinfo=UTC)
    event = "{n} | {at:%Y-%m-%dT%H:%M:%SZ} | kv{s} | {act} | success | content | konto{who} | 10.0.{who}.7 | arkiv{s} | akt{s} | akt | J{n} | /a/{n} | p{thing}"
    given = [
        event.format(
            n=number, at=first + timedelta(hours=3 * number), s=number % 7, who=number % 40, thing=number % 300,
            act=("read", "search", "export", "print", "update", "login", "grant")[number % 7],
        )
        for number in range(365 * 8)
    ]  # fmt: skip
    with over(tmp_path_factory.mktemp("year"), rows(*given)) as found:
        yield found


def test_a_year_of_everything_is_a_page(year: Over) -> None:
    period = {"start": "2025-03-01", "stop": "2026-02-28"}
    pages = [*PLAIN, "/health/kv1", "/person/konto1?all=1", "/system/arkiv1?all=1", "/address/10.0.1.7?all=1"]
    pages += ["/asset/akt1?all=1", "/subject/p1?all=1", f"/person/konto1?{urlencode(period)}&explained=all"]
    pages += [laid(year.installed, *(("account", f"konto{number}") for number in range(20)))]
    for name, file in questions().items():
        own = {param.name for param in file.params}
        more = {key: value for key, value in period.items() if key in own and f"{key}=" not in asked(name)}
        pages.append(asked(name) + ("&" + urlencode(more) if more else ""))
    for page in pages:
        answer = year.visit.get(page)
        assert answer.status_code == 200, (page, answer.status_code)
        assert len(answer.content) < 300_000, page


# Nothing


def test_over_an_empty_lake_every_page_says_that_there_is_nothing(tmp_path: Path) -> None:
    with over(tmp_path / "empty", rows()) as place:
        for page in [*PLAIN, "/person/nobody", "/system/none", "/asset/none", "/address/10.0.0.7", "/subject/p1"]:
            answer = place.visit.get(page)
            assert answer.status_code in {200, 303, 404}, page
        for name in questions():
            answer = place.visit.get(asked(name))
            assert answer.status_code == 200, name
            assert "Svaret säger ingenting om vad som har hänt." in answer.text, name
        assert place.visit.get("/event/a-1-0").status_code == 404
        assert place.visit.get("/finding/0000000000000000").status_code == 404


# A lake that moves


EVENTS = [
    f"{number} | 2026-03-0{number % 9 + 1}T08:00:00Z | kv | read | success | content | bo.c | 10.0.0.7 | arkiv | akt | akt | J{number} |  | p1"
    for number in range(1, 40)
]  # fmt: skip


def test_a_lake_that_is_gone_is_told_in_words_and_pages_come_back_with_it(tmp_path: Path) -> None:
    with over(tmp_path / "lake", rows(*EVENTS)) as place:
        note = laid(place.installed, ("account", "bo.c"))
        pages = [
            "/",
            "/findings",
            note,
            "/register",
            "/health",
            "/threats",
            "/person/bo.c",
            "/question/logins",
            "/questions",
        ]
        before = [place.visit.get(page).status_code for page in pages]
        assert before == [200] * len(pages)
        (tmp_path / "lake").rename(tmp_path / "away")
        try:
            for page in pages:
                answer = place.visit.get(page)
                assert answer.status_code == 503, page
                assert "Kan inte svara just nu" in answer.text
                assert "Försök igen om en stund." in answer.text
                assert answer.headers["Retry-After"]
                assert str(tmp_path) not in answer.text
            answer = place.visit.post(note, {"act": "note", "text": "en anteckning"})
            assert answer.status_code == 503
            assert "en anteckning</textarea>" in answer.text, "what was written is not lost"
            assert not (tmp_path / "lake").exists(), "nothing is made in its place"
        finally:
            (tmp_path / "away").rename(tmp_path / "lake")
        assert [place.visit.get(page).status_code for page in pages] == before


def test_pages_are_answered_while_the_lake_is_written_and_compacted(tmp_path: Path) -> None:
    with over(tmp_path / "lake", rows(*EVENTS)) as place:
        ended = threading.Event()
        faults: list[BaseException] = []

        def move() -> None:
            try:
                for number in range(6):
                    written(place.home, EVENTS[number])
                    list(compact(place.home.lake, datetime.now(UTC)))
            except BaseException as error:  # noqa: BLE001 - told by the test
                faults.append(error)
            finally:
                ended.set()

        moving = threading.Thread(target=move)
        moving.start()
        pages = ["/", "/person/bo.c?all=1", "/question/events?actor_account=bo.c&ask=1", "/health", "/threats"]
        rounds = 0
        while not ended.is_set() or rounds < 2:
            assert [place.visit.get(page).status_code for page in pages] == [200] * len(pages)
            rounds += 1
        moving.join()
        assert faults == []


# Two hundred tabs


@pytest.mark.parametrize(("waiting", "burst"), [(256, 300), (20, 300), (256, 50)])
def test_two_hundred_tabs_are_all_answered_or_told_to_wait(tmp_path: Path, waiting: int, burst: int) -> None:
    with over(tmp_path / "lake", rows(*EVENTS), waiting=waiting, burst=burst) as place:
        pages = [
            "/person/bo.c?all=1",
            "/question/events?actor_account=bo.c&ask=1",
            "/threats",
            "/health",
            "/",
            "/findings",
        ]
        cookies = place.visit.client.cookies
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        limits = httpx.Limits(max_connections=200)
        with (
            httpx.Client(base_url=place.address, cookies=cookies, trust_env=False, timeout=300, limits=limits) as tabs,
            ThreadPoolExecutor(200) as pool,
        ):
            answers = list(pool.map(lambda number: tabs.get(pages[number % len(pages)]), range(200)))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
        found = {answer.status_code for answer in answers}
        assert 200 in found
        assert found <= {200, 429, 503}
        for answer in answers:
            assert answer.headers["content-type"].startswith("text/html")
            if answer.status_code != 200:
                assert int(answer.headers["Retry-After"]) >= 1
                assert re.search(r"<h1>[^<]+</h1>", answer.text)
                assert "Vänta en stund." in answer.text or "Försök igen om en stund." in answer.text
        assert (waiting, burst) != (256, 300) or found == {200}, "as many as one person may have open"
        assert grown < 1 << 30
        assert place.visit.get("/questions").status_code in {200, 429}, "and the next is answered"
