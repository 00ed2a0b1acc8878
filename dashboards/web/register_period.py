"""How a level is changed from a day on: the old period ends where the new one begins, and the history stays."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from analytics.question import SWEDEN
from analytics.register_change import LEVELS, Proposal
from schemas.tables import ALWAYS


def suggested(found: Proposal, assets: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[tuple[str, str]]:
    """The name of each asset whose level FOUND would change for a period that holds NOW and began before today.

    And what the file may hold instead, in its own form: the levels as they were until today, and as they are from then.
    ASSETS are the register's rows now.
    """
    today = now.astimezone(SWEDEN).date().isoformat()
    held = {(row["asset"], row["valid_from"]): row for row in assets}
    for each in found.changes:
        if (each.part, each.change) != ("period", "changed") or all(each.before[k] == each.after[k] for k in LEVELS):
            continue
        row = held.get((each.asset, each.valid_from))  # none where somebody else has changed the register since
        until = [edge for edge in (each.valid_to, row["valid_to"] if row else None) if edge is not None]
        if row and all(now < edge for edge in until) and _day(row["valid_from"]) < today:
            levels = {k: each.after[k] for k in LEVELS}
            yield row["name"], _FORMS.get(found.path.suffix, _csv)(each.asset, row, levels, today)


def _day(value: datetime) -> str:
    """A period's edge as a file has it: the day, where it is midnight in Sweden."""
    local = value.astimezone(SWEDEN) if value != ALWAYS else value
    return local.date().isoformat() if local.time().isoformat() == "00:00:00" else local.isoformat()


def _periods(row: Mapping[str, Any], levels: Mapping[str, Any], today: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keys of the period from TODAY on, and of the one before."""
    later = {name: levels[name] for name in LEVELS if levels[name] is not None} | {"valid_from": today}
    before = {name: row[name] for name in (*LEVELS, "reason") if row[name] is not None}
    before |= {"valid_from": _day(row["valid_from"])} if row["valid_from"] != ALWAYS else {}
    return later, before | {"valid_to": today}


def _toml(asset: str, row: Mapping[str, Any], levels: Mapping[str, Any], today: str) -> str:
    later, before = _periods(row, levels, today)
    parts = [("[[asset]]", {"asset": asset, **later}), ("[[asset.history]]", before)]
    # A text of JSON is one of TOML.
    return "\n\n".join(
        "\n".join([head, *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())])
        for head, keys in parts
    )


def _json(asset: str, row: Mapping[str, Any], levels: Mapping[str, Any], today: str) -> str:
    later, before = _periods(row, levels, today)
    return json.dumps({"asset": asset, **later, "history": [before]}, ensure_ascii=False, indent=2)


def _csv(asset: str, row: Mapping[str, Any], levels: Mapping[str, Any], today: str) -> str:
    later, before = _periods(row, levels, today)
    text = io.StringIO()
    columns = ("asset", *LEVELS, "reason", "valid_from", "valid_to")
    written = csv.DictWriter(text, columns, restval="", delimiter=";", lineterminator="\n")
    written.writeheader()
    written.writerows({"asset": asset, **each} for each in (before, later))
    return text.getvalue().strip()


_FORMS = {".toml": _toml, ".json": _json}  # any other is read as CSV
