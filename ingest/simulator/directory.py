"""What sparhund is told about Åviken: settings, asset register, staff directory and context tables."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ingest.simulator import context
from ingest.simulator.catalogue import LOGS, Log
from ingest.simulator.context import ALWAYS, Facts, day_text
from ingest.simulator.damage import SPOILT, spoilt
from ingest.simulator.objects import World
from ingest.simulator.population import CONTROLLERS, DOMAIN, HSA
from ingest.simulator.rota import Calendar

_REGISTER = Path(__file__).with_name("register.toml")

DECISION = "KS 2026/17 (påhittat)"  # that the staff's relations may be used
_SETTINGS = """\
# Made by `sparhund simulate`: Åvikens kommun does not exist, and nobody in it.

[lake]
root = "lake"

[register]
assets = ["register.toml"]

[people]
folder = "people"

[context]
folder = "context"

[keep.vard]
namnd = "Vård- och omsorgsnämnden"
minimum_days = 1825
maximum_days = 3650
reference = "HSLF-FS 2016:40; dokumenthanteringsplan VON"

[keep.socialtjanst]
namnd = "Socialnämnden"
minimum_days = 1825
maximum_days = 3650
reference = "dokumenthanteringsplan SN"

"""


def write(
    out: Path,
    calendar: Calendar,
    world: World,
    facts: Facts,
    *,
    logs: Sequence[Log] = LOGS,
    damage: float = 0.0,
    decision: str = DECISION,
) -> None:
    """Write all of it below OUT.

    A share DAMAGE of what the rota, the assignments and the contacts say is not so. DECISION is the reference of the
    one that allows to use the staff's private relations; empty = there is none.
    """
    for folder in ("people", "context", "logs", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    detection = f"[detection]\nrelations_decision = {_toml(decision)}\n\n" if decision else ""
    sources = "\n".join(_source(log) for log in logs)
    (out / "settings.toml").write_text(_SETTINGS + detection + sources, encoding="utf-8")
    (out / "register.toml").write_bytes(_REGISTER.read_bytes())
    _people(out / "people", calendar)
    _csv(
        out / "people" / "units.csv",
        ("unit", "name", "parent", "controller", "manager", "area", "aliases", "valid_from", "valid_to"),
        _units(calendar),
    )
    for name, (header, rows) in context.tables(calendar, world, facts).items():
        told = spoilt(calendar, name, header, rows, damage) if damage and name in SPOILT else (header, rows)
        _csv(out / "context" / f"{name}.csv", *told)


def _source(log: Log) -> str:
    lines = [
        f"[sources.{log.name}]",
        f'mapping = "{log.mapping}"',
        f'system = "{log.system}"',
        f'paths = ["logs/{log.name}/*"]',
        f'keep = "{log.keep}"',
    ]
    if log.zone:
        lines.append(f'zone = "{log.zone}"')
    if log.silent_after_s:
        lines.append(f"silent_after_s = {log.silent_after_s}")
    lines.append(f"logs = {_toml(list(log.logs))}")
    for name, table in (("framing", log.framing), ("params", log.params), ("objects", log.objects)):
        if table:
            lines += [f"[sources.{log.name}.{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value).lower()


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _people(folder: Path, calendar: Calendar) -> None:
    people = calendar.population.people
    first = [day_text(calendar, int(day)) for day in people.starts[: people.count]]
    last = [day_text(calendar, int(day)) if day <= calendar.days else "" for day in people.stops[: people.count]]
    _csv(
        folder / "people.csv",
        (
            "person",
            "name",
            "unit",
            "manager",
            "role",
            "kind",
            "employer",
            "employed_from",
            "employed_to",
            "valid_from",
            "valid_to",
        ),
        (
            (
                *(people.person[who], f"{people.given[who]} {people.family[who]}", code),
                people.person[people.manager[who]] if people.manager[who] != who else "",
                *(people.role[who], people.kind[who], people.employer[who], first[who], last[who], *period),
            )
            for who in range(people.count)
            for code, period in _posts(calendar, who)
        ),
    )
    _csv(
        folder / "accounts.csv",
        ("account", "person", "unit", "role", "kind", "valid_from", "valid_to"),
        (
            (account, people.person[who], *used)
            for who in range(len(people))
            for used in (
                [("", "", "", ALWAYS, "")]
                if who < people.count
                else [
                    (code, people.role[who], people.kind[who], *period)
                    for code, _, period in context.spans(calendar, int(people.unit[who]))
                ]
            )
            for account in (
                f"{DOMAIN}\\{people.sam[who]}",
                people.sam[who],
                people.upn[who],
                people.sid[who],
                people.hsa[who],
            )
        ),
    )


def _posts(calendar: Calendar, who: int) -> Iterable[tuple[str, tuple[str, str]]]:
    """The codes of the units in which WHO has her post, each with its period."""
    days = {0}
    if calendar.seasons is not None:
        days |= {int(calendar.seasons.moved_on[who])}
        units = {int(calendar.population.people.unit[who]), int(calendar.seasons.moved_to[who])}
        days |= {day for unit in units if (day := calendar.renamed_on(unit)) is not None}
    cuts = sorted(day for day in days if day < calendar.days)
    posts = [(calendar.name_on(int(calendar.unit_on(day)[who]), day)[0], day) for day in cuts]
    kept = [post for place, post in enumerate(posts) if not place or post[0] != posts[place - 1][0]]
    for place, (code, day) in enumerate(kept):
        yield (
            code,
            (
                day_text(calendar, day) if place else ALWAYS,
                day_text(calendar, kept[place + 1][1]) if place + 1 < len(kept) else "",
            ),
        )


def _units(calendar: Calendar) -> Iterable[tuple[Any, ...]]:
    units, people = calendar.population.units, calendar.population.people
    seen = set()
    for unit in range(len(units)):
        parent = units.parent[unit]
        for code, name, period in context.spans(calendar, unit):
            if (code, period) in seen:
                continue  # another unit became the same one
            seen.add((code, period))
            yield (
                *(code, name, units.code[parent] if parent >= 0 else ""),
                *(
                    CONTROLLERS[units.controller[unit]],
                    people.person[units.manager[unit]],
                    units.area[unit] if units.area[unit] >= 0 else "",
                    f"{HSA}-{code}",
                    *period,
                ),
            )
