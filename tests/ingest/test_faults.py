"""Disk full, read-only, killed: nothing half committed, and the next start goes on."""

import os
import subprocess
from contextlib import contextmanager

import pytest

from ingest.lake import Lake
from ingest.sources.files import ingest
from ingest.spool import Delivery, Spool
from schemas.errors import LakeError
from tests.ingest.conftest import WEB, lines


@contextmanager
def small_disk(path, megabytes):
    """A file system of a few MEGABYTES at PATH."""
    path.mkdir()
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(path)], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.mark.program("mount")
def test_a_full_disk_is_an_error_and_the_next_start_goes_on(town, tmp_path):
    log = town.logs / "a.log"
    log.write_text(lines(*range(20_000)))
    with small_disk(tmp_path / "disk", 1) as disk:
        town.root = disk / "lake"
        Lake.create(town.root)
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - (200 << 10)))
        with pytest.raises(LakeError, match=r"can't be written|failed"):
            list(ingest(town.writer(), WEB, [log]))
        assert town.rows() == []
        with ballast.open("ab", buffering=0) as rest, pytest.raises(OSError, match="No space left"):
            fill(lambda: rest.write(b"x" * 4096))
        (disk / "other").mkdir(exist_ok=True)
        with pytest.raises(LakeError, match="the lake can't be made: No space left on device"):
            Lake.create(disk / "other")
        ballast.unlink()
        town.writer().catch_up()
        list(ingest(town.writer(), WEB, [log]))
        assert town.paths() == list(range(20_000))


@pytest.mark.program("mount")
def test_a_lake_that_cannot_be_written_is_an_error(town, tmp_path):
    log = town.logs / "a.log"
    log.write_text(lines(1))
    with small_disk(tmp_path / "disk", 2) as disk:
        town.root = disk / "lake"
        Lake.create(town.root)
        writer = town.writer()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(LakeError, match=r"can't be written|failed"):
            list(ingest(writer, WEB, [log]))
        with pytest.raises(LakeError, match="can't be made: Read-only file system"):
            Lake.create(disk / "other")
        assert town.rows() == []


@pytest.mark.program("mount")
def test_a_spool_that_has_filled_its_disk_can_be_emptied(tmp_path):
    with small_disk(tmp_path / "disk", 4) as disk:
        spool = Spool(disk / "spool")
        with pytest.raises(OSError, match="No space left"):
            fill(lambda: spool.append("web", Delivery(records=[b"x" * 1000] * 100, note=b"k" * 32)))
        with (disk / "others").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            fill(lambda: file.write(b"x" * 4096))
        end = spool.next_position("web")
        spool.trim("web", end)
        assert spool.waiting("web") == 0
        (disk / "others").unlink()
        assert spool.append("web", Delivery(records=[b"y"])) == range(end, end + 1)


def fill(write):
    while True:
        write()
