"""What comes with the calendar is nobody's oddness: the first days of school, an election, people who begin."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from analytics.baselines import risk
from analytics.installation import installation
from ingest.simulator import benchmark
from ingest.simulator.population import populate
from ingest.simulator.seasons import election_day, prepared, seasons

SEED, PEOPLE, DAYS = 7, 80, 49
START = date(2026, 8, 3)
TERM = date(2026, 8, 11)
ELECTION = election_day(2026)
LEARNT_DAYS = 7  # until then hardly anything is usual yet
ODD = 0.99  # one account day in a hundred is to be so unusual
MOST = 0.06  # and this share at most of what a season brings


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """A quiet town's account days with their risk, from the holidays' end until after the election."""
    out = tmp_path_factory.mktemp("town") / "town"
    benchmark.make(out, seed=SEED, people=PEOPLE, days=DAYS, start=START, incidents=0, damage=0.0, rate=0.5)
    rows = risk(installation(config=out / "settings.toml"), "day").to_pandas()
    rows["day"] = rows["period_start_utc"].dt.date
    return rows


def odd(days: pd.DataFrame, first: date, last: date) -> float:
    """The share of account days from FIRST to LAST that are ODD."""
    rows = days[(days["day"] >= first) & (days["day"] <= last)]
    assert len(rows) > 500
    return float((rows["risk"] > ODD).mean())


def test_the_first_week_of_school_does_not_flood(days: pd.DataFrame) -> None:
    assert odd(days, TERM, TERM + timedelta(days=6)) <= MOST


def test_an_election_does_not_flood(days: pd.DataFrame) -> None:
    """Clerks are at work every day, Sundays too, from the first early votes to the count."""
    extra = seasons(SEED, prepared(SEED, populate(SEED, PEOPLE, START, DAYS), START), START, DAYS).extra
    assert extra.any()
    assert odd(days, ELECTION - timedelta(days=18), ELECTION + timedelta(days=4)) <= MOST / 2


def test_no_day_of_the_seasons_stands_out_for_half_a_unit(days: pd.DataFrame) -> None:
    """A day on which a tenth of all accounts were odd would be the season, not the persons."""
    later = days[
        days["period_start_utc"] >= datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=LEARNT_DAYS)
    ]
    by_day = later.groupby("day")["risk"].agg(lambda each: (each > ODD).sum())
    accounts = later["actor_account"].nunique()
    assert accounts > 50
    assert by_day.max() < accounts / 10, by_day.sort_values().tail(3)
