"""What collectors share: one fsync for all that wait, an error for each whose records it concerns, and counts."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ingest.sources import intake as module
from ingest.sources.intake import Intake, context
from ingest.spool import Spool
from tests.ingest.listening import held


class Watched(Spool):
    """A spool that remembers what it was asked to append, and fails for one source."""

    def __init__(self, root):
        super().__init__(root)
        self.asked = []

    def append(self, source, *deliveries):
        self.asked.append((source, [len(each.records) for each in deliveries]))
        if source == "full":
            raise OSError(28, "No space left on device")
        return super().append(source, *deliveries)


def run(spool, work):
    async def all_of_it():
        async with Intake(spool, asyncio.Event()) as intake:
            await work(intake)
        return intake

    return asyncio.run(all_of_it())


def test_what_comes_together_is_written_together_and_in_its_order(tmp_path):
    spool = Watched(tmp_path)

    async def work(intake):
        await asyncio.gather(*(intake.append("a", "net", [b"%d" % number, b"x"]) for number in range(100)))
        assert intake.waiting_bytes == 0

    intake = run(spool, work)
    assert spool.asked == [("net", [2] * 100)]
    assert held(spool, "net")[::2] == [b"%d" % number for number in range(100)]
    assert (intake.counts["a", "net"].records, intake.counts["a", "net"].bytes) == (200, 290)


def test_records_that_are_written_together_keep_their_time_and_sender(tmp_path):
    spool = Watched(tmp_path)
    now = datetime.now(UTC)
    moments = [now - timedelta(hours=1), now, now + timedelta(milliseconds=1)]
    senders = [context(sender=f"192.0.2.{number}") for number in range(3)]

    async def work(intake):
        appended = zip(moments, senders, strict=True)
        await asyncio.gather(*(intake.append("a", "net", [b"x"], moment, context=by) for moment, by in appended))

    run(spool, work)
    assert len(spool.asked) == 1
    assert [(block.received, block.context) for block in spool.read("net")] == list(zip(moments, senders, strict=True))


def test_whose_records_could_not_be_written_is_told_and_others_are_not_held_up(tmp_path, monkeypatch):
    spool = Watched(tmp_path)
    found = []

    async def work(intake):
        sources = ["full", "net", "full"]
        found.extend(
            await asyncio.gather(*(intake.append("a", each, [b"x"]) for each in sources), return_exceptions=True)
        )
        assert intake.failing == ["full"]
        monkeypatch.setattr(module, "TRIED_S", 0.0)
        assert intake.failing == []  # the disk may have room by now, and nobody writes

    intake = run(spool, work)
    assert [type(each) for each in found] == [OSError, type(None), OSError]
    assert set(intake.counts) == {("a", "net")}


def test_who_gives_up_waiting_disturbs_nobody(tmp_path):
    spool = Watched(tmp_path)

    async def work(intake):
        leaving, staying = (asyncio.create_task(intake.append("a", "net", [text])) for text in (b"left", b"stayed"))
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
        with pytest.raises(asyncio.CancelledError):
            await leaving

    run(spool, work)
    assert held(spool, "net") == [b"left", b"stayed"]
