"""What is known beside the events: of a person, account, object, system or asset, as of then and with history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.answer import Answer
from analytics.question import SWEDEN
from dashboards.cells import cell, heading
from dashboards.web import links, naming
from dashboards.web.render import say
from dashboards.web.rows import Cell, Rows, rows
from schemas.terms import term

_ALWAYS = 1700  # a year before which "valid from" means: as long as anybody knows
_MOST = 200  # rows of a table of facts
_MOST_NAMES = 20  # of a file that is logged under several


@dataclass(frozen=True, slots=True)
class Facts:
    """LINES: a column, and the values beside it; TABLES: the key of a heading, and rows. `known`: there is anything.

    ALSO: the other names that the same file is logged under; BY_PLACE: it is called here by its place on the server.
    """

    lines: tuple[tuple[str, tuple[Cell, ...]], ...] = ()
    tables: tuple[tuple[str, Rows], ...] = ()
    known: bool = False
    also: tuple[Cell, ...] = ()
    by_place: bool = False


Tables = naming.Tables
_Line = tuple[str, tuple[Cell, ...]]


def of_person(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """The row of the staff directory in force at WHEN, all rows if there are more, and the accounts."""
    person = key["actor_person"]
    held, accounts = _of(tables["people"], "person", person), _of(tables["accounts"], "person", person)
    now = in_force(held, when)
    lines: list[_Line] = []
    if now:
        manager = now["manager"]
        lines = [
            ("name", (_said("name", now["name"]),)),
            ("role", (_said("role", now["role"]),)),
            ("unit", (_said("unit", unit(tables, now["unit"], when)),)),
            ("manager", (_person(tables, manager),) if manager else ()),
            ("actor_kind", (_said("actor_kind", now["kind"], language),)),
            ("employer", (_said("employer", now["employer"]),)),
            ("employed_from", (_day(now["employed_from"]),)),
            ("employed_to", (_day(now["employed_to"]),)),
        ]
    columns = ["name", "role", "unit", "employer", "valid_from", "valid_to"]
    history = [("known.directory", _listed(tables, held, columns, language))] if len(held) > 1 else []
    own = _listed(tables, accounts, ["account", "unit", "role", "valid_from", "valid_to"], language)
    return _facts(lines, [*history, ("known.accounts", own)], known=bool(len(held) or len(accounts)))


def of_account(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """Who holds the account, and when: an account may change hands, and then each had it in the own time."""
    held = _holders(tables, key["actor_account"])
    now = in_force(held, when)
    lines: list[_Line] = []
    if now:
        holder = (_person(tables, now["person"]),) if now["person"] else ()
        lines = [
            ("person", holder),
            ("actor_kind", (_said("actor_kind", now["kind"], language),)),
            ("role", (_said("role", now["role"]),)),
            ("unit", (_said("unit", unit(tables, now["unit"], when)),)),
        ]
    columns = ["person", "kind", "unit", "role", "valid_from", "valid_to"]
    return _facts(lines, [("known.holders", _listed(tables, held, columns, language))], known=len(held) > 0)


def holder(tables: Tables, account: str) -> str | None:
    """Who has ACCOUNT today, by the staff directory; None for nobody, or nobody any longer."""
    now = at(_holders(tables, account), datetime.now(UTC))
    return now["person"][0].as_py() if len(now) else None


def _holders(tables: Tables, account: str) -> pa.Table:
    accounts = tables["accounts"]
    return accounts.filter(pc.equal(pc.utf8_lower(accounts["account"]), account.lower()))


def of_subject(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """Which objects are about the person, and who has an assignment there. Nothing else of a person is told here."""
    del when  # all periods are listed
    subject = key["subject"]
    things, given = _of(tables["object_subject"], "subject", subject), _of(tables["assignments"], "subject", subject)
    known = bool(len(things) or len(given) or len(_of(tables["subjects"], "subject", subject)))
    return _facts(
        [("subject", (Cell(subject),))],
        [
            (
                "known.objects",
                _listed(tables, things, ["system", "object_type", "object_id", "valid_from", "valid_to"], language),
            ),
            ("known.assigned", _assigned(tables, given, language)),
        ],
        known=known,
    )


def with_classes(
    known: Facts, tables: Tables, assets: Sequence[str | None], when: datetime, language: str, *, one: bool
) -> Facts:
    """KNOWN with the classification of the ASSETS that the page's events belong to.

    ONE: the page is about a single thing, whose own classification stands among the lines if it is in one asset.
    """
    found = classes(tables, assets, when, language)
    lines = known.lines
    if one and len(set(assets)) == 1 and assets[0]:
        now = in_force(_of(tables["assets"], "asset", assets[0]), when)
        called = naming.text(tables, "asset", assets[0]) or assets[0]
        lines += (("asset", (Cell(called, links.page("asset", {"asset": assets[0]})),)),)
        lines += tuple(
            (name, (_said(name, now[name], language),)) for name in _LEVELS if now and now[name] not in (None, [])
        )
        found = found[1:]
    tables_of = tuple((key, rows_of) for key, rows_of in found if len(rows_of))
    return replace(known, lines=lines, tables=(*known.tables, *tables_of))


_LEVELS = ("k", "r", "t", "s", "controller")


def of_object(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """Whom the object is about, and who has an assignment on it."""
    del when
    lines: list[_Line] = [
        (name, (Cell(cell(name, key[name]), links.page(name, key) if name == "system" else None),))
        for name in ("system", "object_type", "object_id", "object_path")
        if name in key
    ]
    if "object_id" not in key:
        return _facts(lines, [])
    here = [_of(_of(tables[name], "system", key["system"]), "object_id", key["object_id"]) for name in _ON_THINGS]
    about, given = here
    return _facts(
        lines,
        [
            ("known.about", _listed(tables, about, ["subject", "valid_from", "valid_to"], language)),
            ("known.assigned", _assigned(tables, given, language)),
        ],
        known=bool(len(about) or len(given)),
    )


_ON_THINGS = ("object_subject", "assignments")


def with_other_names(known: Facts, key: Mapping[str, str], told: Answer, language: str) -> Facts:
    """KNOWN with what else KEY's file is called by the records that TOLD (who_accessed_object) rests on.

    A file on a share has the share's name for an id and its place on the server as path, by which other records of it
    know it (as persons_affected counts). Of anything else a path is no name: many documents may lie at one.
    """
    pairs = told.rows.select(["object_id", "object_path"]).group_by(["object_id", "object_path"]).aggregate([])
    files = pairs.filter(pc.starts_with(pairs["object_id"], "\\\\")).to_pylist()
    spelt = {(name, row[name]) for row in files for name in row if row["object_path"]}
    this = key.get("object_id") or key["object_path"]
    names = sorted((text, name) for name, text in spelt if text != this)
    # Without the kind, which the records of a share and of its folder tell otherwise.
    also = [Cell(text, links.page(name, {"system": key["system"], name: text})) for text, name in names[:_MOST_NAMES]]
    if also and (told.more or len(names) > _MOST_NAMES):
        also.append(Cell(say(language, "facts.also.more")))
    return replace(known, also=tuple(also), by_place="object_id" not in key, known=known.known or bool(also))


def of_address(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """The address alone: who had it is what the events tell."""
    del tables, when, language
    return _facts([("src_ip", (Cell(cell("src_ip", key["src_ip"])),))], [])


def of_system(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """What its sources declare that they log, and the assets that lie in it."""
    sources, assets = _of(tables["sources"], "system", key["system"]), tables["assets"]
    inside = assets.filter(pc.is_in(assets["asset"], in_system(assets, key["system"])))
    logged = sorted({action for logs in sources["logs"].to_pylist() for action in logs or ()})
    lines: list[_Line] = [
        ("system", (_said("system", key["system"]),)),
        ("logs", (_said("logs", logged, language),) if logged else ()),
    ]
    return _facts(
        lines,
        [
            ("known.sources", _listed(tables, sources, ["source", "logs", "silent_after_s", "keep"], language)),
            *classes(tables, pc.unique(inside["asset"]).to_pylist(), when, language),
        ],
        known=bool(len(sources) or len(inside)),
    )


def classes(tables: Tables, assets: Sequence[str | None], when: datetime, language: str) -> list[tuple[str, Rows]]:
    """How ASSETS are classified at WHEN, the highest level first, and, if that has ever been otherwise, how it was."""
    every = tables["assets"]
    held = every.filter(pc.is_in(every["asset"], pa.array([each for each in assets if each], pa.string())))
    current = at(held, when).sort_by([("k", "descending"), ("asset", "ascending")])
    now = _listed(tables, current.drop_columns(["valid_from"]), ["asset", "k", "r", "t", "s", "controller"], language)
    columns = ["asset", "k", "r", "t", "s", "controller", "reason", "valid_from", "valid_to"]
    changed = _listed(tables, held, columns, language) if len(held) > len(current) else Rows((), ())
    return [("known.levels", now), ("known.classes", changed)]


def of_asset(tables: Tables, key: Mapping[str, str], when: datetime, language: str) -> Facts:
    """The register's row in force at WHEN, its earlier and later classes, its rules, and what its systems log."""
    held = _of(tables["assets"], "asset", key["asset"])
    now = in_force(held, when)
    lines: list[_Line] = []
    if now:
        lines = [(name, (_said(name, now[name], language),)) for name in _ASSET if now[name] not in (None, [])]
        inside = [Cell(cell("system", each), links.page("system", {"system": each})) for each in now["systems"] or ()]
        kind = now["personal_data"]
        lines += [
            ("systems", tuple(inside)),
            ("personal_data", (Cell(term(f"personal_data.{kind}", language)),) if kind else ()),
            ("next_review", (_day(now["next_review"]),)),
        ]
    sources = tables["sources"]
    within = sources.filter(pc.is_in(sources["system"], pa.array((now or {}).get("systems") or [], pa.string())))
    return _facts(
        lines,
        [
            (
                "known.classes",
                _listed(tables, held, ["k", "r", "t", "s", "controller", "reason", "valid_from", "valid_to"], language),
            ),
            ("known.logged", _listed(tables, within, ["system", "source", "logs"], language)),
            (
                "known.rules",
                _listed(
                    tables,
                    _of(tables["asset_rules"], "asset", key["asset"]),
                    ["system", "object_type", "pattern"],
                    language,
                ),
            ),
        ],
        known=len(held) > 0,
    )


