from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from ingest.lake import Lake
from ingest.normalise import ADDRESSED, Context, normalise
from ingest.sources.files import ingest
from ingest.streams import Batch
from schemas.errors import LakeError, MappingError
from schemas.source import Source
from tests.ingest.conftest import LINE, WEB, lines

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUDIT = Source(name="m365", mapping="m365_audit", overlap_s=3600)
RECORD = '{{"Id": "{0}", "CreationTime": "2026-03-01T{1}", "Operation": "FileAccessed", "UserId": "a@x.se"}}'


def batch(source, records, *, shard="s", position=0, received=AT, **context):
    """Records at one position after another."""
    count = len(records)
    positions = [position] * count if isinstance(position, list) else range(position, position + count)
    table = pa.table(
        {
            "shard": [shard] * count,
            "position": list(positions),
            "received": pa.array([received] * count, ADDRESSED.field("received").type),
            "record": [record.encode() for record in records],
            "broken": pa.nulls(count, pa.string()),
            "context": pa.array(np.zeros(count), pa.int32()),
        },
        schema=ADDRESSED,
    )
    return Batch(source, table, (Context(**{"decoder": "lines", **context}),))


def web(position, count, **more):
    return batch(WEB, [LINE.format(position + number).strip() for number in range(count)], position=position, **more)


def test_one_commit_takes_batches_of_many_sources_and_shards(town):
    other = replace(WEB, name="other", keep="vard")
    writer = town.writer(WEB, other)
    writer.write([web(0, 2), web(2, 2, shard="t"), replace(web(0, 3), source=other)])
    assert writer.lake.table("normalised").positions == {"web/s": 2, "web/t": 4, "other/s": 3, "batch": 1}
    keeps = sorted(file.keep for file in writer.lake.table("evidence").files.values())
    assert keeps == ["standard", "vard"]
    assert len(town.rows()) == 7


def test_what_the_lake_has_is_passed_over_and_a_jump_is_a_gap(town):
    writer = town.writer()
    writer.write([web(0, 3)])
    writer.write([web(1, 4)])
    writer.write([web(8, 2)])
    assert town.rows() == [0, 1, 2, 3, 4, 8, 9]
    assert town.rows("position, length", where="kind = 'gap'") == [{"position": 5, "length": 3}]


def test_positions_of_many_contexts_in_one_shard_are_no_gaps(town):
    mixed = web(0, 4)
    records = mixed.records.set_column(5, ADDRESSED.field("context"), pa.array([0, 1, 0, 1], pa.int32()))
    town.writer().write([Batch(WEB, records, (Context(path="a"), Context(path="b")))])
    assert town.rows() == [0, 1, 2, 3]
    assert town.rows(where="kind = 'gap'") == []
    assert len(town.rows("id", "contexts", "true")) == 2


def test_a_cut_export_ends_in_a_gap_of_unknown_length(town):
    town.writer().write([web(0, 2, cut=True)])
    assert town.rows("position, length", where="kind = 'gap'") == [{"position": 2, "length": None}]


def test_a_cut_export_is_told_after_a_crash_too(town, monkeypatch):
    crash(town, [web(0, 2, cut=True)], monkeypatch)
    assert town.writer().catch_up() == 2
    assert town.rows("position, length", where="kind = 'gap'") == [{"position": 2, "length": None}]


def test_fifty_thousand_rows_from_purview_are_a_cut_export(town):
    path = town.logs / "export.csv"
    row = '2026-03-01T08:14:07.0000000Z,a@x.se,FileAccessed,"{""Id"":""1"",""Operation"":""FileAccessed""}"\n'
    for count, gaps in ((49_999, []), (50_000, [{"position": 50_000, "length": None}])):
        path.write_text("CreationDate,UserIds,Operations,AuditData\n" + row * count)
        writer = town.writer(Source(name=f"m{count}", mapping="m365_audit"))
        assert [read.records for read in ingest(writer, writer.sources[f"m{count}"], [path])] == [count]
        assert town.rows("position, length", where=f"kind = 'gap' AND source = 'm{count}'") == gaps


