import shutil
from random import Random

import duckdb
import pytest

from ingest.lake import Lake
from ingest.opening import open_writer
from ingest.sources.spooled import drain
from ingest.spool import Delivery, Spool
from ingest.torture.records import Pool
from ingest.torture.truth import ACCEPTED, AGAIN, ONCE, SENT, UNANSWERED, UNSAID, Sent, Truth, Window, Windows
from ingest.torture.verdict import judge
from schemas import settings as settings_file

LINE = '192.0.2.1 - anna [01/Mar/2026:08:14:07 +0100] "GET /x HTTP/1.1" 200 5 "-" "curl '
POOL = Pool("web_access", [(LINE.encode(), b'"')])
SETTINGS = settings_file.parse({"sources": {name: {"mapping": "web_access"} for name in ("a", "quiet")}})
NOON = 1_772_366_400.0  # when records were sent, unless it is said


def record(number):
    return POOL.record(f"a-{number}", number, Random(0))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Makes lakes of records of one source; of the same ones just one."""
    known = {}

    def make(*records, source="a"):
        if (source, records) not in known:
            root = known[source, records] = tmp_path_factory.mktemp("lake")
            spool = Spool(root / "spool")
            spool.append(source, Delivery(records=list(records)))
            drain(open_writer(SETTINGS, root, list(SETTINGS.sources.values())), spool)
        return known[source, records]

    return make


class Case:
    """Lakes, and a truth about one."""

    def __init__(self, folder, made):
        self.folder = folder
        self.lake = made
        self.windows = Windows()
        (folder / "truth").mkdir()

    def truth(self, states, promise=ONCE, source="a", sends=1, at=NOON):
        truth = Truth(self.folder / "truth", source, source, promise)
        for number, state in states.items():
            truth.add(state, [Sent(f"a-{number}", record(number), sends, at)])
        truth.close()

    def judge(self, root, calm=None):
        files = sorted((self.folder / "truth").glob("*.csv"))
        return judge(root, files, self.windows, {"a": POOL, "quiet": POOL}, ["quiet"], calm)

    def copy(self, root):
        return shutil.copytree(root, self.folder / "copy")


@pytest.fixture
def case(tmp_path, made):
    return Case(tmp_path, made)


def test_what_was_accepted_stands_once_and_what_was_not_answered_once_or_not_at_all(case):
    case.truth({0: ACCEPTED, 1: UNANSWERED, 2: UNANSWERED})
    verdict = case.judge(case.lake(record(0), record(2)))
    assert verdict.faults == []
    assert verdict.sources == [
        {
            "source": "a", "promise": "once", "sent": 3, "accepted": 1, "stored": 2, "lost": 0, "twice": 0, "again": 0,
            "unsaid_before": 0, "unsaid_down": 0, "unsaid_behind": 0,
        }
    ]  # fmt: skip


def test_a_lost_record_and_one_that_stands_twice_are_named(case):
    case.truth({0: ACCEPTED, 1: ACCEPTED, 2: UNANSWERED})
    verdict = case.judge(case.lake(record(1), record(1), record(2), record(2)))
    assert verdict.faults == [
        "lost or twice: a: a-0 accepted, stands 0 times, sent 1 times",
        "lost or twice: a: a-1 accepted, stands 2 times, sent 1 times",
        "lost or twice: a: a-2 unanswered, stands 2 times, sent 1 times",
    ]
    assert (verdict.total("lost"), verdict.total("twice")) == (1, 2)


@pytest.mark.parametrize(("copies", "faults"), [(1, 0), (2, 0), (3, 1)])
def test_where_the_protocol_says_so_a_record_stands_as_often_as_it_was_sent_at_most(case, copies, faults):
    case.truth({0: ACCEPTED}, AGAIN, sends=2)
    verdict = case.judge(case.lake(*[record(0)] * copies))
    assert len(verdict.faults) == faults
    assert verdict.total("again") == min(copies, 2) - 1


@pytest.mark.parametrize(
    ("window", "lost"),
    [
        (Window("collector", NOON - 5, NOON + 5, loses=True), {"lost": 0, "unsaid_before": 0, "unsaid_down": 1}),
        (Window("collector", NOON + 0.9, NOON + 5, loses=True), {"lost": 0, "unsaid_before": 1, "unsaid_down": 0}),
        (Window("collector", NOON + 1.1, NOON + 5, loses=True), {"lost": 1, "unsaid_before": 0, "unsaid_down": 0}),
        (Window("collector", NOON - 5, NOON - 1, loses=True), {"lost": 1, "unsaid_before": 0, "unsaid_down": 0}),
        (Window("collector", NOON - 5, NOON + 5), {"lost": 1, "unsaid_before": 0, "unsaid_down": 0}),
        (Window("another", NOON - 5, NOON + 5, loses=True), {"lost": 1, "unsaid_before": 0, "unsaid_down": 0}),
    ],
)
def test_without_answers_a_record_may_be_lost_while_the_other_end_is_down_and_a_second_before(case, window, lost):
    case.windows.all.append(window)
    case.truth({0: SENT}, UNSAID)
    case.truth({1: SENT}, UNSAID, source="quiet")
    root = case.lake(record(1), source="quiet")
    verdict = case.judge(root)
    assert {name: verdict.total(name) for name in lost} == lost
    assert bool(verdict.faults) == bool(lost["lost"])


@pytest.mark.parametrize(("answered", "behind"), [(2, 0), (0.5, 1), (-2, 1)])
def test_a_collector_that_answers_nobody_is_behind_and_what_it_had_not_read_is_lost_with_it(case, answered, behind):
    """ANSWERED: how long after the record that is lost the last one was sent that was answered."""
    case.windows.all.append(Window("collector", NOON + 5, NOON + 9, loses=True))
    case.truth({0: SENT}, UNSAID)
    case.truth({1: ACCEPTED}, source="quiet", at=NOON + answered)
    verdict = case.judge(case.lake(record(1), source="quiet"))
    assert (verdict.total("unsaid_behind"), verdict.total("lost")) == (behind, 1 - behind)


def test_what_piled_up_while_a_collector_stood_still_may_be_lost_when_it_is_killed_right_after(case):
    case.windows.all += [
        Window("a", NOON - 1, NOON + 3),
        Window("collector", NOON + 3.5, NOON + 4, loses=True),
        Window("collector", NOON + 9, NOON + 10, loses=True),
    ]
    assert case.windows.merged({"collector", "a"}) == [
        Window("a", NOON - 1, NOON + 4, loses=True),
        Window("collector", NOON + 9, NOON + 10, loses=True),
    ]


PIECES = {
    **dict.fromkeys((record(0)[:20], b"3", record(0)[:-1], b"1 o"), True),
    **dict.fromkeys((record(0) + b"more", b"else"), False),
}


def test_a_record_that_nobody_sent_is_a_fault(case):
    case.truth({0: ACCEPTED})
    verdict = case.judge(case.lake(record(0), *PIECES))
    assert verdict.torn == 0
    assert verdict.faults == [
        *(f"nobody sent it: a/{number}, {len(piece)} bytes" for number, piece in list(enumerate(PIECES, 1))[:3]),
        f"nobody sent it: and {len(PIECES) - 3} more",
    ]


def test_but_for_the_beginning_of_one_whose_line_was_cut_where_nothing_is_answered(case):
    case.truth({0: ACCEPTED}, UNSAID)
    verdict = case.judge(case.lake(record(0), *PIECES))
    assert verdict.torn == sum(PIECES.values())
    assert verdict.faults == [
        f"nobody sent it: a/{number}, {len(piece)} bytes"
        for number, (piece, torn) in enumerate(PIECES.items(), 1)
        if not torn
    ]


def edit(root, table, select):
    """Make a table's rows other ones, as no command of ours does."""
    held = Lake.open(root).table(table)
    rows = duckdb.sql(select.format(f"(SELECT * EXCLUDE (keep, day) FROM {held.scan()})")).to_arrow_table()
    members = list(held.files.values())
    made = held.write(rows.cast(held.schema), members[0].keep, members[0].day)
    held.commit([made], expect={}, positions={}, remove=members)


