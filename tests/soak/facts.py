"""What really happened: facts, each drawn from its number alone, and the raw record that a system wrote of it.

Nothing here reads a lake, a mapping or a question: it is what these are held to.
"""

import json
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

FIRST = date(2031, 1, 6)  # later than any clock: what is old is old by the lake's own days
RECORDS = 3  # of a write
ACCOUNTS = 120
OBJECTS = 900
GAP = 5  # positions that never came, where some do
# What each write's records come from, in turn.
TURNS = ("journal", "auth", "journal", "auth", "journal", "auth", "journal", "pull", "auth", "journal", "auth", "auth")
SYSTEMS = {"journal": "Lindan", "pull": "Kvarnen", "auth": "Inloggning"}
MOVED_DAY = 150  # every tenth account has another holder from then on

# The word that the systems write: what it means, and what a mapping says while its words are wrong.
ACTIONS = {
    "Läst": ("read", "read"),
    "Sökning": ("search", "search"),
    "Utskrift": ("print", "read"),
    "Uttag": ("export", "other"),
    "Ändrad": ("update", "other"),
    "Skapad": ("create", "create"),
    "Borttagen": ("delete", "delete"),
    "Tilldelad": ("grant", "revoke"),
    "Delad": ("share", "share"),
    "Konto skapat": ("account_create", "other"),
    "Omprövad": ("other", "other"),  # the settings have no word for it
}
_OFTEN = {"Läst": 40, "Sökning": 12, "Utskrift": 8, "Uttag": 6, "Ändrad": 14}
_POSSIBLE = frozenset({"login", "logout", "search", "execute", "connect", "other"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A life of DAYS days and WRITES writes. What happens to the lake happens at these days."""

    writes: int
    days: int
    seed: int

    def day(self, write: int) -> int:
        """The day on which a write is made."""
        return write * self.days // self.writes

    def first(self, day: int) -> int:
        """The first write of a day."""
        return -(-day * self.writes // self.days)

    def at(self, share: float) -> int:
        """The day after such a share of the life."""
        return round(self.days * share)

    @property
    def grown(self) -> int:
        """Until then the lake is written by a version that has no column `device`."""
        return self.at(0.15)

    @property
    def wrong(self) -> tuple[int, int]:
        """From when until when the mapping of `journal` is wrong; then it is mended, and these days computed again."""
        return self.at(0.3), self.at(0.45)

    @property
    def corrected(self) -> int:
        """When the register is corrected, and the events of `again` computed again."""
        return self.at(0.6)

    @property
    def again(self) -> tuple[int, int]:
        """The days, first and last, whose events the corrected register is applied to."""
        return self.at(0.1), self.at(0.55)


@dataclass(slots=True)
class Fact:
    """One record: where it is born, and what it says."""

    source: str
    shard: str
    position: int
    day: int  # on which it was received, from 0
    received: datetime
    time: datetime | None  # None: the record's time can't be read
    raw: bytes
    repeats: bool = False  # the record came before
    said: dict[str, Any] = field(default_factory=dict)


@cache
def numbers() -> tuple[str, ...]:
    """Personal numbers of the series for tests (birth numbers 238x)."""
    made = []
    for n in range(40):
        nine = f"{30 + n % 60:02}{1 + n % 12:02}{1 + n % 28:02}238"
        digits = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
        total = sum(digit // 10 + digit % 10 for digit in digits)
        made.append(f"19{nine}{-total % 10}")
    return tuple(dict.fromkeys(made))


@cache
def _counted(plan: Plan) -> dict[str, list[int]]:
    """The writes of each source, in order."""
    found: dict[str, list[int]] = {source: [] for source in SYSTEMS}
    for write in range(plan.writes):
        found[TURNS[write % len(TURNS)]].append(write)
    return found


def place(plan: Plan, write: int) -> tuple[str, str, int]:
    """Source, shard (one a day) and first position of a write's records."""
    source, day = TURNS[write % len(TURNS)], plan.day(write)
    mine = _counted(plan)[source]
    number = bisect_right(mine, write) - bisect_right(mine, plan.first(day) - 1) - 1  # of the day
    return source, f"{source}-{day}", number * RECORDS + (GAP if number and gap(plan, day) else 0)


def gap(plan: Plan, day: int) -> bool:
    """Whether positions of the day's shards never come, before its second write."""
    return day % 37 == plan.seed % 37


def facts(plan: Plan, write: int) -> list[Fact]:
    """The records of one write."""
    source, shard, position = place(plan, write)
    day = plan.day(write)
    rng = random.Random(f"{plan.seed}/{write}")
    share = (write - plan.first(day) + rng.random()) / (plan.first(day + 1) - plan.first(day) + 1)
    received = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
        days=day, microseconds=int(share * 86_399_000_000)
    )
    made = [_auth(rng, received) if source == "auth" else _act(rng, source, received, f"{write}-{n}") for n in range(3)]
    if source == "pull" and rng.random() < 0.4:
        made[2] = (*made[0][:2], made[0][2], True)
    return [
        Fact(source, shard, position + n, day, received, time, raw, repeats, said)
        for n, (time, raw, said, repeats) in enumerate(made)
    ]


_Made = tuple[datetime | None, bytes, dict[str, Any], bool]


def _act(rng: random.Random, source: str, received: datetime, name: str) -> _Made:
    """A row of a system's table of acts, as JSON."""
    word = rng.choices(list(ACTIONS), [_OFTEN.get(word, 3) for word in ACTIONS])[0]
    account = _account(rng)
    time = _time(rng, received)
    unreadable = rng.random() < 0.004
    ok = rng.random() < 0.93
    thing = rng.randrange(OBJECTS) if source == "journal" else rng.randrange(OBJECTS // 2)
    row = {
        "tid": "i går" if unreadable else time.isoformat().replace("+00:00", "Z"),
        "id": f"{source}-{name}",
        "konto": account if rng.random() < 0.5 else f"KOMMUN\\{account}",
        "enhet": f"U{rng.randrange(12)}" if rng.random() < 0.2 else None,
        "act": word,
        "res": "OK" if ok else "Nekad",
        "syfte": rng.choice(("vård", "kontroll", None)),
        "akt": f"A-{thing:04}" if rng.random() < 0.95 else None,
        "sokvag": f"/arkiv/{thing % 7}/{thing}.pdf" if rng.random() < 0.3 else None,
        "pnr": rng.choice(numbers()) if rng.random() < 0.3 else None,
        "ip": _ip(rng),
        "dator": f"pc{rng.randrange(60)}",
        "enhetsid": f"dev{rng.randrange(60)}" if rng.random() < 0.7 else None,
        "mottagare": _account(rng) if word in {"Tilldelad", "Delad", "Konto skapat"} else None,
        "grupp": f"G{rng.randrange(9)}" if word == "Tilldelad" else None,
        "falt": rng.choice(("status", "adress")) if word == "Ändrad" and rng.random() < 0.8 else None,
    }
    changed = row["falt"] is not None
    row |= {"fore": f"v{rng.randrange(5)}" if changed else None, "efter": f"v{rng.randrange(5)}" if changed else None}
    return None if unreadable else time, json.dumps(row, ensure_ascii=False).encode(), row, False


def _auth(rng: random.Random, received: datetime) -> _Made:
    """A line of sshd."""
    time, account, ip = _time(rng, received), _account(rng), _ip(rng)
    ok = rng.random() < 0.8
    stamp = time.isoformat(timespec="microseconds")
    words = "Accepted password" if ok else "Failed password"
    raw = f"<38>1 {stamp} srv1 sshd {rng.randrange(300, 9000)} - - {words} for {account} from {ip} port 50022 ssh2"
    return time, raw.encode(), {"konto": account, "act": "login", "res": "OK" if ok else "Nekad", "ip": ip}, False


def _account(rng: random.Random) -> str:
    n = int(ACCOUNTS * rng.random() ** 2)  # some are busy
    return f"x{n}" if rng.random() < 0.03 else f"a{n:03}"


def _ip(rng: random.Random) -> str:
    return f"10.0.{rng.randrange(4)}.{rng.randrange(1, 12)}"


def _time(rng: random.Random, received: datetime) -> datetime:
    """Most acts are known within minutes, some the day after."""
    late = rng.random() < 0.03
    return received - timedelta(microseconds=rng.randrange(1, 100_000_000_000 if late else 900_000_000))


class Truth:
    """The events that the first WRITES writes tell of, as they must stand after what was done until then."""

    def __init__(self, plan: Plan, writes: int, tokens: dict[str, str]) -> None:
        self.plan = plan
        self.done = plan.day(writes - 1) + 1 if writes < plan.writes else plan.days  # days that are over
        self.facts = [fact for write in range(writes) for fact in facts(plan, write)]
        self.tokens = tokens
        self.events = [self._event(fact) for fact in self.facts if fact.time and not fact.repeats]

    def counts(self) -> dict[str, tuple[int, int, int, int]]:
        """Events, rejects, repeats and gaps of each source."""
        found = {}
        for source in SYSTEMS:
            mine = [fact for fact in self.facts if fact.source == source]
            first = {fact.shard: fact for fact in reversed(mine)}
            after = {fact.shard for fact in mine if fact.position >= RECORDS and gap(self.plan, fact.day)}
            assert set(first) >= after
            rejects = sum(fact.time is None for fact in mine)
            repeats = sum(fact.repeats and fact.time is not None for fact in mine)
            found[source] = (len(mine) - rejects - repeats, rejects, repeats, len(after))
        return {source: count for source, count in found.items() if any(count)}

    def _event(self, fact: Fact) -> dict[str, Any]:
        assert fact.time is not None
        plan, said, time = self.plan, fact.said, fact.time
        again = self._again(fact)
        wrong = fact.source == "journal" and plan.wrong[0] <= fact.day < plan.wrong[1] and self.done <= plan.wrong[1]
        if fact.source == "auth":
            action, outcome = "login", "success" if said["res"] == "OK" else "failure"
        else:
            action = ACTIONS[said["act"]][wrong]
            outcome = {"OK": "success", "Nekad": "unknown" if wrong else "failure"}[said["res"]]
        domain, _, account = said["konto"].rpartition("\\")
        person, kind, unit = holder(account, time)
        device = fact.day >= plan.grown or again
        event = {
            "event_id": f"{fact.shard}-{fact.position}-0",
            "source": fact.source,
            "system": SYSTEMS[fact.source],
            "received": fact.received,
            "time": time,
            "actor_account": account,
            "actor_domain": domain or None,
            "actor_person": person,
            "actor_kind": kind,
            "actor_unit": said.get("enhet") or unit,
            "action": action,
            "outcome": outcome,
            "proves": "attempt" if outcome == "failure" else "possible" if action in _POSSIBLE else "content",
            "purpose": said.get("syfte"),
            "object_type": None if fact.source == "auth" else "journal",
            "object_id": said.get("akt"),
            "object_path": said.get("sokvag"),
            "subject": self.tokens[said["pnr"]] if said.get("pnr") else None,
            "src_ip": said["ip"],
            "src_host": said.get("dator"),
            "device": said.get("enhetsid") if device else None,
            "target_account": said.get("mottagare"),
            "target_group": said.get("grupp"),
            "changes": [(said["falt"], said["fore"], said["efter"])] if said.get("falt") else [],
        }
        return event | asset(event, corrected=again or fact.day >= plan.corrected)

    def _again(self, fact: Fact) -> bool:
        """Whether the corrected register was applied to it afterwards: by the day of the event, in Sweden."""
        if fact.source == "auth" or self.done <= self.plan.corrected:
            return False
        assert fact.time is not None
        first, last = (FIRST + timedelta(days=day) for day in self.plan.again)
        return first <= sweden(fact.time).date() <= last


def sweden(time: datetime) -> datetime:
    """Swedish wall clock: an hour before UTC, two between 01:00 UTC of the last Sundays of March and October."""
    turns = []
    for month in (3, 10):
        last = date(time.year, month, 31)
        last -= timedelta(days=last.isoweekday() % 7)
        turns.append(datetime(last.year, last.month, last.day, 1, tzinfo=UTC))
    return (time + timedelta(hours=2 if turns[0] <= time < turns[1] else 1)).replace(tzinfo=None)


def holder(account: str, time: datetime) -> tuple[str | None, str | None, str | None]:
    """Person, kind and unit of who had an account at a time."""
    if not account.startswith("a"):
        return None, None, None
    n = int(account[1:])
    if n == 0:
        return None, "robot", None
    return (f"P{n + 500}", "staff", "U9") if n % 10 == 0 and time >= moved() else (f"P{n}", "staff", f"U{n % 12}")


def moved() -> datetime:
    """When every tenth account got another holder: midnight of a day in Sweden."""
    day = FIRST + timedelta(days=MOVED_DAY)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight - (sweden(midnight) - midnight.replace(tzinfo=None))


NO_ASSET = {"asset": None, "k": None, "r": None, "t": None, "controller": None}


def asset(event: dict[str, Any], *, corrected: bool) -> dict[str, Any]:
    """The information asset of an event's object, and its levels: by the register that was wrong, or the corrected."""
    thing = event["object_id"] or ""
    if event["system"] == "Lindan":
        name = "vardakt" if corrected and thing.startswith("A-00") else "omsorgsjournal"
    elif event["system"] == "Kvarnen" and thing.startswith("A-"):
        name = "socialakt"
    else:
        return dict(NO_ASSET)
    levels = {
        "vardakt": (3, 3, 3, "Vård- och omsorgsnämnden"),
        "omsorgsjournal": (3 if corrected else 1, 2, 2, "Vård- och omsorgsnämnden"),
        "socialakt": (2, 2, 1, "Socialnämnden" if corrected else "Kommunstyrelsen"),
    }[name]
    return {"asset": name, **dict(zip(("k", "r", "t", "controller"), levels, strict=True))}
