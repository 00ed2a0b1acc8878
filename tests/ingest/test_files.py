import bz2
import gzip
import os
import shutil
import zipfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import zstandard

from ingest.lake import Lake
from ingest.sources import files as module
from ingest.sources import filetable
from ingest.sources.files import Files, expand, ingest
from schemas.errors import LakeError
from schemas.source import Source
from tests.ingest.conftest import LINE, WEB, lines


@pytest.fixture
def log(town):
    path = town.logs / "access.log"
    path.write_text(lines(*range(5)))
    return path


def read(town, *paths, source=WEB):
    return [(each.records, each.again, each.problem) for each in ingest(town.writer(source), source, list(paths))]


def append(path, *numbers):
    with path.open("a") as file:
        file.write(lines(*numbers))


NEW = (0, True, None)


def test_a_file_read_twice_stands_once_and_what_it_grew_by_is_added(town, log):
    assert read(town, log) == [(5, False, None)]
    assert read(town, log) == [NEW]
    append(log, 5)
    assert read(town, log) == [(1, False, None)]
    assert town.paths() == list(range(6))


@pytest.mark.usefixtures("log")
def test_once_stopped_no_batch_more_is_read_and_the_next_goes_on_there(town, monkeypatch):
    monkeypatch.setattr("ingest.decoders.frame.BATCH_RECORDS", 2)
    (town.logs / "later.log").write_text(lines(*range(5, 9)))
    work, told = [(WEB, [str(town.logs / "*.log")])], []
    with Files(town.writer(), progress=told.append, stopped=lambda: bool(told)) as files:
        assert [each.records for each in files.follow(work)] == [2]
        files.flush()
    assert town.paths() == [0, 1]
    with Files(town.writer()) as files:
        assert [each.records for each in files.follow(work)] == [3, 4]
        files.flush()
    assert town.paths() == list(range(9))


def test_two_who_meet_a_file_know_it_by_one_id(town):
    one, two = (filetable.FileTable(Lake.open(town.root)) for _ in range(2))
    looks = [filetable.Look(f"{number}.log", 1, number, 100, b"%d" % number * 100, BytesIO) for number in range(2)]
    first, _ = two.meet("web", looks[0])
    met, _ = one.meet("web", looks[1])
    two.keep([first])  # reads on what the other has moved
    assert two.meet("web", looks[1])[0].id == met.id


def test_what_another_follower_has_read_is_known_when_it_comes_packed(town, log):
    with Files(town.writer()) as quick:
        quick.once(WEB, log)  # it is met, and not yet known how far it was read
        with Files(town.writer()) as slow:
            other = town.logs / "other.log"
            other.write_text(lines(*range(10, 15)))
            slow.once(WEB, other)
            quick.flush()
            slow.flush()  # its handle has read on, and its memory has not
            packed = log.with_name("access.log.1.gz")
            packed.write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()
            assert slow.once(WEB, packed).again
            slow.flush()
    assert town.paths() == [*range(5), *range(10, 15)]


@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress])
def test_what_is_on_its_way_by_one_follower_is_known_to_another_under_any_name(town, log, pack):
    with Files(town.writer()) as slow, Files(town.writer()) as quick:
        slow.once(WEB, log)
        slow.known.keep(slow._moved.values())  # and its records are not there yet
        log.with_name("access.log.1").write_bytes(pack(log.read_bytes()))
        log.write_text(lines(*range(10, 15)))
        quick.once(WEB, log.with_name("access.log.1"))
        quick.once(WEB, log)
        quick.flush()
        slow.flush()
    assert sorted(town.paths()) == [*range(5), *range(10, 15)]


@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress])
def test_what_was_read_and_not_kept_yet_is_known_though_the_file_table_was_read_again(town, log, pack):
    with Files(town.writer()) as files, Files(town.writer()) as other:
        files.once(WEB, log)
        log.with_name("other.log").write_text(lines(20))
        other.once(WEB, log.with_name("other.log"))  # it is met: the table is another than `files` has read
        log.with_name("access.log.1").write_bytes(pack(log.read_bytes()))
        log.write_text(lines(*range(10, 15)))
        files.once(WEB, log)
        files.once(WEB, log.with_name("access.log.1"))
        files.flush()
    assert sorted(town.paths()) == [*range(5), *range(10, 15)]