EDITS = {
    "positions are not contiguous from 0": ("evidence", "SELECT * FROM {} WHERE position <> 1"),
    "a record has not events, or one reject, or one repeat": ("normalised", "SELECT * FROM {} WHERE position <> 1"),
    "there are gaps": ("normalised", "FROM {0} UNION ALL SELECT * REPLACE ('gap' AS kind) FROM {0} WHERE position = 1"),
    "the tables' positions differ from what they hold": ("evidence", "SELECT * FROM {} WHERE position < 2"),
    "a row that a calm run does not make": (
        "normalised",
        "SELECT * REPLACE (if(position = 1, 'failure', outcome) AS outcome) FROM {}",
    ),
    "a row is missing that a calm run makes": ("normalised", "SELECT * FROM {} WHERE position <> 1"),
}


@pytest.mark.parametrize("law", EDITS)
def test_what_a_lake_says_of_itself_must_hold(case, law):
    case.truth(dict.fromkeys(range(3), ACCEPTED))
    calm = case.lake(*map(record, range(3)))
    root = case.copy(calm)
    assert case.judge(root, calm).faults == []
    edit(root, *EDITS[law])
    assert [fault for fault in case.judge(root, calm).faults if fault.startswith(law)]


@pytest.mark.parametrize("part", [0, 2])
def test_parts_of_a_record_are_whole_and_different(case, part):
    case.truth(dict.fromkeys(range(3), ACCEPTED))
    root = case.copy(case.lake(*map(record, range(3))))
    edit(root, "normalised", f"FROM {{0}} UNION ALL SELECT * REPLACE ({part} AS part) FROM {{0}} WHERE position = 1")
    assert case.judge(root).faults == ["a record has not events, or one reject, or one repeat: a/1: 2 rows"]
