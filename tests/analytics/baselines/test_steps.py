"""The SQL steps over a handful of events."""

import math

import pytest

from analytics.baselines.facts import KINDS, SQL
from analytics.baselines.habits import Habits
from analytics.baselines.history import HALF_LIFE_DAYS
from analytics.baselines.peers import PEERS, Groups
from analytics.baselines.score import Scorer

real = Groups.groups


def read(account, day, thing, **more):
    return {
        "time": f"2026-03-{day:02d}T10:00:00+00:00",
        "actor_account": account,
        "system": "Akt",
        "object_id": thing,
        **more,
    }


@pytest.fixture
def stepped(connected):
    def run(rows, hours=24):
        connection = connected(rows)
        connection.execute("CREATE TEMP VIEW given AS SELECT *, '' AS filename FROM events")
        habits = Habits({kind: connection.sql(SQL[kind]).to_arrow_table() for kind in KINDS}, hours, threads=1)
        scorer, groups = Scorer(habits.facets, hours), Groups(HALF_LIFE_DAYS / 7)
        list(habits.scored(habits.first, scorer, groups, PEERS.empty_table()))
        return habits

    return run


def fresh(habits, facet="thing"):
    """(account, day of March, others, actors, colleagues, members) of each first touch."""
    return habits.connection.sql(
        f"""SELECT DISTINCT lower(a.actor_account), (f.period - 20512)::INTEGER,
                   f.others, f.actors, f.colleagues, f.members
            FROM fresh AS f JOIN actors AS a USING (actor) JOIN aspects AS s USING (aspect)
            WHERE s.facet = '{facet}' ORDER BY ALL"""
    ).fetchall()


def test_the_first_touch_is_ranked_among_those_who_were_there_before(stepped):
    habits = stepped(
        [
            read("a", 1, "j1"),
            read("b", 1, "j1"),
            read("c", 2, "j1"),
            read("a", 3, "j1"),
            read("c", 3, "j2"),
            read("B", 4, "j2"),
        ]
    )
    # Both on the first day are the first; then c is the third. b's other spelling is b.
    assert fresh(habits) == [
        ("a", 1, 0, 0, 0, 0),
        ("b", 1, 0, 0, 0, 0),
        ("b", 4, 1, 3, 0, 0),
        ("c", 2, 2, 2, 0, 0),
        ("c", 3, 0, 3, 0, 0),
    ]


def test_familiar_is_the_decayed_share_of_the_actors_earlier_periods(stepped):
    habits = stepped([read("a", 1, "j1"), read("a", 2, "j2"), read("a", 3, "j1"), read("a", 3, "j2")])
    rows = habits.connection.sql(
        """SELECT f.period - 20512, f.nth, f.familiar FROM familiar AS f JOIN aspects AS s USING (aspect)
           WHERE s.facet = 'thing' ORDER BY ALL"""
    ).fetchall()
    one, two = 0.5 ** (2 / 45), 0.5 ** (1 / 45)
    # On the 3rd: j1 was part of the older of two days, j2 of the newer.
    assert [(day, nth, pytest.approx(share, abs=1e-3)) for day, nth, share in rows] == [
        (1, 1, 0),
        (2, 1, 0),
        (3, 2, one / (one + two)),
        (3, 2, two / (one + two)),
    ]


WRONG_CLOCKS = ("1601-01-01", "2126-05-05", "5000-01-01", "9999-12-30")


def test_centuries_without_events_cost_and_change_nothing(stepped, monkeypatch):
    learned = []
    monkeypatch.setattr(Groups, "groups", lambda each: (learned.append(1), real(each))[1])
    rows = [read("a", 1, "j1"), read("a", 2, "j2"), read("a", 3, "j1"), read("b", 20, "j1")]
    sound = stepped(rows)
    plain = fresh(sound)
    learned.clear()
    wrong = stepped([*rows, *({**read("c", 1, "j9"), "time": f"{day}T10:00:00+00:00"} for day in WRONG_CLOCKS)])
    assert len(learned) <= len(rows) + len(WRONG_CLOCKS)  # no more than there are days with events
    said = """SELECT period, actor_account, age, weight, familiar
              FROM elapsed JOIN active USING (period) JOIN actors USING (actor)
              JOIN familiar USING (actor, period) JOIN aspects USING (aspect) WHERE facet = 'thing' ORDER BY ALL"""
    rows = wrong.connection.sql(said).fetchall()
    assert all(math.isfinite(number) for row in rows for number in row[2:])
    shares = [(period, account, weight, familiar) for period, account, _, weight, familiar in rows if account != "c"]
    assert shares == [
        (period, account, pytest.approx(weight, rel=1e-6), pytest.approx(familiar, rel=1e-6))
        for period, account, _, weight, familiar in sound.connection.sql(said).fetchall()
    ]
    assert [row[:2] for row in plain] == [row[:2] for row in fresh(wrong) if row[0] != "c"]


def test_colleagues_are_those_of_the_unit_where_five_are_known(stepped):
    week = [read(f"n{number}", day, "own", actor_unit="norr") for number in range(6) for day in (2, 3)]
    week += [read(f"s{number}", 2, "j9", actor_unit="syd") for number in range(6)]
    habits = stepped([*week, read("n1", 9, "j9", actor_unit="norr"), read("n2", 10, "j9", actor_unit="norr")])
    later = [row for row in fresh(habits) if row[1] > 8]
    # None of five colleagues had, but six of eleven others; the next day one of five.
    assert later == [("n1", 9, 6, 12, 0, 5), ("n2", 10, 7, 12, 1, 5)]


def test_who_touches_alike_is_a_colleague_without_any_unit(stepped):
    rows = [
        read(f"{side}{number}", day, f"{side}-{thing}")
        for side in "xy"
        for number in range(45)
        for day in (2, 3)
        for thing in range(number % 5, number % 5 + 8)
    ]
    habits = stepped([*rows, read("x1", 9, "y-3")])
    [(_, _, others, actors, colleagues, members)] = [row for row in fresh(habits) if row[1] == 9]
    assert (others, actors) == (36, 90)
    assert colleagues == 0
    assert members >= 20


def test_facets_of_one_event(stepped):
    habits = stepped(
        [
            read(
                "a",
                2,
                None,
                object_path="\\\\srv\\share\\x.DOCX",
                src_host="PC1",
                src_ip="10.1.2.3",
                action="share",
                subject="p_1",
            ),
            read("a", 3, None, object_path="https://host.example/a/b?c", target_account="bo@annat.example"),
        ]
    )
    rows = habits.connection.sql(
        "SELECT s.facet, count(*) FROM familiar JOIN aspects AS s USING (aspect) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert rows == [
        ("act", 2),
        ("act_time", 2),
        ("container", 3),  # a folder, its files' kind, and a host
        ("link", 1),
        ("place", 2),  # a machine and a network
        ("subject", 1),
        ("target", 2),  # an address and its domain
        ("thing", 2),
    ]


def test_failed_and_then_succeeded_in_the_hour(stepped):
    login = {"time": "2026-03-02T10:00:00+00:00", "actor_account": "a", "system": "AD", "action": "login"}
    failed = {**login, "outcome": "failure"}
    other = {**failed, "actor_account": "b"}
    habits = stepped([failed, failed, login, other])
    rows = habits.connection.sql(SQL["volumes"], params={"hours": 24, "since": 0}).fetchall()
    # number 0 = all, 1 = failed and then succeeded, 2 and on = kinds of act
    assert [(actor, number, events) for _, actor, number, events in rows if number < 2] == [
        (0, 0, 3),
        (0, 1, 2),
        (1, 0, 1),
    ]
