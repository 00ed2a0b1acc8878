"""What is known beside the records: register, people, context and the key of the tokens; read once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from ingest import classify, identity, people, plans, units
from ingest.lake import engine
from schemas import context as context_tables
from schemas import people as directory_tables
from schemas import register as register_tables
from schemas.people import Directory
from schemas.register import Register
from schemas.settings import Settings
from schemas.tables import TABLES


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Pieces of the normalising statement: steps between `judged` and `known`, joins of `known AS e`, column → SQL."""

    steps: str
    joins: str
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Asset register, staff directory and key, as `normalise` uses them. Empty: no event gets a person or an asset."""

    register: Register = field(default_factory=Register)
    people: Directory = field(default_factory=Directory)
    key: identity.Key | None = None
    segments: pa.Table = field(init=False)
    units: pa.Table = field(init=False)
    levels: pa.Table = field(init=False)
    mark: str = field(init=False, default_factory=lambda: secrets.token_hex(8))  # tells connections that were prepared

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", people.segments(self.people))
        object.__setattr__(self, "units", units.segments(self.people))
        object.__setattr__(self, "levels", classify.levels(self.register))

    @property
    def version(self) -> str:
        """The versions of register and people, as `rules_version` carries them."""
        named = (("register", self.register.version), ("people", self.people.version))
        return " ".join(f"{name}={version}" for name, version in named if version)

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give CONNECTION the tables of segments and levels, and the macros of `ingest.identity`, if it hasn't them.

        Tables of DuckDB's own would cost: a statement over one is planned anew each time (measured: 100 ms).
        """
        [(mark,)] = connection.execute("SELECT getvariable('sparhund_knowledge')").fetchall()
        if mark == self.mark:
            return
        plans.forget(connection)
        identity.prepare(connection, self.key)
        for name, rows in (
            ("account_segments", self.segments),
            ("unit_segments", self.units),
            ("asset_levels", self.levels),
        ):
            plans.slot(connection, name, rows.schema).table = rows
        connection.execute("SET VARIABLE sparhund_knowledge = $1", [self.mark])

    def enrichment(self, system: str, mapped: frozenset[str]) -> Enrichment:
        """What the statement of a source of SYSTEM, whose mapping gives MAPPED, adds to `judged`."""
        tokens, columns = identity.subject_columns(mapped, self.key)
        keys, joins = "", ""
        unit = [columns.get("actor_unit", "actor_unit")]
        if len(self.segments) and "actor_account" in mapped:
            keys += f", {people.key_expression(self.people)} AS account_key"
            joins += _as_of("account_segments", "a", "key", "account_key")
            columns |= {"actor_person": "a.person", "actor_kind": "a.kind"}
            columns |= {"actor_role": "coalesce(actor_role, a.role)"}
            unit.append("a.unit")
        if len(self.units) and "actor_unit" in mapped:
            keys += f", {units.KEY} AS unit_key"
            joins += _as_of("unit_segments", "u", "key", "unit_key")
            unit.insert(0, "u.unit")
        if len(unit) > 1:
            columns |= {"actor_unit": f"coalesce({', '.join(unit)})"}
        asset = classify.asset_expression(self.register, system)
        if asset != classify.NONE:
            for name, expression in classify.key_columns().items():
                keys += f", {expression} AS {name}" if name in asset else ""
            joins += _as_of("asset_levels", "l", "asset", "named_asset")
            columns |= {name: f"l.{name}" for name in ("asset", "k", "r", "t", "s", "controller")}
        named = f", {asset} AS named_asset" if asset != classify.NONE else ""
        named += f", {identity.PAIRS}" if tokens and "part" in mapped else ""
        steps = f"""
keyed AS (SELECT *{keys}{tokens} FROM judged),
known AS (SELECT *{named} FROM keyed)"""
        return Enrichment(steps, joins, columns)


def _as_of(table: str, name: str, key: str, column: str) -> str:
    """A join on a key and the event's time. At most one row matches: the periods of a key don't overlap."""
    return f"""
LEFT JOIN {table} AS {name} ON {name}.{key} = e.{column} AND e.time >= {name}.valid_from AND e.time < {name}.valid_to"""


def load(settings: Settings, key: identity.Key | None) -> Knowledge:
    """Register and people that SETTINGS name. Errors: SettingsError, also where they contradict the settings."""
    register = register_tables.load(settings.register, identity.looks_like_number)
    register_tables.hold_keep(register, settings)
    return Knowledge(register, directory_tables.load(settings.people), key)


def tables(settings: Settings, knowledge: Knowledge) -> dict[str, pa.Table]:
    """Every relation of `schemas.tables` by name, with tokens in place of persons, for questions and detections.

    The dated ones have `row_id`. Errors: SettingsError for a context table that can't be read.
    """
    found: dict[str, pa.Table] = {
        "people": knowledge.people.people,
        "accounts": knowledge.people.accounts,
        "units": knowledge.people.units,
        "assets": knowledge.register.assets,
        "asset_rules": knowledge.register.rules,
        "sources": _sources(settings),
    }
    found |= tokenised(context_tables.load(settings.context), knowledge.key)
    return {name: TABLES[name].numbered(rows) for name, rows in found.items()}


def tokenised(context: Mapping[str, pa.Table], key: identity.Key | None) -> dict[str, pa.Table]:
    """The context tables with tokens for numbers, and keys for addresses and surnames."""
    connection = engine()
    try:
        identity.prepare(connection, key)
        return {name: identity.tokenise_table(connection, TABLES[name], rows) for name, rows in context.items()}
    finally:
        connection.close()


def _sources(settings: Settings) -> pa.Table:
    schema = TABLES["sources"].schema
    rows = [
        {
            "source": source.name,
            "mapping": source.mapping,
            "system": source.system,
            "zone": source.zone,
            "keep": source.keep,
            "logs": list(source.logs),
            "silent_after_s": source.silent_after_s,
            "overlap_s": source.overlap_s,
        }
        for source in settings.sources.values()
    ]
    return pa.Table.from_pylist(rows, schema)
