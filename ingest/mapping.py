"""Mappings: the SQL files that say what a source's records mean, and the connection that they run on."""

from functools import cache
from pathlib import Path

import duckdb

from ingest.decoders import DECODERS, csv
from ingest.lake import engine
from schemas.errors import MappingError, SettingsError, SqlFileError
from schemas.sqlfile import SqlFile, load_folder

FOLDER = Path(__file__).parent / "mappings"


@cache
def mappings() -> dict[str, SqlFile]:
    """Every mapping, by name. Errors: SqlFileError for a decoder that there isn't."""
    found = load_folder(FOLDER, "mapping")
    for mapping in found.values():
        for name in {*decoders(mapping), mapping.header.get("otherwise", "lines")}:
            if name not in DECODERS:
                raise SqlFileError(str(mapping.path), "decoders", f"there is no decoder {name}")
        least_columns(mapping)
    return found


def mapping(name: str) -> SqlFile:
    """The mapping NAME. Errors: SettingsError if there is none."""
    try:
        return mappings()[name]
    except KeyError:
        raise SettingsError("mapping", name, f"there is none of that name; there are {', '.join(mappings())}") from None


def decoders(mapping: SqlFile) -> tuple[str, ...]:
    """The decoders that a mapping's records may come through, in the order in which they are tried."""
    return tuple(name.strip() for name in mapping.header["decoders"].split(","))


def decoder_for(mapping: SqlFile, head: bytes, chosen: str | None = None) -> str:
    """The decoder of MAPPING for a stream that begins with HEAD.

    Errors:  SettingsError if CHOSEN is not one of the mapping's; MappingError if none of them knows the look.
    """
    names = decoders(mapping)
    if chosen is not None:
        if chosen not in names:
            raise SettingsError(mapping.name, "decoder", f"the mapping reads {', '.join(names)}")
        return chosen
    if len(names) == 1:
        return names[0]
    for name in names:
        if DECODERS[name].matches(head) and not (name == "csv" and csv.columns(head) < least_columns(mapping)):
            return name
    if "otherwise" in mapping.header:
        return mapping.header["otherwise"]
    raise MappingError(f"{mapping.name}: the file does not look like {' or '.join(names)}")


def least_columns(mapping: SqlFile) -> int:
    """How many columns a table of MAPPING's system has at least: what has fewer only looks like one.

    Errors:  SqlFileError for what is no number.
    """
    text = mapping.header.get("columns", "2")
    if not text.isdecimal():
        raise SqlFileError(str(mapping.path), "columns", "want a number")
    return int(text)


def cut_at(mapping: SqlFile, decoder: str) -> int | None:
    """How many records an export of MAPPING's system holds at most: a file of just so many was cut. None if not known.

    Shape:   header `cut: N DECODER, …`: only what comes through those decoders is an export.
    Errors:  SqlFileError for another shape.
    """
    text = mapping.header.get("cut")
    if text is None:
        return None
    number, _, names = text.partition(" ")
    known = [name.strip() for name in names.split(",")]
    if not number.isdecimal() or not set(known) <= set(decoders(mapping)):
        raise SqlFileError(str(mapping.path), "cut", "want `N DECODER, …` with decoders of the mapping")
    return int(number) if decoder in known else None


def connect(
    memory_bytes: int = 512 << 20, threads: int | None = None, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection for normalising: UTC, bounded memory, the shared macros, no reach outside the process but SPILL."""
    connection = engine(spill, memory_limit=f"{memory_bytes}B")
    if threads:
        connection.execute(f"SET threads = {threads}")
    # in_clause makes a join of IN with five words or more, and a mapping has a hundred of them. The other two may turn
    # a join round, as a batch doesn't say how long it is: then it is the batch that is kept, and it loses its order.
    connection.execute("SET disabled_optimizers = 'in_clause,join_order,build_side_probe_side'")
    connection.execute((FOLDER / "macros.sql").read_text(encoding="utf-8"))
    return connection
