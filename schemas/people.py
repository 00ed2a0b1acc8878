"""The staff directory: people, their accounts and units, from CSV, each row with its period."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import SettingsError
from schemas.settings import PeopleSettings
from schemas.tablefile import hold_apart, read
from schemas.tables import ACCOUNTS, PEOPLE, UNITS, Table


@dataclass(frozen=True, slots=True)
class Directory:
    """People, accounts and units (schemas.tables), and a short hash of the files that they came from."""

    people: pa.Table = field(default_factory=PEOPLE.schema.empty_table)
    accounts: pa.Table = field(default_factory=ACCOUNTS.schema.empty_table)
    units: pa.Table = field(default_factory=UNITS.schema.empty_table)
    domains: tuple[str, ...] = ()
    version: str = ""


def load(settings: PeopleSettings) -> Directory:
    """Read the directory that SETTINGS name; tables that they don't name are empty.

    Errors:  SettingsError with file, row and column; an account (however its case is spelt) or a person with two rows
             at one time is refused, and so is an account of a person who isn't there.
    """
    files = {
        table: _files(settings.folder, table, paths)
        for table, paths in ((PEOPLE, settings.people), (ACCOUNTS, settings.accounts), (UNITS, settings.units))
    }
    rows = {table: _read(table, paths) for table, paths in files.items()}
    _hold_persons(rows[ACCOUNTS], rows[PEOPLE], files[ACCOUNTS])
    digest = hashlib.sha256(repr(settings.domains).encode())
    for path in (path for paths in files.values() for path in paths):
        digest.update(path.read_bytes())
    version = digest.hexdigest()[:8] if any(files.values()) else ""
    people = rows[PEOPLE]
    kinds = pc.fill_null(people["kind"], "staff")
    people = people.set_column(people.column_names.index("kind"), people.schema.field("kind"), kinds)
    return Directory(people, rows[ACCOUNTS], rows[UNITS], settings.domains, version)


def _files(folder: Path | None, table: Table, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    if folder is None:
        return paths
    if not folder.is_dir():
        raise SettingsError(str(folder), "folder", "is no folder")
    standard = folder / f"{table.name}.csv"
    return (standard, *paths) if standard.exists() else paths


def _read(table: Table, paths: tuple[Path, ...]) -> pa.Table:
    """All files of one table, together; no key may have two rows at one time, within a file or between two."""
    parts = [read(table, path) for path in paths]
    if not parts:
        return table.schema.empty_table()
    places = [f"{path} row {row + 2}" for path, part in zip(paths, parts, strict=True) for row in range(len(part))]
    rows = pa.concat_tables(parts)
    for key in table.unique:
        hold_apart(rows, key, str.casefold, places.__getitem__)
    return rows


def _hold_persons(accounts: pa.Table, people: pa.Table, paths: tuple[Path, ...]) -> None:
    if not len(people):
        return  # accounts alone are a directory too
    wrong = pc.and_(pc.is_valid(accounts["person"]), pc.invert(pc.is_in(accounts["person"], people["person"])))
    if pc.any(wrong).as_py():
        row = pc.index(wrong, True).as_py()
        place = f"{paths[0]} row {row + 2}" if len(paths) == 1 else "accounts"
        raise SettingsError(place, "person", "is not among the people")
