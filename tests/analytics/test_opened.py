"""An installation that is kept open: how it ends."""

import threading

import pytest

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


def test_nothing_is_begun_after_closing(opened):
    with opened.connect() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    with opened.asking() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    opened.close()
    for again in (opened.connect, opened.asking):
        with pytest.raises(LimitError, match="ending"), again():
            pass
