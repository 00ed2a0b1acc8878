"""Small disks that can be full: a tmpfs, which is made as small as what it holds, and large again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system at PATH."""

    path: Path
    size: int

    def fill(self, left: int) -> None:
        """Leave room for LEFT bytes only, or a little more if it is written to meanwhile."""
        while True:
            held = os.statvfs(self.path)
            used = (held.f_blocks - held.f_bfree) * held.f_frsize
            if self._resize(used + max(_PAGE, left)):
                return

    def clear(self) -> None:
        """As large as before."""
        assert self._resize(self.size)

    def _resize(self, size: int) -> bool:
        """Whether it could be; a disk holds no less than is on it."""
        words = ["mount", "-o", f"remount,size={size}", str(self.path)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


@contextmanager
def disk(path: Path, size: int) -> Iterator[Disk | None]:
    """One of SIZE bytes at PATH, an empty folder; None where none can be mounted: PATH is then on its parent's."""
    path.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(path)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        yield None
        return
    try:
        yield Disk(path, size)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True, capture_output=True)
