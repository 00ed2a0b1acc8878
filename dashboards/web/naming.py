"""What ids are called: persons, units and assets as the directory and the register name them today."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dashboards.cells import printable
from schemas.tables import TABLES

Tables = Mapping[str, pa.Table]
# The table that names a column's ids, and its column of them.
_NAMED = {
    **dict.fromkeys(("person", "actor_person", "manager", "given_by", "taken_by"), ("people", "person")),
    **dict.fromkeys(("unit", "actor_unit", "from_unit", "to_unit"), ("units", "unit")),
    "asset": ("assets", "asset"),
}
_LISTS = {"assets": "asset"}  # columns that hold several ids of another column's kind


def names(column: str) -> bool:
    """Whether the ids of COLUMN have names."""
    return column in _NAMED


def called(tables: Tables, column: str, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of IDS, which are of COLUMN: of each the latest that holds already, else the first to come."""
    name, key = _NAMED[column]
    known = tables.get(name, TABLES[name].schema.empty_table())
    wanted = pa.array(sorted({each for each in ids if each}), pa.string())
    found = known.filter(pc.and_(pc.is_in(known[key], wanted), pc.is_valid(known["name"])))
    begun = pc.less_equal(found["valid_from"], pa.scalar(datetime.now(UTC), found.schema.field("valid_from").type))
    # The last of a key stays: what is to come, the latest first, then what holds or held, the latest last.
    later = found.filter(pc.invert(begun)).sort_by([("valid_from", "descending")])
    rows = pa.concat_tables([later, found.filter(begun).sort_by("valid_from")]).select([key, "name"])
    return dict(zip(rows[key].to_pylist(), rows["name"].to_pylist(), strict=True))


def name(tables: Tables, column: str, ident: str | None) -> str | None:
    """The name of IDENT; None if nothing names it."""
    return called(tables, column, [ident]).get(ident or "")


def with_id(known: str | None, ident: str) -> str:
    """A person's name with the id beside, which tells two of one name apart."""
    return printable(f"{known} ({ident})" if known and known != ident else ident)


def texts(found: pa.Table, tables: Tables, *, ids: bool = False) -> dict[str, list[str | None]]:
    """How FOUND's ids are written in a table, a list for each column that holds any: None where it stays the id.

    A person is written with name and id, all else by its name alone, since what it leads to has the id; with IDS all
    have them, where nothing leads anywhere.
    """
    written: dict[str, list[str | None]] = {}
    for column in _NAMED.keys() & set(found.column_names):
        held = found[column].to_pylist()
        known = called(tables, column, held)
        written[column] = [_text(column, each, known.get(each), ids=ids) for each in held]
    for column in _LISTS.keys() & set(found.column_names):
        lists, of = found[column].to_pylist(), _LISTS[column]
        known = called(tables, of, (each for held in lists for each in held or ()))
        written[column] = [_joined(of, held, known, ids=ids) for held in lists]
    return written


def text(tables: Tables, column: str, ident: Any) -> str | None:
    """As `texts`, of one value."""
    return _text(column, ident, name(tables, column, ident)) if column in _NAMED and isinstance(ident, str) else None


def _text(column: str, ident: str | None, known: str | None, *, ids: bool = False) -> str | None:
    if ident is None or known is None:
        return None
    return with_id(known, ident) if ids or _NAMED[column][0] == "people" else printable(known)


def _joined(column: str, held: list[str] | None, known: Mapping[str, str], *, ids: bool) -> str | None:
    """Several ids as one text; None where nothing names any of them."""
    if not any(each in known for each in held or ()):
        return None
    return ", ".join(_text(column, each, known.get(each), ids=ids) or printable(each) for each in held or ())


def staff(tables: Tables, persons: Iterable[str | None], units: Iterable[str | None]) -> dict[str, dict[str, str]]:
    """The names of PERSONS and UNITS today, as far as the staff directory knows them."""
    return {"persons": called(tables, "person", persons), "units": called(tables, "unit", units)}