_ASSET = (
    *("name", "controller", "k", "r", "t", "s", "information_owner", "system_owner", "systems_manager", "lagrum"),
    *("process", "reason", "keep"),
)


def unit(tables: Tables, ident: str | None, when: datetime) -> str | None:
    """The unit's name beside its id, where the directory knows it."""
    if ident is None:
        return None
    now = in_force(_of(tables["units"], "unit", ident), when)
    return f"{now['name']} ({ident})" if now and now["name"] else ident


def in_force(found: pa.Table, when: datetime) -> Mapping[str, Any] | None:
    """The row of FOUND at WHEN; else the latest one."""
    current = at(found, when)
    picked = (current if len(current) else found).sort_by("valid_from")
    return picked.slice(len(picked) - 1).to_pylist()[0] if len(picked) else None


def at(found: pa.Table, when: datetime) -> pa.Table:
    """The rows of FOUND that hold at WHEN."""
    instant = pa.scalar(when.astimezone(UTC), found.schema.field("valid_from").type)
    begun = pc.less_equal(found["valid_from"], instant)
    open_still = pc.fill_null(pc.greater(found["valid_to"], instant), fill_value=True)
    return found.filter(pc.and_(begun, open_still))


def _of(found: pa.Table, column: str, value: str) -> pa.Table:
    return found.filter(pc.equal(found[column], value))


