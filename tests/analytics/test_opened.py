"""An installation that is kept open: what its connections show, and how it ends."""

import random
import threading

import pytest

from analytics import views
from analytics.caller import Caller
from analytics.installation import Installation
from analytics.opened import Opened
from ingest.lake import Lake
from schemas import settings
from schemas.errors import LimitError

LONG = "SELECT count(*) FROM range(100000000) AS a, range(100000000) AS b WHERE hash(a.range, b.range) = 7"


@pytest.fixture
def opened(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    return Opened(settings.parse({"lake": {"root": "lake"}}, tmp_path / "settings.toml"), lake.root, limit_s=300)


def test_closing_breaks_off_what_is_computed_and_waits_for_it(opened):
    told, begun = [], threading.Event()

    def ask():
        try:
            with opened.connect() as connection:
                begun.set()
                connection.execute(LONG)
        except LimitError as error:
            told.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(10)
    opened.close()
    asking.join(1)
    assert not asking.is_alive()
    assert told == ["broken off: this is ending"]


@pytest.mark.parametrize("most", ["", "LIMIT 190000"])
def test_many_rows_stand_in_the_order_that_was_asked_for(opened, most):
    """DuckDB gives more than some thousand rows in the order in which they were ready, unless it is told to keep it."""
    text = "SELECT hash(range) AS h FROM range(200000) ORDER BY h"
    for _ in range(5):
        with opened.asking() as connection:
            found = connection.execute(f"FROM ({text}) {most}").to_arrow_table()["h"].to_pylist()
        assert found == sorted(found)


def test_nothing_is_begun_after_closing(opened):
    with opened.connect() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    with opened.asking() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    opened.close()
    for again in (opened.connect, opened.asking):
        with pytest.raises(LimitError, match="ending"), again():
            pass


def _write(folder, version):
    """People, accounts and units of VERSION."""
    (folder / "people.csv").write_text(f"person,unit\np1,u{version}\np2,u1\n")
    (folder / "accounts.csv").write_text(f"person,account,unit\np1,anna{version}, \np{1 + version % 2},bo,u2\n")
    (folder / "units.csv").write_text(f"unit,manager\nu1,p1\nu2,p{version}\n")


@pytest.mark.parametrize("seed", range(4))
def test_a_connection_that_is_kept_shows_what_a_new_one_does(tmp_path, seed):
    folder = tmp_path / "people"
    folder.mkdir()
    given = settings.parse({"lake": {"root": "lake"}, "people": {"folder": "people"}}, tmp_path / "settings.toml")
    lake = Lake.create(tmp_path / "lake")
    kept, once, who = Opened(given, lake.root), Installation(given, lake.root), Caller("karin")
    known = sorted(views.RELATIONS - views.OF_DETECTIONS - {"employees", "review_items"})
    chance, told = random.Random(seed), set()
    for version in range(20):
        if chance.random() < 0.5:
            _write(folder, version)
        names = {"accounts", "aliases", *chance.sample(known, 4)} if version % 2 else set(chance.sample(known, 4))
        found = []
        for home in (kept, once):
            with home.asking() as connection:
                home.scope(connection, who, home.relation("normalised"), home.tables(), names)
                every = (connection.sql(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table() for name in names)
                found.append({name: rows.to_pylist() for name, rows in zip(names, every, strict=True)})
        assert found[0] == found[1], version
        told.update(row["account"] for row in found[0].get("accounts", ()))
    assert len(told) > 2, "the directory changed"


def test_a_connection_that_something_went_wrong_on_is_not_used_again(opened):
    with opened.asking() as first:
        pass
    with opened.asking() as again:
        assert again is first
    with pytest.raises(ZeroDivisionError), opened.asking():
        raise ZeroDivisionError
    with opened.asking() as other:
        assert other is not first


def test_the_last_connection_that_was_given_back_is_the_next_in_whatever_thread(opened):
    found = []

    def ask():
        with opened.asking() as connection:
            found.append(connection)

    for _ in range(3):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(set(map(id, found))) == 1


class _Turns:
    """In the place of `_closed`: it is set after so many turns, and has how long each was waited for."""

    def __init__(self, turns):
        self.left, self.waited = turns, []

    def wait(self, seconds):
        self.waited.append(seconds)
        self.left -= 1
        return self.left <= 0

    def is_set(self):
        return self.left <= 0


@pytest.mark.parametrize("fails", [0, 2])
def test_a_lake_is_learnt_of_once_a_version_and_never_without_a_pause(opened, monkeypatch, fails):
    """Also one in which nothing was written yet; what went wrong is tried again."""
    turns, learnt = _Turns(5), []

    def learn(_self):
        learnt.append(1)
        if len(learnt) <= fails:
            raise LimitError("prov")

    object.__setattr__(opened, "_closed", turns)
    monkeypatch.setattr(Opened, "learn", learn)
    opened.keep_learning()
    assert len(learnt) == fails + 1
    assert len(turns.waited) == 5
    assert min(turns.waited) > 0
