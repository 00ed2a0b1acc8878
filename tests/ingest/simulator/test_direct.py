"""Rows made straight from acts are those that ingest makes of the rendered log, in every column that is judged by."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingest import identity, knowledge
from ingest.simulator import directory
from ingest.simulator.acts import chosen, day_acts, joined
from ingest.simulator.catalogue import WITH_CASES
from ingest.simulator.context import Facts
from ingest.simulator.direct import EMPTY, STRAIGHT, Direct
from ingest.simulator.objects import furnish
from ingest.simulator.population import populate
from ingest.simulator.rota import calendar
from ingest.simulator.seasons import prepared, seasons
from ingest.simulator.timetable import Timetable
from schemas import settings as settings_file
from schemas.event import NORMALISED

DAYS = 5
START = date(2026, 4, 8)
COMPARED = [name for name in NORMALISED.names if name not in EMPTY]
BY_NAME = {log.name: log for log in WITH_CASES}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A maker of rows for 200 people and five days, its sources, and the acts of all days by source."""
    out = tmp_path_factory.mktemp("direct") / "town"
    population = prepared(5, populate(5, 200, START, DAYS), START)
    world = furnish(5, population, START)
    working = calendar(5, population, START, DAYS, seasons(5, population, START, DAYS))
    directory.write(out, working, world, Facts(), logs=WITH_CASES)
    settings = settings_file.load(out / "settings.toml")
    known = knowledge.load(settings, identity.Key(b"k" * identity.KEY_BYTES))
    direct = Direct(out / "scratch", 5, START, population, world, (), known)
    days = [day_acts(working, world, day) for day in range(DAYS)]
    acts = {
        name: joined([part for day in days for part in day.get(name, ())])
        for name in {name for day in days for name in day}
    }
    return direct, settings.sources, acts, Timetable(working).midnights


@pytest.mark.parametrize("name", STRAIGHT)
def test_straight_rows_are_those_of_the_rendered_log(stage, name):
    direct, sources, acts, midnights = stage
    these = acts[name]
    verbs = these.verb.astype(str)
    within = np.isin(verbs, list(STRAIGHT[name])) & (these.at < midnights[-1])
    these = chosen(these, np.flatnonzero(within)[:6000])
    # One act of a person at one instant: the order of two is no column.
    keys = np.stack([these.at // 1_000_000, these.who])
    these = chosen(these, np.unique(keys, axis=1, return_index=True)[1])
    straight, origin = direct._straight(BY_NAME[name], sources[name], these, 0, midnights)
    read, truth = direct._read(BY_NAME[name], sources[name], these, 0, midnights)
    assert len(straight) == len(read) == len(these)
    order = [("time", "ascending"), ("actor_account", "ascending"), ("src_host", "ascending"), ("src_ip", "ascending")]
    straight, read = (rows.select(COMPARED).sort_by(order) for rows in (straight, read))
    for column in COMPARED:
        pairs = zip(
            straight[column].to_pylist(), read[column].to_pylist(), read["object_type"].to_pylist(), strict=True
        )
        # A mail's own id is drawn anew for each record.
        mails = column == "object_id" and name == "m365"
        different = [pair[:2] for pair in pairs if pair[0] != pair[1] and not (mails and pair[2] == "message")]
        assert not different, (column, different[:2])
    assert sorted(origin["reason"].to_pylist()) == sorted(truth["reason"].to_pylist())


def test_every_verb_of_the_habits_is_known_to_its_format(stage):
    """An act that a format has no word for would have no action."""
    direct, sources, acts, midnights = stage
    for name, these in acts.items():
        some = chosen(these, np.flatnonzero(these.at < midnights[-1])[:500])
        rows, origin = direct.rows(BY_NAME[name], sources[name], some, 0, midnights)
        assert rows.schema == NORMALISED
        assert rows["action"].null_count == 0, name
        assert len(rows) == len(origin) == len(some)
        ids = pc.binary_join_element_wise(rows["shard"], pc.cast(rows["position"], pa.string()), "-")
        assert pc.count_distinct(ids).as_py() == len(rows), name


def test_rows_are_received_at_the_midnight_after_them(stage):
    direct, sources, acts, midnights = stage
    rows, _ = direct.rows(
        BY_NAME["lindan"], sources["lindan"], acts["lindan"], 0, np.append(midnights, midnights[-1] * 2)
    )
    late = [
        (when, got)
        for when, got in zip(rows["time"].to_pylist(), rows["received"].to_pylist(), strict=True)
        if not when < got
    ]
    assert not late
    assert rows["received"][0].as_py() == datetime(2026, 4, 8, 22, tzinfo=UTC)
