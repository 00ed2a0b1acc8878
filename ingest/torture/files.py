"""A program that writes a log and rotates it: by renaming it, or by copying and truncating it."""

import gzip
import os
import time
from pathlib import Path

from ingest.torture.sender import Sender, Task, now_sent
from ingest.torture.truth import ACCEPTED

_ROTATED = 0.03  # after so many writes
_PACKED = 0.5  # of the renamed ones, at the next rotation
_HALVES = 0.01  # lines of which the first half can be read for a while


class Log(Sender):
    """Writes FOLDER/access.log. A line counts from when it can be read whole."""

    def __init__(self, task: Task, folder: Path, *, truncates: bool) -> None:
        super().__init__(task)
        folder.mkdir()
        self.log = folder / "access.log"
        self.truncates = truncates
        self.rotations = 0

    def work(self) -> None:
        """Write, until told to stop."""
        while not self.stopped.is_set():
            records = self.make(60)
            with self.log.open("ab") as file:
                for each in records:
                    half = self.dice.randrange(len(each.record))
                    file.write(each.record[:half])
                    if self.dice.random() < _HALVES:
                        file.flush()
                        time.sleep(0.01)
                    file.write(each.record[half:] + b"\n")
            self.task.truth.add(ACCEPTED, now_sent(records))
            if self.dice.random() < _ROTATED:
                self._rotate()
            self.pace(len(records))

    def _rotate(self) -> None:
        self.rotations += 1
        old = self.log.with_name(f"access.log.{self.rotations}")
        if self.truncates:
            old.write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)
            return
        self.log.rename(old)
        older = self.log.with_name(f"access.log.{self.rotations - 1}")
        if older.exists() and self.dice.random() < _PACKED:
            packed = older.with_suffix(".tmp")
            packed.write_bytes(gzip.compress(older.read_bytes()))
            packed.rename(older.with_name(f"{older.name}.gz"))
            older.unlink()
