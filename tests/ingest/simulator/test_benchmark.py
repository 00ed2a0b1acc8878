"""What the benchmark's municipality promises: seasons, misuse as it is told, registers that are partly wrong."""

from datetime import date

import numpy as np
import pytest

from ingest import knowledge
from ingest.simulator import directory, misuse
from ingest.simulator.catalogue import WITH_CASES
from ingest.simulator.context import Facts, instant, tables
from ingest.simulator.customs import customs
from ingest.simulator.damage import SPOILT, spoilt
from ingest.simulator.objects import furnish
from ingest.simulator.population import populate
from ingest.simulator.rota import calendar
from ingest.simulator.seasons import election_day, monday, prepared, seasons
from ingest.simulator.timetable import Timetable
from schemas import context, settings

PEOPLE, DAYS, START = 400, 70, date(2026, 6, 1)  # a summer
SEED = 4


class Town:
    """A municipality with planted misuse, before anything is written of it."""

    def __init__(self, wanted: int) -> None:
        self.population = prepared(SEED, populate(SEED, PEOPLE, START, DAYS), START)
        self.world = furnish(SEED, self.population, START)
        self.calendar = calendar(SEED, self.population, START, DAYS, seasons(SEED, self.population, START, DAYS))
        self.timetable = Timetable(self.calendar)
        self.customs = customs(self.timetable, self.world)
        self.planted = misuse.plant(self.timetable, self.world, self.customs, wanted)
        self.by_scenario = {}
        for each in self.planted:
            self.by_scenario.setdefault(each.scenario, each)

    def at(self, scenario, source=None):
        """When the acts of the first incident of SCENARIO were done, and on what."""
        acts = self.by_scenario[scenario].acts
        [these] = [acts[source]] if source else acts.values()
        return these.at, these.thing


@pytest.fixture(scope="module")
def town():
    return Town(len(misuse.SCENARIOS))


def test_every_scenario_is_cast_and_its_acts_bear_its_number(town):
    assert set(town.by_scenario) == set(misuse.SCENARIOS)
    for number, each in enumerate(town.planted):
        assert each.silence is not None or each.acts, each.id
        for these in each.acts.values():
            assert set(these.incident.tolist()) == {number}
            assert (these.at >= town.timetable.midnights[0]).all(), each.id
            assert (these.at < town.timetable.midnights[-1] + 86_400_000_000).all(), each.id
    assert len({each.id for each in town.planted}) == len(town.planted)


def test_nobody_plays_two_parts(town):
    """But the few technicians, and those whose passwords somebody tries."""
    people = town.population.people
    actors = [
        who
        for each in town.planted
        for who in each.who
        if each.scenario != "password_spray" and people.role[who] != "IT-tekniker"
    ]
    assert len(actors) == len(set(actors))


@pytest.mark.parametrize(
    "scenario", ["self_access", "household_access", "same_surname", "family_access", "colleague_access"]
)
def test_the_subject_is_related_as_the_scenario_says_and_no_client_of_hers(town, scenario):
    incident = town.by_scenario[scenario]
    people, residents = town.population.people, town.population.residents
    [who] = incident.who
    me, other = int(people.resident[who]), incident.subject
    related = {
        "self_access": me == other,
        "household_access": me != other and residents.household[me] == residents.household[other],
        "same_surname": residents.family[me] == residents.family[other]
        and residents.household[me] != residents.household[other],
        "family_access": any(tie.who == who and tie.resident == other for tie in town.customs.facts.ties),
        "colleague_access": other in people.resident[: people.count][people.unit[: people.count] == people.unit[who]],
    }
    assert related[scenario]
    [(source, these)] = incident.acts.items()
    things = town.world.journal if source == "lindan" else town.world.case
    assert set(things.subject[these.thing].tolist()) == {other}
    units = np.unique(town.timetable.unit[:, who])
    assert not any(things.by_unit.holds(np.full(len(these), unit), these.thing).any() for unit in units[units >= 0])


def test_hours_leave_and_the_end_of_employment_are_broken_where_they_say(town):
    at, _ = town.at("outside_hours")
    [who] = town.by_scenario["outside_hours"].who
    assert not ((town.timetable.start[:, [who]] <= at) & (at < town.timetable.stop[:, [who]])).any()
    at, _ = town.at("on_leave")
    [who] = town.by_scenario["on_leave"].who
    days = np.searchsorted(town.timetable.midnights, at, side="right") - 1
    assert town.calendar.away[days, who].all()
    at, _ = town.at("after_employment")
    [who] = town.by_scenario["after_employment"].who
    assert at.min() >= town.timetable.midnights[town.population.people.stops[who]]


