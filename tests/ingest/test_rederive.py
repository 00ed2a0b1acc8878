from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest

from ingest import compaction, identity
from ingest.knowledge import Knowledge
from ingest.lake import Lake
from ingest.mapping import mapping
from ingest.rederive import Chosen, rederive
from ingest.streams import batches
from schemas.register import load
from schemas.settings import RegisterSettings
from schemas.source import Source
from tests.ingest.conftest import WEB
from tests.ingest.test_writer import AUDIT, audit, batch, web


@pytest.fixture
def keyed():
    """Knowledge that turns personal numbers into tokens: another reading of the same evidence."""
    return Knowledge(key=identity.Key(b"k" * 32))


NUMBER = '192.0.2.1 - anna [01/Mar/2026:08:14:07 +0100] "GET /19121212-1212 HTTP/1.1" 200 5 "-" "curl"'


def changes(writer, apply, sources=(WEB,), **chosen):
    return list(rederive(writer, Chosen(sources=list(sources), **chosen), apply=apply))


def test_nothing_differs_where_nothing_was_mended(town):
    town.writer().write([web(0, 3)])
    [change] = changes(town.writer(), apply=True)
    assert (change.rows_before, change.rows_after, change.differs) == (3, 3, False)
    assert Lake.open(town.root).table("normalised").positions["batch"] == 1


def test_a_dry_run_shows_and_an_applied_one_changes(town, keyed):
    town.writer().write([batch(WEB, [NUMBER]), web(1, 2)][:1])
    town.writer().write([web(1, 2)])
    before = town.rows("shard, position, part, received")
    [shown] = changes(town.writer(knowledge=keyed), apply=False)
    assert (shown.changed, shown.new, shown.gone) == (1, 0, 0)
    assert set(shown.columns) == {"object_path", "details"}
    assert "/19121212-1212" in town.rows("object_path")
    assert changes(town.writer(knowledge=keyed), apply=True) == [shown]
    assert "/19121212-1212" not in town.rows("object_path")
    assert town.rows("shard, position, part, received") == before
    assert set(town.rows("batch")) == {3}
    assert not changes(town.writer(knowledge=keyed), apply=True)[0].differs


def test_rejects_are_tried_again(town):
    zoneless = Source(name="linux", mapping="linux_auth")
    line = "Mar  1 08:14:07 web1 sshd[7]: Accepted password for anna from 192.0.2.1 port 5000 ssh2"
    town.writer(zoneless).write([batch(zoneless, [line])])
    assert town.rows(where="kind = 'reject'") == [0]
    zoned = replace(zoneless, zone="Europe/Stockholm")
    [change] = changes(town.writer(zoned), apply=True, sources=[zoned])
    assert (change.rejects_before, change.rejects_after) == (1, 0)
    assert town.rows("time") == [datetime(2026, 3, 1, 7, 14, 7, tzinfo=UTC)]


def test_only_the_chosen_sources_and_days_are_computed_again(town, keyed):
    other = replace(WEB, name="other")
    later = datetime(2026, 3, 2, 12, tzinfo=UTC)
    writer = town.writer(WEB, other)
    writer.write([batch(WEB, [NUMBER]), replace(batch(WEB, [NUMBER]), source=other)])
    writer.write([batch(WEB, [NUMBER], position=1, received=later)])
    again = town.writer(WEB, other, knowledge=keyed)
    assert [change.day for change in changes(again, apply=True, last=date(2026, 3, 1))] == [date(2026, 3, 1)]
    read = town.rows("source, position, object_path LIKE '%1212-1212' AS plain")
    assert [row["plain"] for row in read] == [True, False, True]


def test_by_event_time_only_records_of_those_days_are(town, keyed):
    lines = [NUMBER, NUMBER.replace("01/Mar/2026:08", "02/Mar/2026:00"), NUMBER.replace("01/Mar", "03/Mar")]
    town.writer().write([batch(WEB, [*lines, "not a line"])])
    again = town.writer(knowledge=keyed)
    first, last = date(2026, 3, 2), date(2026, 3, 2)
    [change] = changes(again, apply=True, first=first, last=last, event_time=True)
    assert (change.rows_before, change.changed, change.rejects_before) == (1, 1, 0)
    plain = town.rows("position, object_path LIKE '%1212-1212' AS plain")
    assert [row["plain"] for row in plain] == [True, False, True]
    assert town.rows(where="kind = 'reject'") == [3]


def test_gaps_and_repeats_stand_after_it(town, keyed):
    town.writer(AUDIT).write([audit(("a", "08:00:00"), ("b", "08:00:01"), ("a", "08:00:00"))])
    town.writer(AUDIT).write([audit(("b", "08:00:01"), ("c", "08:00:02"), position=5)])
    before = town.rows("kind, position, reason, source_event_id", where="true")
    changed = replace(AUDIT, system="Microsoft 365")
    [change] = changes(town.writer(changed, knowledge=keyed), apply=True, sources=[changed])
    assert set(change.columns) == {"system"}
    assert town.rows("kind, position, reason, source_event_id", where="true") == before


