"""Risk as a whole, over a made-up population: what it must never do, and what it must find."""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics.baselines import RISK, risk
from analytics.installation import installation
from dashboards.cli import cli
from ingest.lake import Lake
from schemas.errors import SettingsError
from schemas.event import NORMALISED
from tests.analytics.baselines.conftest import connected_to
from tests.analytics.baselines.population import FIRST, made

DAYS = 35


@pytest.fixture(scope="module")
def ordinary():
    return made(3, 30, DAYS, insiders=0)[0]


@pytest.fixture(scope="module")
def usual(ordinary):
    return risk(connected_to(ordinary), "day")


def before(events, moment):
    return events.filter(pc.less(events["time"], pa.scalar(moment, pa.timestamp("us", tz="UTC"))))


def plain(rows):
    return [
        tuple(row[name] for name in ("actor_account", "period_start_utc", "risk", "reason")) for row in rows.to_pylist()
    ]


def test_later_events_change_no_earlier_row(connected, ordinary, usual):
    moment = FIRST + timedelta(days=18)
    known = plain(risk(connected(before(ordinary, moment)), "day"))
    later = plain(usual.filter(pc.less(usual["period_start_utc"], pa.scalar(moment, pa.timestamp("us", tz="UTC")))))
    assert len(known) > 300
    assert later == [(account, start, pytest.approx(value, abs=1e-9), said) for account, start, value, said in known]


def test_a_clock_that_stood_in_1601_ends_nothing(connected, ordinary):
    events = before(ordinary, FIRST + timedelta(days=5))
    wrong = events.slice(0, 1)
    wrong = wrong.set_column(
        wrong.column_names.index("time"), "time", pa.array([datetime(1601, 1, 1, tzinfo=UTC)], events["time"].type)
    )
    rows = risk(connected(pa.concat_tables([events, wrong])), "day")
    assert rows["period_start_utc"][0].as_py().year == 1601
    assert len(rows) == len(risk(connected(events), "day")) + 1


@pytest.mark.parametrize(("by", "seconds"), [("day", 86_400), ("hour", 3_600)])
def test_a_row_for_every_account_and_period_with_events(connected, ordinary, by, seconds):
    events = before(ordinary, FIRST + timedelta(days=5))
    rows = risk(connected(events), by)
    starts = pc.cast(events["time"], pa.int64()).to_numpy() // (seconds * 1_000_000) * seconds
    wanted = set(zip(events["actor_account"].to_pylist(), starts.tolist(), strict=True))
    found = [(row["actor_account"], row["period_start_utc"].timestamp()) for row in rows.to_pylist()]
    assert rows.schema == RISK
    assert sorted(found) == sorted(wanted)
    assert pc.all(pc.and_(pc.greater_equal(rows["risk"], 0), pc.less_equal(rows["risk"], 1))).as_py()
    assert rows["reason"].null_count == 0


def test_risk_says_how_many_account_days_look_so_unusual(usual):
    rows = usual.filter(
        pc.greater(usual["period_start_utc"], pa.scalar(FIRST + timedelta(days=14), pa.timestamp("us", tz="UTC")))
    )
    shares = [float(np.mean(rows["risk"].to_numpy() > level)) for level in (0.5, 0.9)]
    assert shares == [pytest.approx(0.5, abs=0.2), pytest.approx(0.1, abs=0.1)]


def swapped(events, one, other, moment):
    """ONE and OTHER exchange their accounts from MOMENT on."""
    names = np.array(events["actor_account"].to_pylist(), object)
    late = np.array(events["time"].to_numpy() >= np.datetime64(moment.replace(tzinfo=None)))
    first, second = late & (names == one), late & (names == other)
    names[first], names[second] = other, one
    return events.set_column(
        events.column_names.index("actor_account"), "actor_account", pa.array(names.tolist(), pa.string())
    )


def test_exchanged_accounts_rank_first(connected, ordinary):
    moment = FIRST + timedelta(days=25)
    rows = risk(
        connected(swapped(ordinary, "u0005", "u0021", moment)), "day", since=FIRST + timedelta(days=7)
    ).to_pandas()
    rows["place"] = rows["risk"].rank(ascending=False) / len(rows)
    after = rows[(rows["period_start_utc"] >= moment) & rows["actor_account"].isin(["u0005", "u0021"])]
    assert after["place"].min() < 0.01
    assert (after.groupby("actor_account")["place"].first() < 0.1).all()
    assert after["place"].mean() < 0.1


def test_newcomers_are_not_all_new(connected, ordinary):
    """A person's first day, doing what the others do."""
    names = np.array(ordinary["actor_account"].to_pylist(), object)
    newcomers = [f"u{number:04d}" for number in range(10, 14)]
    joined = FIRST + timedelta(days=25)
    late = np.array(ordinary["time"].to_numpy() >= np.datetime64(joined.replace(tzinfo=None)))
    rows = risk(
        connected(ordinary.filter(pa.array(late | ~np.isin(names, newcomers)))), "day", since=joined
    ).to_pandas()
    first = rows[rows["actor_account"].isin(newcomers)].groupby("actor_account").first()
    assert len(first) == 4
    assert (first["risk"] > 0.99).sum() == 0