@pytest.fixture
def copied(town, log):
    """A copy of a file that another follower has met, read and not kept, and that follower."""
    with Files(town.writer()) as first:
        first.once(WEB, log)
        copy = log.with_name("access.log.1.gz")
        copy.write_bytes(gzip.compress(log.read_bytes()))
        log.write_text(lines(*range(10, 15)))
        yield copy, first


def test_a_copy_of_what_another_has_just_met_waits_until_it_says_what_it_read(town, copied, monkeypatch):
    copy, first = copied
    second = Files(town.writer())  # its table is read in that moment

    def pause(_seconds):
        monkeypatch.undo()
        first.flush()

    monkeypatch.setattr(filetable.time, "sleep", pause)
    with second:
        assert second.once(WEB, copy).again
    assert town.paths() == list(range(5))


def test_what_another_has_met_and_never_tells_of_is_not_waited_for_for_ever(town, copied, monkeypatch):
    copy, _ = copied
    monkeypatch.setattr(filetable, "WAIT_S", 0.0)
    with Files(town.writer()) as second:
        assert second.once(WEB, copy).records == 5


def test_a_crash_after_the_file_table_reads_what_lies_elsewhere_now_under_the_same_addresses(town, log):
    with Files(town.writer()) as killed:
        killed.once(WEB, log)
        killed.known.keep(killed._moved.values())
    [ahead] = killed._moved.values()
    log.with_name("access.log.1").write_bytes(log.read_bytes())
    log.write_text(lines(*range(10, 15)))
    with Files(town.writer()) as files:
        assert files.known.at("web", str(log)).records == 0
        assert files.once(WEB, log.with_name("access.log.1")).records == 5
        assert [batch.records["shard"][0].as_py() for batch in files._waiting] == [ahead.id]
        files.flush()


def test_a_renamed_file_and_a_copy_are_the_same_file(town, log):
    read(town, log)
    copy = town.logs / "copy.log"
    copy.write_bytes(log.read_bytes())
    renamed = log.rename(town.logs / "access.log.1")
    assert read(town, renamed, copy) == [NEW, NEW]


def test_a_clock_that_is_set_back_makes_no_file_another(town, log, monkeypatch):
    clock = [datetime(2026, 3, 1, 12, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return clock[0].astimezone(tz)

    monkeypatch.setattr(filetable, "datetime", Clock)
    read(town, log)
    clock[0] -= timedelta(hours=1)
    append(log, 5)
    read(town, log)
    assert read(town, log.rename(town.logs / "access.log.1")) == [NEW]
    copy = town.logs / "access.log.1.gz"
    copy.write_bytes(gzip.compress((town.logs / "access.log.1").read_bytes()))
    assert read(town, copy) == [NEW]
    assert town.paths() == list(range(6))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard.compress])
def test_a_compressed_file_goes_on_where_its_original_was_left(town, log, pack):
    read(town, log)
    append(log, 5, 6)
    packed = town.logs / "access.log.1"
    packed.write_bytes(pack(log.read_bytes()))
    log.unlink()
    assert read(town, packed) == [(2, False, None)]
    assert read(town, packed) == [NEW]
    shutil.copy(packed, town.logs / "again")
    assert read(town, town.logs / "again") == [NEW]
    assert town.paths() == list(range(7))


def test_an_archive_is_read_once_under_any_name(town):
    with zipfile.ZipFile(town.logs / "a.zip", "w") as archive:
        archive.writestr("1.log", lines(0, 1))
        archive.writestr("2.log", lines(2))
    shutil.copy(town.logs / "a.zip", town.logs / "b.zip")
    assert read(town, town.logs / "a.zip", town.logs / "b.zip") == [(3, False, None), NEW]
    assert read(town, town.logs / "a.zip") == [NEW]
    assert town.paths() == [0, 1, 2]