def test_a_repeat_of_another_day_stays_one(town):
    later = datetime(2026, 3, 2, 12, tzinfo=UTC)
    town.writer(AUDIT).write([audit(("a", "08:00:00"))])
    town.writer(AUDIT).write([audit(("a", "08:00:00"), position=1, received=later)])
    changed = replace(AUDIT, system="Microsoft 365")
    changes(town.writer(changed), apply=True, sources=[changed])
    assert town.rows("position, system", where="kind <> 'gap'") == [
        {"position": 0, "system": "Microsoft 365"},
        {"position": 1, "system": "Microsoft 365"},
    ]
    assert town.rows(where="kind = 'repeat'") == [1]


def test_a_day_that_is_compacted_meanwhile_is_computed_anew(town, keyed, monkeypatch):
    town.writer().write([batch(WEB, [NUMBER])])
    town.writer().write([web(1, 2)])
    again = town.writer(knowledge=keyed)
    turn = again.lake.turn
    tomorrow = datetime(2026, 3, 2, tzinfo=UTC)

    def meanwhile():
        monkeypatch.undo()
        list(compaction.compact(Lake.open(town.root), tomorrow))
        return turn()

    monkeypatch.setattr(again.lake, "turn", meanwhile)
    [change] = changes(again, apply=True)
    assert change.changed == 1
    assert town.rows() == [0, 1, 2]
    assert "/19121212-1212" not in town.rows("object_path")


def test_what_comes_while_earlier_days_are_computed_stays(town, keyed):
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2)]
    town.writer().write([batch(WEB, [NUMBER], received=days[0])])
    town.writer().write([batch(WEB, [NUMBER], position=1, received=days[1])])
    again = rederive(town.writer(knowledge=keyed), Chosen(sources=[WEB]), apply=True)
    assert next(again).changed == 1
    town.writer().write([batch(WEB, [NUMBER], position=2, received=days[1])])  # another process, meanwhile
    assert [(change.changed, change.gone) for change in again] == [(2, 0)]
    assert town.rows() == [0, 1, 2]


def test_a_corrected_register_classes_the_past(town, tmp_path):
    write = (tmp_path / "register.toml").write_text
    town.writer().write([web(0, 2)])
    write(
        '[[asset]]\nasset = "web"\nname = "Webben"\ncontroller = "KS"\nk = 1\nr = 2\nt = 3\n'
        '[[asset.rule]]\nsystem = "web"\n'
    )
    known = Knowledge(register=load(RegisterSettings(assets=(tmp_path / "register.toml",))))
    [change] = changes(town.writer(knowledge=known), apply=True)
    assert change.columns == dict.fromkeys(("asset", "controller", "k", "r", "t"), 2)
    assert town.rows("DISTINCT asset, k, r, t") == [{"asset": "web", "k": 1, "r": 2, "t": 3}]


TABLE = """Användare;När;Händelse
anna;2026-03-01 08:14:07;Läst
bo;2026-03-01 08:15:07;Borta
""".encode("latin-1")


def test_a_wrong_encoding_is_mended_in_the_header_too(town):
    params = {
        "columns": '{"time": "När", "actor_account": "Användare", "action": "Händelse"}',
        "words": '{"action": {"Läst": "read"}}',
    }
    wrong = Source(name="table", mapping="table_csv", zone="Europe/Stockholm", params=params)
    when = datetime(2026, 3, 1, tzinfo=UTC)
    town.writer(wrong).write(list(batches(BytesIO(TABLE), mapping("table_csv"), wrong, shard="t", received=when)))
    assert town.rows(where="kind = 'reject'") == [0, 1]
    right = replace(wrong, framing={"encoding": "latin-1"})
    [change] = changes(town.writer(right), apply=True, sources=[right])
    assert (change.rejects_before, change.rejects_after) == (2, 0)
    read = [{"actor_account": "anna", "action": "read"}, {"actor_account": "bo", "action": "other"}]
    assert town.rows("actor_account, action") == read
    assert not changes(town.writer(right), apply=True, sources=[right])[0].differs


def test_what_was_text_when_it_was_read_stays_so_when_the_encoding_is_changed(town):
    lines = [NUMBER.replace("anna", name) for name in ("åsa", "anna")]
    town.writer().write([batch(WEB, lines)])
    later = replace(WEB, framing={"encoding": "latin-1"})
    assert not changes(town.writer(later), apply=False, sources=[later])[0].differs
