"""Processes whose wall clock can be moved while they run (libfaketime stops Python's threads, so not by that)."""

import subprocess
from pathlib import Path
from typing import Self

_SOURCE = Path(__file__).with_name("clock.c")
_BYTES = 8


class Clock:
    """The wall clock of the processes that `environment` is given to."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._file = folder / "clock"
        self._file.write_bytes(bytes(_BYTES))
        self.environment = {"LD_PRELOAD": str(library), "SPARHUND_CLOCK": str(self._file)}

    @classmethod
    def make(cls, folder: Path) -> Self | None:
        """None where there is no C compiler."""
        library = folder / "clock.so"
        words = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"]
        try:
            subprocess.run(words, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return cls(folder, library)

    def move(self, seconds: int) -> None:
        """SECONDS from the right time, from now on."""
        with self._file.open("r+b") as file:
            file.write(seconds.to_bytes(_BYTES, "little", signed=True))