def crash(town, batches, monkeypatch, *sources):
    """Write, and stop between the two commits."""
    stopped = town.writer(*sources)
    monkeypatch.setattr(stopped, "_commit_normalised", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        stopped.write(batches)


def test_a_stop_between_evidence_and_events_is_healed(town, monkeypatch):
    crash(town, [web(0, 5)], monkeypatch)
    assert town.rows() == []
    assert town.writer().catch_up() == 5
    assert town.writer().catch_up() == 0
    assert town.rows() == town.rows(table="evidence", where="true") == [0, 1, 2, 3, 4]


def test_what_was_not_normalised_is_before_more_comes_and_is_no_gap(town, monkeypatch):
    crash(town, [web(0, 5)], monkeypatch)
    town.writer().write([web(5, 2)])
    assert town.rows() == list(range(7))
    assert town.rows(where="kind = 'gap'") == []


def test_a_wrong_mapping_costs_no_evidence_and_not_the_other_sources(town, monkeypatch):
    other = replace(WEB, name="other")

    def wrong(connection, records, contexts, rules):
        if rules.source.name == "other":
            raise MappingError("wrong")
        return normalise(connection, records, contexts, rules)

    with monkeypatch.context() as patched:
        patched.setattr("ingest.lanes.normalise", wrong)
        with pytest.raises(MappingError):
            town.writer(WEB, other).write([web(0, 2), replace(web(0, 3), source=other)])
        assert len(town.rows(table="evidence", where="true")) == 5
        with pytest.raises(MappingError):
            town.writer(WEB, other).catch_up()
        assert len(town.rows()) == 2
    assert town.writer(WEB, other).catch_up() == 3
    assert len(town.rows()) == 5


def test_two_writers_of_one_shard_store_each_record_once(town):
    first, second = town.writer(), town.writer()
    first.write([web(0, 3)])
    second.write([web(0, 5)])
    first.write([web(3, 4)])
    assert town.rows() == town.rows(table="evidence", where="true") == list(range(7))


def test_groups_on_their_way_come_in_order_whoever_comes_between(town, monkeypatch):
    writer, other = town.writer(), town.writer()
    turn, came = writer.lake.turn, []

    @contextmanager
    def late():
        if not came:
            came.append(True)
            other.write([web(0, 4)])
        with turn():
            yield

    monkeypatch.setattr(writer.lake, "turn", late)
    for first in (0, 3, 6):
        writer.begin([web(first, 3)])
    writer.finish()
    assert came
    assert town.rows() == town.rows(table="evidence", where="true") == list(range(9))
    assert town.rows(where="kind = 'gap'") == []


def test_what_was_begun_behind_a_group_that_failed_is_not_committed(town, monkeypatch):
    writer = town.writer()
    right, failed = writer._commit_evidence, []

    def full(group):
        if not failed:
            failed.append(group)
            raise LakeError("full")
        return right(group)

    monkeypatch.setattr(writer, "_commit_evidence", full)
    writer.begin([web(0, 3)])
    writer.begin([web(3, 3)])
    for _ in range(2):
        with pytest.raises(LakeError, match="full"):
            writer.write([web(6, 3)])
    assert town.rows(table="evidence", where="true") == []
    town.writer().write([web(0, 6)])
    assert town.rows() == list(range(6))
    assert town.rows(where="kind = 'gap'") == []


def audit(*records, **more):
    return batch(AUDIT, [RECORD.format(name, at) for name, at in records], decoder="ndjson", **more)


def test_overlapping_pulls_give_each_record_once(town):
    writer = town.writer(AUDIT)
    writer.write([audit(("a", "08:00:00"), ("b", "08:00:01"), ("a", "08:00:00"))])
    writer.write([audit(("b", "08:00:01"), ("c", "08:00:02"), position=3)])
    assert town.rows("source_event_id") == ["a", "b", "c"]
    repeats = town.rows("position, reason, source_event_id, time", where="kind = 'repeat'")
    assert repeats == [
        {"position": 2, "reason": "s-0-0", "source_event_id": "a", "time": None},
        {"position": 3, "reason": "s-1-0", "source_event_id": "b", "time": None},
    ]
    assert len(town.rows(table="evidence", where="true")) == 5


def test_an_id_that_comes_again_beyond_the_overlap_is_another_event(town):
    writer = town.writer(AUDIT)
    writer.write([audit(("a", "08:00:00"))])
    writer.write([audit(("a", "09:00:00"), ("a", "10:00:01"), position=1)])
    assert town.rows() == [0, 2]


def test_without_an_overlap_declared_nothing_is_a_repeat(town):
    plain = replace(AUDIT, overlap_s=0)
    town.writer(plain).write([replace(audit(("a", "08:00:00"), ("a", "08:00:00")), source=plain)])
    assert town.rows() == [0, 1]


def test_lines_of_a_file_go_where_the_writer_says(town):
    (town.logs / "a.log").write_text(lines(*range(5)))
    assert [read.records for read in ingest(town.writer(), WEB, [town.logs / "a.log"])] == [5]
    assert town.paths() == list(range(5))


def test_what_others_wrote_while_their_leavings_were_normalised_stands_once(town, monkeypatch):
    crash(town, [web(0, 5)], monkeypatch)
    late = town.writer()
    assert (late.next_position(WEB, "s"), late.lake.table("normalised").positions) == (5, {})
    town.writer().write([web(5, 2)])
    late.write([web(5, 3)])  # it believes the shard to end at 5, and catches up first
    assert town.rows() == town.rows(table="evidence", where="true") == list(range(8))


def test_a_brokers_offsets_move_with_what_holds_nothing_new_too(town):
    writer = town.writer()
    writer.write([replace(web(0, 3), resumes={"@kafka/c/t/0": 3})])
    writer.write([replace(web(0, 3), resumes={"@kafka/c/t/0": 6})])
    writer.write([replace(web(0, 3), resumes={"@kafka/c/t/0": 5})])
    table = Lake.open(town.root).table("evidence")
    assert table.positions == {"web/s": 3, "@kafka/c/t/0": 6}
    assert town.rows("position") == [0, 1, 2]


def test_what_will_never_come_is_a_gap_also_after_a_crash(town, monkeypatch):
    town.writer().write([web(0, 2)])
    writer = town.writer()
    monkeypatch.setattr(writer, "catch_up", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        writer.skip(WEB, "s", 7)
    assert town.writer().catch_up() == 0
    town.writer().skip(WEB, "s", 5)
    assert town.rows("position, length", where="kind = 'gap'") == [{"position": 2, "length": 5}]
    town.writer().write([web(7, 1)])
    assert town.rows("position", where="kind <> 'gap'") == [0, 1, 7]


@pytest.mark.parametrize("crash", [False, True])
def test_what_a_collector_knows_to_be_lost_is_a_gap_once_also_after_a_crash(town, monkeypatch, crash):
    town.writer().write([web(0, 2)])
    told = [web(2, 1, lost="a: no longer kept there"), web(3, 2)]
    if crash:
        writer = town.writer()
        monkeypatch.setattr(writer, "_commit_normalised", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            writer.write(told)
        assert town.writer().catch_up() == 3
    town.writer().write(told)
    town.writer().write(told)
    gaps = town.rows("position, length, reason", where="kind = 'gap'")
    assert gaps == [{"position": 2, "length": None, "reason": "a: no longer kept there"}]
    assert town.rows() == [0, 1, 2, 3, 4]
