"""What the settings of collectors share that ask a system for its records, again and again."""

from dataclasses import dataclass

from schemas.collectors.base import Collector, above
from schemas.errors import SettingsError

_MOST_LATE_S = 86_400  # the spool keeps its notes for two days


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling(Collector):
    """A collector that asks."""

    poll_s: float = 60.0  # from the end of one poll to the next
    late_s: float = 600.0  # a record that can be read so long after its time is found as well
    max_retry_s: float = 300.0  # a system that doesn't answer is asked again after 1, 2, 4 … seconds, and never later
    remember_records: int = 500_000  # so many can be known again; within late_s no more should come

    def __post_init__(self) -> None:
        Collector.__post_init__(self)
        above(self, "poll_s", self.poll_s, 0)
        above(self, "late_s", self.late_s, -1)
        above(self, "max_retry_s", self.max_retry_s, 0)
        above(self, "remember_records", self.remember_records, 0)
        if self.late_s > _MOST_LATE_S:
            raise SettingsError(self.place, "late_s", f"must be at most {_MOST_LATE_S}")
