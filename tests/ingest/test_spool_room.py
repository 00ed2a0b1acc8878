"""A disk without room for all that is appended together: then nothing of it is there, at once or later."""

import subprocess
from contextlib import suppress

import pytest

from ingest.spool import Delivery, Spool


@pytest.mark.program("mount")
@pytest.mark.parametrize("count", [3, 100])
def test_of_what_found_no_room_nothing_is_kept(tmp_path, count):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=True)
    try:
        spool = Spool(disk)
        spool.append("a", Delivery(records=[b"before"]))
        with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        # Some of it finds room in the page that the stream has begun.
        many = [Delivery(records=[bytes([65 + number]) * 1500]) for number in range(count)]
        with pytest.raises(OSError, match="No space left"):
            spool.append("a", *many)
        assert [record for block in Spool(disk).read("a") for record in block.records] == [b"before"]
        (disk / "ballast").unlink()
        assert list(spool.append("a", Delivery(records=[b"after"]))) == [1]
        assert [record for block in Spool(disk).read("a") for record in block.records] == [b"before", b"after"]
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
