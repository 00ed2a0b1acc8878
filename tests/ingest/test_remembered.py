from datetime import UTC, datetime, timedelta

import pytest

from ingest.sources.remembered import Entry, Remembered, digest
from ingest.spool import Delivery, Spool


def note(word):
    return digest(word) + digest(b"content")


@pytest.mark.parametrize(("minutes_ago", "known"), [((5,), True), ((61,), False), ((5, 64), True), ((62, 64), False)])
def test_a_delivery_is_known_after_a_restart_also_when_the_clock_was_back_meanwhile(tmp_path, minutes_ago, known):
    """The last delivery is asked for; the times are those that the clock said, in the order of writing."""
    spool = Spool(tmp_path)
    for number, minutes in enumerate(minutes_ago):
        received = datetime.now(UTC) - timedelta(minutes=minutes)
        spool.append("a", Delivery(records=[b"x"], received=received, note=note(b"%d" % number)))
    remembered = Remembered(3600, 100)
    remembered.load(spool, ["a"])
    assert (remembered.get(digest(b"%d" % number)) is not None) == known


def test_the_oldest_go_first_for_want_of_room():
    remembered = Remembered(3600, 2)
    remembered.add([Entry(digest(name), b"") for name in (b"a", b"b", b"c")])
    assert [remembered.get(digest(name)) for name in (b"a", b"b", b"c")] == [None, b"", b""]