def test_two_files_that_begin_alike_are_two(town):
    header = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n" + "#Remark: the same\n" * 300
    fields = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
    for name, number in (("u1.log", 1), ("u2.log", 2)):
        (town.logs / name).write_text(f"{header}{fields}2026-03-01 08:14:07 192.0.2.15 GET /{number} 200\n")
    source = Source(name="iis", mapping="iis_w3c")
    assert read(town, town.logs / "u1.log", town.logs / "u2.log", source=source) == [(1, False, None)] * 2
    assert town.paths() == [1, 2]


def test_many_small_files_share_commits(town):
    for number in range(30):
        (town.logs / f"{number}.log").write_text(LINE.format(number))
    writer = town.writer()
    assert [each.records for each in ingest(writer, WEB, expand([str(town.logs)]))] == [1] * 30
    assert writer.lake.table("evidence").version == 1
    assert town.paths() == list(range(30))


def test_a_record_of_half_a_line_waits_until_its_writer_is_done(town, log, monkeypatch):
    monkeypatch.setattr(module, "SETTLED_S", 0.5)
    with log.open("a") as file:
        file.write(LINE.format(5).rstrip("\n"))
    assert read(town, log) == [(6, False, None)]  # the last line of a file that has ended needs no end
    assert town.paths() == list(range(6))


def test_what_cannot_be_read_is_named_and_the_others_go_on(town, log):
    torn = town.logs / "torn.gz"
    torn.write_bytes(gzip.compress(lines(*range(10, 2000)).encode())[:-30])
    missing = town.logs / "missing"
    found = read(town, missing, torn, log)
    assert found[0] == (0, False, "No such file or directory")
    assert found[1][0] > 100
    assert "gzip: the file ends too early" in found[1][2]
    assert found[2] == (5, False, None)


def test_a_path_that_names_nothing_is_an_error_unless_it_may_come(town):
    with pytest.raises(LakeError, match="there is no such file"):
        expand([str(town.logs / "*.log")])
    assert expand([str(town.logs / "*.log"), str(town.logs / "a")], missing=True) == []


class Follower:
    """A process that follows web logs; each look sees all files as they stand then."""

    def __init__(self, town, *patterns):
        self.town = town
        self.patterns = [str(town.logs / pattern) for pattern in patterns or ("access.log",)]
        self.files = Files(town.writer(), flush_after_s=0)

    def look(self):
        return sum(each.records for each in self.files.follow([(WEB, self.patterns)]))


@pytest.fixture
def followers(town):
    """Makes followers of patterns, and ends them with the test."""
    with ExitStack() as ended:

        def make(*patterns):
            made = Follower(town, *patterns)
            ended.enter_context(made.files)
            return made

        yield make


@pytest.fixture
def follower(followers, log):  # noqa: ARG001 - the first log is there
    return followers()


def test_a_followed_file_grows_and_half_a_line_waits(town, log, follower):
    assert follower.look() == 5
    with log.open("a") as file:
        file.write(LINE.format(5)[:30])
    assert follower.look() == 0
    with log.open("a") as file:
        file.write(LINE.format(5)[30:] + LINE.format(6))
    assert follower.look() == 2
    assert town.paths() == list(range(7))


def test_a_last_line_without_an_end_is_taken_when_nothing_more_comes(town, log, follower, monkeypatch):
    with log.open("a") as file:
        file.write(LINE.format(5).rstrip("\n"))
    assert follower.look() == 5
    monkeypatch.setattr(module, "IDLE_S", 0)
    assert follower.look() == 1
    follower.files.flush()
    assert town.paths() == list(range(6))


def test_a_file_that_comes_late_is_read(town, followers):
    late = followers("*.log", "sub/*.log")
    assert late.look() == 0
    (town.logs / "sub").mkdir()
    (town.logs / "sub" / "b.log").write_text(lines(0, 1))
    assert late.look() == 2
    assert town.paths() == [0, 1]


def test_a_renamed_log_is_read_to_its_end_though_its_new_name_is_not_followed(town, log, follower, monkeypatch):
    monkeypatch.setattr(module, "ROTATED_S", 0)
    follower.look()
    append(log, 5)
    log.rename(town.logs / "old")
    log.write_text(lines(6, 7))
    append(town.logs / "old", 8)
    assert follower.look() == 4
    assert follower.look() == 0
    assert town.paths() == list(range(9))
    assert len(follower.files._open) == 1  # the old one was let go