def in_system(assets: pa.Table, system: str) -> pa.Array:
    """The ids of assets that lie in SYSTEM."""
    flat = pa.table(
        {
            "asset": assets["asset"].take(pc.list_parent_indices(assets["systems"])),
            "system": pc.list_flatten(assets["systems"]),
        }
    )
    return pc.unique(_of(flat, "system", system)["asset"])


def _assigned(tables: Tables, given: pa.Table, language: str) -> Rows:
    columns = ["system", "object_id", "person", "unit", "role", "valid_from", "valid_to"]
    listed = _listed(tables, given, columns, language)
    # An assignment's role is what one is to the person or object (or that it is the unit's), no position.
    position, as_what = heading("role", language), say(language, "known.as_what")
    return replace(listed, headings=tuple(as_what if each == position else each for each in listed.headings))


def _listed(tables: Tables, found: pa.Table, columns: list[str], language: str) -> Rows:
    """FOUND's COLUMNS, the latest first; a beginning before anybody's memory is left empty, kinds are spelt out."""
    shown = found.sort_by([("valid_from", "descending")]) if "valid_from" in found.column_names else found
    more, shown = len(shown) > _MOST, shown.slice(0, _MOST).select(columns)
    if "valid_from" in columns:
        never = pc.less(pc.year(shown["valid_from"]), _ALWAYS)
        cleared = pc.if_else(never, pa.scalar(None, shown.schema.field("valid_from").type), shown["valid_from"])
        shown = shown.set_column(columns.index("valid_from"), "valid_from", cleared)
    # The directory's kind of a person or account has its words in the glossary as the events' own column.
    shown = shown.rename_columns(["actor_kind" if name == "kind" else name for name in columns])
    return rows(shown, language, more=more, tables=tables)


def _facts(lines: Sequence[_Line], tables: Sequence[tuple[str, Rows]], *, known: bool = False) -> Facts:
    """Without what holds nothing."""
    filled = tuple((name, cells) for name, cells in lines if any(each.text for each in cells))
    return Facts(filled, tuple((key, found) for key, found in tables if len(found)), known)


def _said(column: str, value: Any, language: str = "sv") -> Cell:
    return Cell(cell(column, value, language))


def _day(value: datetime | None) -> Cell:
    return Cell(value.astimezone(SWEDEN).date().isoformat() if value else "")


def _person(tables: Tables, person: str) -> Cell:
    return Cell(naming.with_id(naming.name(tables, "person", person), person), links.page("person", {"person": person}))