def test_slow_snooping_is_slow_and_volume_is_not(town):
    at, thing = town.at("slow_snooping")
    days = np.searchsorted(town.timetable.midnights, at, side="right")
    assert len(set(days.tolist())) == len(days) >= 5
    assert len(set(thing.tolist())) == 1
    at, thing = town.at("volume")
    assert len(set(thing.tolist())) == len(thing) >= 60
    assert at.max() - at.min() < 13 * 3_600_000_000


def test_summer_closes_schools_and_brings_temporary_staff(town):
    july = (date(2026, 7, 8) - START).days
    teachers = np.flatnonzero(town.population.people.role[:PEOPLE] == "lärare")
    assert not town.timetable.stop[july, teachers].any()
    assert town.timetable.stop[1, teachers].any()
    there = (town.population.people.starts > 0) & (town.population.people.stops < DAYS + 60)
    assert there.sum() >= 5
    assert town.calendar.away[july].mean() > 3 * town.calendar.away[2].mean()


def test_posts_change_on_mondays_and_the_election_is_in_september():
    assert [monday(date(2026, 4, 1), day) for day in (0, 5, 6)] == [5, 5, 12]
    assert election_day(2026) == date(2026, 9, 13)


def test_a_reorganised_unit_has_one_code_before_and_another_after(town):
    change = town.calendar.seasons.reorganisations[0]
    codes = {town.calendar.name_on(unit, change.day - 1)[0] for unit in change.units}
    assert len(codes) == 2
    assert {town.calendar.name_on(unit, change.day)[0] for unit in change.units} == {change.code}
    _, rows = tables(town.calendar, town.world, town.customs.facts)["assignments"]
    mine = [row for row in rows if row[1] in {*codes, change.code}]
    assert {row[1]: (row[7][:4], row[8] == "") for row in mine}[change.code] == (str(START.year), True)
    assert {(row[7], row[8] != "") for row in mine if row[1] in codes} == {("1601-01-01T00:00:00Z", True)}


def test_what_is_written_loads_and_every_table_has_rows(town, tmp_path):
    directory.write(
        tmp_path, town.calendar, town.world, town.customs.facts, logs=WITH_CASES, damage=0.15, decision="KS 2026/1"
    )
    loaded = settings.load(tmp_path / "settings.toml")
    assert loaded.detection.relations_decision == "KS 2026/1"
    knowledge.load(loaded, None)
    empty = {name for name, rows in context.load(loaded.context).items() if not len(rows)}
    assert empty == {"exceptions", "table_faults"}


@pytest.mark.parametrize("name", SPOILT)
def test_of_a_spoilt_table_a_third_is_missing_a_third_late_and_a_third_wrong(town, name):
    header, rows = tables(town.calendar, town.world, Facts())[name]
    sound = list(rows)
    told, spoilt_rows = spoilt(town.calendar, name, header, iter(sound), 0.3)
    found = list(spoilt_rows)
    assert told == (*header, "known_from")
    share = 1 / len(sound)
    assert (len(sound) - len(found)) * share == pytest.approx(0.1, abs=0.03)
    late = [row for row in found if row[-1]]
    assert len(late) * share == pytest.approx(0.1, abs=0.03)
    begins = header.index("valid_from")
    assert all(row[-1] > row[begins][:10] for row in late)
    known = set(sound)
    wrong = [row for row in found if row[:-1] not in known]
    assert len(wrong) * share == pytest.approx(0.1, abs=0.04)


def test_the_program_of_a_seed_has_each_scenario_before_any_comes_twice():
    names = misuse.program(1, 54)
    assert sorted(names[: len(misuse.SCENARIOS)]) == sorted(misuse.SCENARIOS)
    assert misuse.program(2, 54) != names == misuse.program(1, 54)


def test_a_contact_is_with_the_unit_by_its_name_of_that_day(town):
    change = town.calendar.seasons.reorganisations[0]
    _, rows = tables(town.calendar, town.world, Facts())["contacts"]
    day = instant(int(town.timetable.midnights[change.day]))
    assert all(row[4] >= day[:10] for row in rows if row[1] == change.code)