def test_a_log_that_was_copied_and_truncated_loses_nothing(town, log, follower):
    follower.look()
    append(log, 5, 6)
    shutil.copy(log, town.logs / "access.log.1")
    os.truncate(log, 0)
    append(log, 7)
    follower.look()
    follower.files.flush()
    assert town.paths() == list(range(8))


@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress])
def test_a_copy_that_is_still_made_is_not_taken_for_another_file(town, followers, log, pack):
    log.write_text(lines(*range(2000)))
    both = followers("access.log*")
    assert both.look() == 2000
    copy, whole = town.logs / "access.log.1", pack(log.read_bytes())
    copy.write_bytes(whole[: len(whole) // 2])
    assert both.look() == 0
    copy.write_bytes(whole)
    assert both.look() == 0
    both.files.flush()
    assert town.paths() == list(range(2000))


def test_a_log_that_is_truncated_while_its_hash_is_taken_is_known_by_what_was_read(town, followers, log):
    log.write_text(lines(*range(20)))
    both = followers("access.log*")
    both.look()
    append(log, 20)
    shutil.copy(log, town.logs / "access.log.1")
    flush, both.files._flush_after_s = both.files.flush, 1e9
    both.look()  # read, not kept
    log.write_text(lines(*range(30, 60)))
    flush()
    both.look()
    flush()
    assert town.paths() == [*range(21), *range(30, 60)]


def test_a_log_that_was_truncated_and_has_outgrown_itself_is_another_file(town, log, follower):
    follower.look()
    log.write_text(lines(*range(10, 30)))
    assert follower.look() == 20
    assert town.paths() == [*range(5), *range(10, 30)]


def test_what_was_rotated_while_nobody_looked_is_found_beside_it(town, followers, log, follower):
    follower.look()
    follower.files.flush()
    append(log, 5)
    with gzip.open(town.logs / "access.log-20260302.gz", "wb") as file:
        file.write(log.read_bytes())
    log.unlink()
    log.write_text(lines(6))
    again = followers()
    again.look()
    again.files.flush()
    assert town.paths() == list(range(7))


def test_a_compressed_file_that_is_still_written_is_read_when_it_is_whole(town, followers, monkeypatch):
    packed = gzip.compress("".join(LINE.format(number) for number in range(3000)).encode())
    path = town.logs / "a.gz"
    late = followers("*.gz")
    path.write_bytes(packed[: len(packed) // 2])
    late.look()
    path.write_bytes(packed)
    late.look()
    late.files.flush()
    monkeypatch.setattr(module, "IDLE_S", 0)
    assert late.look() == 0
    assert town.paths() == list(range(3000))


def test_many_followed_files_are_let_go_and_met_again(town, followers, monkeypatch):
    monkeypatch.setattr(module, "OPEN_FILES", 2)
    many = followers("*.log")
    for number in range(6):
        (town.logs / f"{number}.log").write_text(LINE.format(number))
    many.look()
    for number in range(6):
        append(town.logs / f"{number}.log", 10 + number)
    assert many.look() == 6
    assert len(many.files._open) == 2
    assert town.paths() == [*range(6), *range(10, 16)]


def test_a_files_head_is_read_once_when_it_is_met(followers, log, monkeypatch):
    opened = []

    class Counted(module.LogFile):
        def __init__(self, source, path, handle):
            opened.append(path)
            super().__init__(source, path, handle)

    monkeypatch.setattr(module, "LogFile", Counted)
    assert followers().look() == 5
    assert opened == [log]


def test_a_crash_after_the_records_and_before_the_file_table_reads_them_once(town, followers, log, monkeypatch):
    stopped = followers()
    monkeypatch.setattr(stopped.files.known, "keep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        stopped.look()
    append(log, 5)
    again = followers()
    again.look()
    assert town.paths() == list(range(6))
    assert len(town.rows("DISTINCT shard", where="true")) == 1
