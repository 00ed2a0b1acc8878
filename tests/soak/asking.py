"""Questions with parameters drawn from the truth, answered twice: by the lake, and by brute force."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import analytics
from analytics.question import area, questions
from schemas.settings import Settings
from tests.soak import town
from tests.soak.brute import ANSWERS, Known
from tests.soak.facts import SYSTEMS, Plan, Truth

# Parameters that are always given, where a question has them.
_NEEDED = frozenset({"object_id", "subject", "address", "at", "now"})
_NEEDED_BY = {"first_time_access": {"start"}, "what_changed": {"start", "stop"}, "what_did_person_do": {"person"}}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its parameters."""

    name: str
    given: dict[str, Any]


def known(truth: Truth, *, corrected: bool) -> Known:
    """What brute force goes by."""
    logs = {"journal": ("read", "update", "export"), "auth": ("login",), "pull": ()}
    return Known(
        truth.events,
        town.held_accounts(),
        town.assets(corrected=corrected),
        [
            {
                "system": row["system"],
                "object_id": row["object_id"],
                "subject": truth.tokens[row["number"]],
                "until": datetime.fromisoformat(row["until"]) if row["until"] else datetime.max.replace(tzinfo=UTC),
            }
            for row in town.things_about()
        ],
        [{"source": name, "system": system, "logs": logs[name]} for name, system in SYSTEMS.items()],
    )


# Questions of the pages: their cases, and what narrows them, are held elsewhere. A new question is not among them.
UNTRIED = frozenset(
    {
        *("activity", "activity_about", "actors", "address_sessions", "coverage_by_share", "dormant_duties", "events"),
        *("events_about", "events_in_share", "find", "find_within", "leaver_accounts", "made_names"),
        *("needing_explanation", "persons_affected", "rights_given", "spelt_alike", "touched", "touched_before"),
        *("unread_assets", "usual_work", "who_else", "without_event", "wrong_clocks"),
    }
)


def drawn(truth: Truth, plan: Plan, rounds: int, seed: str) -> Iterator[Asked]:
    """Every question about events, ROUNDS times, with parameters that most often find something.

    Those of the area `detection` ask what runs have made, and no run judges this lake. UNTRIED have no brute force yet.
    """
    rng = random.Random(seed)
    for file in questions().values():
        if area(file) == "detection" or file.name in UNTRIED:
            continue
        for turn in range(rounds):
            values = _values(rng, truth, plan)
            names = [param.name for param in file.params if param.name in values]
            needed = _NEEDED | _NEEDED_BY.get(file.name, set())
            lists = [param.name for param in file.params if param.type == "TEXT[]"]
            kept = {name: values[name] for name in names if name in needed or rng.random() < 0.4 * (turn > 0)}
            if lists and not any(name in kept for name in lists):
                kept[lists[0]] = values[lists[0]]
            if "start" in kept and "stop" in kept and kept["start"] >= kept["stop"]:
                kept["start"], kept["stop"] = kept["stop"], kept["start"]
            yield Asked(file.name, kept)


def answered(asked: Asked, root: Path, config: Settings) -> tuple[list[tuple[Any, ...]], float]:
    """The lake's rows, and the seconds that they took."""
    began = time.perf_counter()
    answer = analytics.ask(asked.name, lake=root, config=config, purpose="prov", **asked.given)
    took = time.perf_counter() - began
    columns = [answer.rows[name].to_pylist() for name in answer.rows.column_names]
    return [tuple(_plain(value) for value in row) for row in zip(*columns, strict=True)], took


def differs(asked: Asked, rows: list[tuple[Any, ...]], truth: Known) -> str:
    """What the lake's ROWS say otherwise than brute force; empty = nothing."""
    wanted, got = (sorted(map(repr, these)) for these in (ANSWERS[asked.name](truth, asked.given), rows))
    if wanted == got:
        return ""
    missing, more = sorted(set(wanted) - set(got)), sorted(set(got) - set(wanted))
    lines = [f"{asked.name} {asked.given}: {len(got)} rows, want {len(wanted)}"]
    return "\n".join([*lines, *(f"  missing {row}" for row in missing[:3]), *(f"  more    {row}" for row in more[:3])])


def _values(rng: random.Random, truth: Truth, plan: Plan) -> dict[str, Any]:
    event, other = rng.choice(truth.events), rng.choice(truth.events)
    thing = rng.choice([one for one in truth.events if one["object_id"]][-2000:])
    about = rng.choice([one for one in truth.events if one["subject"]] or truth.events)
    return {
        "start": event["time"],
        "stop": min(
            event["time"] + timedelta(days=rng.choice((1, 7, 30, plan.days))), other["time"] + timedelta(days=40)
        ),
        "system": rng.choice(list(SYSTEMS.values())),
        "object_id": rng.choice((thing["object_id"], thing["object_path"] or thing["object_id"])),
        "subject": about["subject"],
        "person": rng.choice(
            (event["actor_account"], event["actor_person"] or "P10", other["target_account"] or "a010")
        ),
        "actors": [event["actor_account"], other["actor_person"] or "P20"],
        "objects": [thing["object_id"], f"/arkiv/{rng.randrange(7)}/{rng.randrange(900)}.pdf"],
        "subjects": [about["subject"]],
        "address": event["src_ip"],
        "at": event["time"] + timedelta(minutes=rng.randrange(-90, 90)),
        "within_h": rng.choice((1, 12, 48)),
        "level": rng.randrange(4),
        "unit": f"U{rng.randrange(12)}",
        "from_hour": rng.randrange(5, 9),
        "to_hour": rng.randrange(15, 20),
        "at_least": rng.randrange(1, 4),
        "asset": rng.choice(("omsorgsjournal", "socialakt", "vardakt")),
        "controller": rng.choice(("Socialnämnden", "Kommunstyrelsen")),
        "now": truth.facts[-1].received + timedelta(hours=rng.randrange(6)),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return tuple(value) if isinstance(value, list) else value
