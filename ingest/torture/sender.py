"""What all senders share: records of their own, at a pace, until they are told to stop."""

import threading
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from random import Random

from ingest.torture.records import Pool
from ingest.torture.truth import Sent, Truth

PATIENCE_S = 90.0  # after the end, until what was sent must have been answered
ANSWER_S = 5.0  # a sender that gets no answer for so long tries again
_BETWEEN_S = (0.05, 0.3)  # two tries


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a sender is to do."""

    name: str  # letters and digits; the mark of its records begins with it
    port: int
    pool: Pool
    truth: Truth
    dice: Random
    rate: float  # records a second, in the long run


class Sender(threading.Thread):
    """Sends until `stop`. `problems`: what must not happen to a sender that does nothing wrong."""

    def __init__(self, task: Task) -> None:
        super().__init__(name=task.name, daemon=True)
        self.task = task
        self.dice = task.dice
        self.stopped = threading.Event()
        self.problems: list[str] = []
        self.longest_s = 0.0  # from sending to the answer
        self._numbers = count()
        self._deadline = float("inf")

    def stop(self) -> None:
        """Send nothing new; what isn't answered is sent again for PATIENCE_S."""
        self._deadline = time.monotonic() + PATIENCE_S
        self.stopped.set()

    def run(self) -> None:
        """As a thread has it."""
        try:
            self.work()
        except Exception:  # noqa: BLE001 - told at the end
            self.problems.append(f"the sender itself failed: {traceback.format_exc()}")
        self.task.truth.close()

    def work(self) -> None:
        """Send, and write down what became of it."""
        raise NotImplementedError

    def make(self, most: int) -> list[Sent]:
        """A few new records, MOST at most."""
        made = []
        for number, _ in zip(self._numbers, range(self.dice.randint(1, most)), strict=False):
            mark = f"{self.task.name}-{number}"
            made.append(Sent(mark, self.task.pool.record(mark, number, self.dice), 0, 0.0))
        return made

    def pace(self, sent: int) -> None:
        """Wait as long as SENT records are worth."""
        self.stopped.wait(min(2.0, self.dice.expovariate(1.0) * sent / self.task.rate))

    def again(self) -> bool:
        """Wait a while before another try; whether to do it."""
        time.sleep(self.dice.uniform(*_BETWEEN_S))
        return time.monotonic() < self._deadline


def now_sent(records: Iterable[Sent]) -> list[Sent]:
    """RECORDS, sent once more."""
    now = time.time()
    return [Sent(each.mark, each.record, each.sends + 1, now) for each in records]
