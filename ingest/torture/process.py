"""One of our programs as a process of its own: started, killed, stopped for a while, ended in order."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_ENDS_S = 90.0  # from SIGTERM to its end


class Process:
    """What COMMAND and WORDS start; its output goes to FOLDER/NAME.log."""

    def __init__(self, name: str, command: Sequence[str], words: Sequence[object], folder: Path) -> None:
        self.name = name
        self.words = [*command, *map(str, words)]
        self.log = folder / f"{name}.log"
        self.environment: dict[str, str] = {}
        self.peak_bytes = 0
        self.starts = 0
        self.killed = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ended(self) -> int | None:
        """The exit code if it has ended."""
        return self._process.poll() if self._process else 0

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, with what ENVIRONMENT says besides."""
        self.starts += 1
        with self.log.open("ab") as log:
            log.write(b"--- start %d\n" % self.starts)
            log.flush()
            self._process = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(self.environment if environment is None else environment)},
            )

    def kill(self) -> None:
        """End it by kill -9."""
        if self.ended is None:
            self.killed += 1
        self.send(signal.SIGKILL)
        self.wait(_ENDS_S)

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        self.measure()
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self) -> int | None:
        """SIGTERM; the exit code, or None if it did not end and had to be killed."""
        self.send(signal.SIGTERM)
        try:
            return self.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGQUIT)  # its log says where it stands
            time.sleep(1)
            self.send(signal.SIGKILL)
            self.wait(_ENDS_S)
            return None

    def wait(self, seconds: float) -> int:
        """The exit code. Errors: TimeoutExpired."""
        return self._process.wait(seconds) if self._process else 0

    def pause(self, seconds: float) -> None:
        """Stand still for SECONDS."""
        self.send(signal.SIGSTOP)
        time.sleep(seconds)
        self.send(signal.SIGCONT)

    def measure(self) -> None:
        """Note how much memory it has taken at most."""
        if self._process is None:
            return
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.peak_bytes = max(self.peak_bytes, int(line.split()[1]) << 10)

    def tail(self, lines: int = 6) -> str:
        """The last LINES of what it said."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
