"""Every shift of a simulation at a glance, so that acts can be laid into them or beside them."""

import numpy as np

from ingest.simulator.population import Ints
from ingest.simulator.rota import Calendar

MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US


class Timetable:
    """When and where each employee works: arrays by (day, person); a stop of 0 is a day off. Some 20 bytes a shift."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        days, count = calendar.days, calendar.population.people.count
        self.start = np.zeros((days, count), np.int64)
        self.stop = np.zeros((days, count), np.int64)
        self.unit = np.full((days, count), -1)
        self.midnights = np.array([calendar.local(day) for day in range(days + 1)])
        for day in range(days):
            shifts = calendar.shifts(day)
            self.start[day, shifts.person], self.stop[day, shifts.person] = shifts.start, shifts.stop
            self.unit[day, shifts.person] = shifts.unit

    def working(self, day: int) -> Ints:
        """Who has a shift that begins on DAY."""
        return np.flatnonzero(self.stop[day])

    def days_of(self, who: int, first: int = 0, last: int | None = None) -> Ints:
        """The days from FIRST until before LAST on which WHO has a shift."""
        return first + np.flatnonzero(self.stop[first:last, who])

    def during(self, rng: np.random.Generator, who: int, day: int, count: int) -> Ints:
        """COUNT instants within WHO's shift of DAY, in order; within office hours on a day off."""
        if not self.stop[day, who]:
            return self.clock(rng, day, 8 * 60, 16 * 60, count)
        return np.sort(rng.integers(self.start[day, who], self.stop[day, who], count))

    def clock(self, rng: np.random.Generator, day: int, first: int, last: int, count: int) -> Ints:
        """COUNT instants between FIRST and LAST (minutes after DAY's local midnight), in order."""
        begin = self.calendar.local(day)
        return np.sort(rng.integers(begin + first * MINUTE_US, begin + last * MINUTE_US, count))