def test_levels_weigh_the_odds(connected):
    rows = [
        {"time": f"2026-03-{day:02d}T09:00:00+00:00", "actor_account": account, "object_id": f"j{day}", "k": level}
        for day in range(1, 6)
        for account, level in (("low", 0), ("middle", 2), ("high", 3))
    ]
    found = {row["actor_account"]: row["risk"] for row in risk(connected(rows), "day").to_pylist()[-3:]}
    odds = {account: value / (1 - value) for account, value in found.items()}
    assert odds["high"] == pytest.approx(2 * odds["middle"])
    assert odds["low"] == pytest.approx(odds["middle"] / 4)


def test_a_reason_has_its_numbers_in_both_languages(usual):
    rows = usual.to_pylist()
    components = [each for row in rows for each in row["components"]]
    assert {each["name"] for each in components} >= {"first_time", "peers", "organisation", "place", "volume", "hour"}
    assert all(0 <= each["probability"] <= 1 and each["numbers"] and each["numbers_en"] for each in components)
    volume = next(each for each in components if each["name"] == "volume" and "läste" in each["numbers"])
    assert " gånger i " in volume["numbers"]
    assert "(väntat " in volume["numbers"]
    assert "read " in volume["numbers_en"]
    assert all(row["reason"].startswith(row["components"][0]["numbers"]) for row in rows)


def test_no_events_no_rows(connected):
    assert risk(connected(NORMALISED.empty_table()), "day").num_rows == 0
    with pytest.raises(SettingsError, match="by: want hour or day"):
        risk(connected(NORMALISED.empty_table()), "week")


class TestLake:
    """What is kept beside a lake changes no answer."""

    @pytest.fixture
    def lake(self, tmp_path):
        return Lake.create(tmp_path / "lake")

    def add(self, lake, events, remove=()):
        table = lake.table("normalised")
        files = [table.write(events, "standard", date(2026, 1, 1))] if len(events) else []
        table.commit(files, expect={}, positions={}, remove=remove)

    def asked(self, lake, by="day"):
        return plain(risk(installation(lake.root), by))

    def anew(self, connected, events, by="day"):
        return plain(risk(connected(events), by))

    def test_new_days_late_rows_and_compaction(self, lake, connected, ordinary):
        days = [before(ordinary, FIRST + timedelta(days=n)) for n in (8, 11)]
        rng = random.Random(1)
        late = pa.array([rng.random() < 0.02 for _ in range(len(days[1]))])
        punctual, tardy = days[1].filter(pc.invert(late)), days[1].filter(late)
        first = before(punctual, FIRST + timedelta(days=8))
        self.add(lake, first)
        assert self.asked(lake) == self.anew(connected, first)
        self.add(
            lake,
            punctual.filter(
                pc.greater_equal(punctual["time"], pa.scalar(FIRST + timedelta(days=8), pa.timestamp("us", tz="UTC")))
            ),
        )
        assert self.asked(lake) == self.anew(connected, punctual)
        self.add(lake, tardy)
        wanted = self.anew(connected, pa.concat_tables([punctual, tardy]))
        assert self.asked(lake) == wanted
        self.add(lake, pa.concat_tables([tardy, punctual]), remove=list(lake.table("normalised").files.values()))
        assert self.asked(lake) == wanted
        kept = list((lake.root / "cache" / "baselines" / "facts").iterdir())
        assert len(kept) == 1
        assert not list(lake.scratch.iterdir())

    def test_a_damaged_or_forbidden_cache_is_no_hindrance(self, lake, ordinary):
        events = before(ordinary, FIRST + timedelta(days=4))
        self.add(lake, events)
        wanted = self.asked(lake)
        cache = lake.root / "cache" / "baselines"
        for path in cache.rglob("state.npz"):
            path.write_bytes(b"PK")
        for path in cache.rglob("part.json"):
            path.write_text("{")
        assert self.asked(lake) == wanted

    def test_the_command(self, lake, ordinary, capfdbinary):
        events = before(ordinary, FIRST + timedelta(days=5))
        self.add(lake, events)
        arguments = ["risk", "--lake", str(lake.root), "--by", "day", "--since", "2025-09-03", "--until", "2025-09-03"]
        cli.main([*arguments, "--language", "en"], standalone_mode=False)
        rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
        assert list(rows[0]) == ["actor_account", "period_start_utc", "risk", "reason"]
        assert {row["period_start_utc"] for row in rows} == {"2025-09-03T00:00:00Z"}
        day = datetime(2025, 9, 3, tzinfo=UTC)
        there = {row["actor_account"] for row in events.to_pylist() if day <= row["time"] < day + timedelta(days=1)}
        assert sorted(row["actor_account"] for row in rows) == sorted(there)
