"""A made-up population with habits, weekly rhythm and drift, and what a few of its members do besides: by seed.

Behaviour is written from what such logs look like (log-ons, removable media, web, mail, records, log-ons between
machines), not from what the baselines look for.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from schemas.event import NORMALISED

FIRST = datetime(2025, 9, 1, tzinfo=UTC)  # a Monday
_DAY_S = 86_400


class Population:
    """Events as rows of `normalised`, and what is wrong with which account on which day."""

    def __init__(self, seed: int, people: int, days: int) -> None:
        """Roles, units and habits."""
        self.people, self.days = people, days
        self.columns: dict[str, list[np.ndarray]] = {}
        self.wrong: dict[tuple[str, int], str] = {}  # (account, day) -> kind
        self.rng = np.random.default_rng(seed)
        rng, n = self.rng, people
        self.unit = rng.integers(0, max(2, n // 25), n)
        self.role = self.unit % 7
        self.start = rng.normal(7.6, 0.9, n)
        self.span = rng.normal(8.3, 0.7, n)
        self.usb = rng.random(n) < 0.2
        self.weekend = rng.random(n) < 0.08
        self.web_rate = rng.gamma(2.0, 9.0, n)
        self.mail_rate = rng.gamma(2.0, 2.5, n)
        self.usb_rate = rng.gamma(2.0, 1.2, n)
        self.record_rate = rng.gamma(2.0, 4.0, n)
        self.begins = np.where(rng.random(n) < 0.06, rng.integers(5, self.days, n), 0)  # newcomers
        self.favourites = rng.integers(0, 900, (n, 25))
        self.role_hosts = rng.integers(0, 900, (7, 40))
        self.contacts = np.where(rng.random((n, 20)) < 0.7, self._mates(n, 20), rng.integers(0, n, (n, 20)))
        self.servers = np.concatenate(
            [rng.integers(0, 12, (n, 2)), 12 + self.role[:, None] * 8 + rng.integers(0, 8, (n, 4))], axis=1
        )

    def _mates(self, n: int, k: int) -> np.ndarray:
        order = np.argsort(self.unit, kind="stable")
        place = np.empty(n, int)
        place[order] = np.arange(n)
        return order[np.clip(place[:, None] + self.rng.integers(-12, 13, (n, k)), 0, n - 1)]

    def add(self, who: Any, at: Any, system: str, action: str, **given: Any) -> None:
        """Events of accounts WHO (numbers) AT seconds since FIRST; GIVEN are columns, arrays of text or one text."""
        who = np.asarray(who)
        if not len(who):
            return
        row = {"actor_account": np.char.add("u", np.char.zfill(who.astype(str), 4)), "time": np.asarray(at, float)}
        row |= {"system": system, "action": action, "outcome": "success", **given}
        for name in (
            "actor_account",
            "time",
            "system",
            "action",
            "outcome",
            "object_id",
            "object_path",
            "object_type",
            "src_host",
            "target_account",
        ):
            value = row.get(name)
            if value is None or isinstance(value, str):
                value = np.full(len(who), value, dtype=object)
            self.columns.setdefault(name, []).append(np.asarray(value, dtype=object if name != "time" else float))

    def ordinary(self) -> None:
        """What everybody does."""
        rng = self.rng
        for day in range(self.days):
            weekday = day % 7
            there = self.begins <= day
            there &= rng.random(self.people) < np.where(weekday < 5, 0.93, np.where(self.weekend, 0.5, 0.01))
            who = np.flatnonzero(there)
            if not len(who):
                continue
            begin = day * _DAY_S + 3600 * (self.start[who] + rng.normal(0, 0.35, len(who)))
            end = begin + 3600 * np.maximum(self.span[who] + rng.normal(0, 0.6, len(who)), 1)
            late = rng.random(len(who)) < 0.015
            end = np.where(late, end + 3600 * rng.uniform(1, 5, len(who)), end)
            pc = np.where(rng.random(len(who)) < 0.03, rng.integers(0, self.people, len(who)), who)
            host = np.char.add("pc", pc.astype(str)).astype(object)
            self.add(who, begin, "logon", "login", src_host=host)
            self.add(who, end, "logon", "logout", src_host=host)
            busy = rng.gamma(4, 0.25, len(who))
            self._web(who, begin, end, host, busy)
            self._mail(who, begin, end, host, busy)
            self._usb(who, begin, end, host, busy)
            self._records(day, who, begin, end, host, busy)
            self._servers(who, begin, end, host)

    def _spread(self, counts: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
        return [np.repeat(column, counts) for column in columns]

    def _when(self, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        return begin + (end - begin) * self.rng.random(len(begin))

    def _web(self, who: Any, begin: Any, end: Any, host: Any, busy: Any) -> None:
        rng = self.rng
        a, b, e, h = self._spread(rng.poisson(self.web_rate[who] * busy), who, begin, end, host)
        u = rng.random(len(a))
        site = np.where(
            u < 0.55,
            self.favourites[a, (25 * rng.random(len(a)) ** 2.5).astype(int)],
            np.where(
                u < 0.85,
                self.role_hosts[self.role[a], rng.integers(0, 40, len(a))],
                np.where(u < 0.985, (900 * rng.random(len(a)) ** 2).astype(int), 900 + rng.integers(0, 4000, len(a))),
            ),
        )
        page = np.where(rng.random(len(a)) < 0.6, rng.integers(0, 10, len(a)), rng.integers(0, 10**6, len(a)))
        url = [f"http://site{s}.example/p/{p}.html" for s, p in zip(site, page, strict=True)]
        self.add(a, self._when(b, e), "web", "read", object_path=np.array(url, dtype=object), src_host=h)

    def _mail(self, who: Any, begin: Any, end: Any, host: Any, busy: Any) -> None:
        rng = self.rng
        a, b, e, h = self._spread(rng.poisson(self.mail_rate[who] * busy), who, begin, end, host)
        to = self.contacts[a, (20 * rng.random(len(a)) ** 2).astype(int)]
        outside = rng.random(len(a)) < 0.1
        address = [
            f"x{rng.integers(0, 500)}@outside{t % 30}.example" if o else f"u{t}@kommun.example"
            for t, o in zip(to, outside, strict=True)
        ]
        self.add(a, self._when(b, e), "mail", "share", object_id=np.array(address, dtype=object), src_host=h)

    def _usb(self, who: Any, begin: Any, end: Any, host: Any, busy: Any) -> None:
        rng = self.rng
        a, b, e, h = self._spread(
            rng.poisson(np.where(self.usb[who], self.usb_rate[who] * busy, 0)), who, begin, end, host
        )
        self.add(a, self._when(b, e), "device", "connect", src_host=h)
        a, b, e, h = self._spread(rng.poisson(2, len(a)), a, b, e, h)
        path = [f"R:\\{self.role[x]}\\doc{rng.integers(0, 5000)}.{rng.choice(['doc', 'pdf', 'zip'])}" for x in a]
        self.add(a, self._when(b, e), "file", "copy", object_path=np.array(path, dtype=object), src_host=h)

    def _records(self, day: int, who: Any, begin: Any, end: Any, host: Any, busy: Any) -> None:
        rng = self.rng
        care = self.role[who] < 4
        a, b, e, h = self._spread(rng.poisson(np.where(care, self.record_rate[who] * busy, 0)), who, begin, end, host)
        unit = np.where(rng.random(len(a)) < 0.97, self.unit[a], rng.integers(0, self.unit.max() + 1, len(a)))
        client = (120 * rng.random(len(a)) ** 1.5).astype(int) + day // 3  # clients come and go
        record = np.array([f"{u}-{c}" for u, c in zip(unit, client, strict=True)], dtype=object)
        self.add(a, self._when(b, e), "care", "read", object_id=record, object_type="journal", src_host=h)

    def _servers(self, who: Any, begin: Any, end: Any, host: Any) -> None:
        rng = self.rng
        a, b, e, h = self._spread(1 + rng.poisson(3, len(who)), who, begin, end, host)
        server = self.servers[a, (6 * rng.random(len(a)) ** 1.3).astype(int)]
        odd = rng.random(len(a)) < 0.01
        server = np.where(odd, rng.integers(0, 90, len(a)), server)
        outcome = np.where(rng.random(len(a)) < 0.02, "failure", "success").astype(object)
        self.add(
            a,
            self._when(b, e),
            "auth",
            "login",
            object_id=np.char.add("srv", server.astype(str)).astype(object),
            src_host=h,
            outcome=outcome,
        )

    def mark(self, who: int, day: int, kind: str) -> None:
        """What WHO did on DAY is wrong."""
        self.wrong[(f"u{who:04d}", day)] = kind

    def insiders(self, each: int) -> None:
        """EACH persons of every kind."""
        for kind in (self.leaker, self.jobseeker, self.keylogger, self.snooper, self.collector, self.intruder):
            for _ in range(each):
                kind()

    def _pick(self, which: np.ndarray) -> int:
        return int(self.rng.choice(np.flatnonzero(which & (self.begins == 0))))

    def _at(self, day: int, low: float, high: float, count: int) -> np.ndarray:
        return day * _DAY_S + 3600 * self.rng.uniform(low, high, count)

    def leaker(self) -> None:
        """After hours, with removable media that were never used before, to a leak site; a few days in two weeks."""
        who, first = self._pick(~self.usb), int(self.rng.integers(self.days // 2, self.days - 15))
        for day in sorted(self.rng.choice(np.arange(first, first + 14), 4, replace=False)):
            at = self._at(day, 20, 23, 1)
            self.add([who], at, "logon", "login", src_host=f"pc{who}")
            self.add([who], at + 300, "device", "connect", src_host=f"pc{who}")
            self.add(
                [who] * 2,
                at[0] + np.array([400, 500]),
                "file",
                "copy",
                object_path=f"R:\\{self.role[who]}\\doc{day}.doc",
                src_host=f"pc{who}",
            )
            self.add([who], at + 700, "web", "read", object_path=f"http://leaks.example/up/{day}", src_host=f"pc{who}")
            self.mark(who, int(day), "leaker")

    def jobseeker(self) -> None:
        """Weeks of job sites, then removable media at a higher rate than before."""
        who, first = self._pick(self.usb), int(self.rng.integers(self.days // 2, self.days - 30))
        for day in range(first, first + 28):
            if day % 7 > 4:
                continue
            count = 2 + int(self.rng.poisson(2))
            sites = [
                f"http://jobs{self.rng.integers(0, 6)}.example/a/{self.rng.integers(0, 999)}" for _ in range(count)
            ]
            self.add(
                [who] * count,
                self._at(day, 9, 15, count),
                "web",
                "read",
                object_path=np.array(sites, dtype=object),
                src_host=f"pc{who}",
            )
            if day > first + 20:
                self.add([who] * 8, self._at(day, 9, 15, 8), "device", "connect", src_host=f"pc{who}")
                self.add(
                    [who] * 12,
                    self._at(day, 9, 15, 12),
                    "file",
                    "copy",
                    object_path=f"R:\\x{day}.zip",
                    src_host=f"pc{who}",
                )
            self.mark(who, day, "jobseeker")

    def keylogger(self) -> None:
        """Fetches a program, carries it to another's machine; the day after, that account floods the mail."""
        who, day = self._pick(np.ones(self.people, bool)), int(self.rng.integers(self.days // 2, self.days - 8))
        day += (7 - day % 7) % 7
        other = int(self.contacts[who, 0])
        other = other if other != who and self.begins[other] == 0 else self._pick(np.arange(self.people) != who)
        self.add(
            [who] * 2,
            self._at(day, 12, 13, 2),
            "web",
            "read",
            object_path="http://tools.example/keys.exe",
            src_host=f"pc{who}",
        )
        self.add(
            [who] * 2,
            self._at(day, 13, 14, 2),
            "device",
            "connect",
            src_host=np.array([f"pc{who}", f"pc{other}"], dtype=object),
        )
        self.add([who], self._at(day, 14, 15, 1), "logon", "login", src_host=f"pc{other}")
        self.mark(who, day, "keylogger")
        self.add([other], self._at(day + 1, 17, 18, 1), "logon", "login", src_host=f"pc{who}")
        everybody = np.array([f"u{n}@kommun.example" for n in self.rng.integers(0, self.people, 60)], dtype=object)
        self.add([other] * 60, self._at(day + 1, 17, 18, 60), "mail", "share", object_id=everybody, src_host=f"pc{who}")
        self.mark(other, day + 1, "keylogger")

    def snooper(self) -> None:
        """Reads records of other units, a few a day."""
        who, first = self._pick(self.role < 4), int(self.rng.integers(self.days // 2, self.days - 21))
        for day in range(first, first + 21):
            if day % 7 > 4:
                continue
            count = 2 + int(self.rng.integers(0, 3))
            units = self.rng.integers(0, self.unit.max() + 1, count)
            record = np.array([f"{u}-{self.rng.integers(0, 100) + day // 3}" for u in units], dtype=object)
            self.add(
                [who] * count,
                self._at(day, 9, 15, count),
                "care",
                "read",
                object_id=record,
                object_type="journal",
                src_host=f"pc{who}",
            )
            self.mark(who, day, "snooper")

    def collector(self) -> None:
        """Twice the records, all of the own unit, for weeks."""
        who, first = self._pick(self.role < 4), int(self.rng.integers(self.days // 2, self.days - 28))
        for day in range(first, first + 28):
            if day % 7 > 4:
                continue
            count = 10 + int(self.rng.poisson(self.record_rate[who]))
            record = np.array(
                [f"{self.unit[who]}-{c + day // 3}" for c in self.rng.integers(0, 120, count)], dtype=object
            )
            self.add(
                [who] * count,
                self._at(day, 9, 15, count),
                "care",
                "read",
                object_id=record,
                object_type="journal",
                src_host=f"pc{who}",
            )
            self.mark(who, day, "collector")

    def intruder(self) -> None:
        """A stolen account is tried from another machine against servers that it never used."""
        who, first = self._pick(np.ones(self.people, bool)), int(self.rng.integers(self.days // 2, self.days - 8))
        source = f"pc{self.rng.integers(0, self.people)}"
        for day in range(first, first + int(self.rng.integers(1, 4))):
            count = int(self.rng.integers(2, 7))
            server = np.char.add("srv", self.rng.integers(0, 90, count).astype(str)).astype(object)
            outcome = np.where(self.rng.random(count) < 0.3, "failure", "success").astype(object)
            self.add(
                [who] * count,
                self._at(day, 8, 18, count),
                "auth",
                "login",
                object_id=server,
                src_host=source,
                outcome=outcome,
            )
            self.mark(who, day, "intruder")

    def table(self, swaps: int = 0) -> pa.Table:
        """The events; SWAPS pairs of accounts exchange their events from three quarters of the days on."""
        columns = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        seconds = columns.pop("time")
        for _ in range(swaps):
            one, other = self._pick(np.ones(self.people, bool)), self._pick(np.ones(self.people, bool))
            if one == other or self.role[one] == self.role[other]:
                continue
            after = seconds >= (self.days * 3 // 4) * _DAY_S
            names = columns["actor_account"]
            first, second = f"u{one:04d}", f"u{other:04d}"
            is_first, is_second = after & (names == first), after & (names == second)
            names[is_first], names[is_second] = second, first
            for day in range(self.days * 3 // 4, self.days):
                self.mark(one, day, "swap")
                self.mark(other, day, "swap")
        keep = seconds < self.days * _DAY_S
        start_us = int((FIRST - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
        count = int(keep.sum())
        given = {name: pa.array(values[keep].tolist(), pa.string()) for name, values in columns.items()}
        given["time"] = pa.array(start_us + (seconds[keep] * 1e6).astype("int64")).cast(pa.timestamp("us", tz="UTC"))
        given["kind"] = pa.array(["event"] * count)
        given["source"] = given["shard"] = pa.array(["s"] * count)
        given["position"] = pa.array(np.arange(count))
        given["part"] = pa.array(np.zeros(count, "int32"))
        arrays = [given.get(each.name, pa.nulls(count, each.type)) for each in NORMALISED]
        return pa.Table.from_arrays(arrays, schema=NORMALISED)


def made(
    seed: int, people: int, days: int, insiders: int = 3, swaps: int = 0
) -> tuple[pa.Table, dict[tuple[str, int], str]]:
    """The events of a population, and what is wrong in them: (account, day) -> kind."""
    population = Population(seed, people, days)
    population.ordinary()
    if insiders:
        population.insiders(insiders)
    return population.table(swaps), population.wrong
