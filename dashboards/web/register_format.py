"""What a file of the register holds: its keys in the reader's words, a small example, and the schema for editors."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from dashboards.web.render import say
from schemas.event import TIMESTAMP
from schemas.register import DERIVED, SCHEMA
from schemas.settings import RegisterSettings
from schemas.tables import ASSET_RULES, ASSETS, LIST, PATTERN_KINDS, PERSONAL_DATA, Table
from schemas.terms import term

_CSV = {"assets": (ASSETS, "register.assets.example.csv"), "rules": (ASSET_RULES, "register.rules.example.csv")}
# The words that some keys may be, and their group in the glossary.
_WORDS = {"personal_data": ("personal_data", PERSONAL_DATA), "kind": ("pattern", PATTERN_KINDS)}


@dataclass(frozen=True, slots=True)
class Key:
    """A key or column as it stands in the file, what it is, what it may be, and whether it must stand there."""

    key: str
    what: str
    value: str
    must: bool


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its word, its keys by the part that they stand in, the name and text of an example."""

    kind: str
    parts: Mapping[str, tuple[Key, ...]]
    name: str
    example: str


def formats(settings: RegisterSettings, language: str) -> Iterator[Format]:
    """One for each kind of file that the register has."""
    kinds = {path.suffix.removeprefix(".") for path in settings.assets}
    for kind in sorted(kinds - {"csv"}, reverse=True):
        name = f"register.example.{kind}"
        # Its remarks are Swedish; the keys say the same in the reader's language.
        lines = _text(name).splitlines() if language == "sv" else [_bare(line) for line in _text(name).splitlines()]
        yield Format(kind, _document(language), name, "\n".join(lines).strip())
    for kind, has in (("assets", "csv" in kinds), ("rules", bool(settings.rules))):
        if has:
            table, name = _CSV[kind]
            yield Format(kind, {kind: tuple(_columns(table, language))}, name, _text(name))


@cache
def files() -> Mapping[str, tuple[str, bytes]]:
    """The schema and the examples by their names: the kind of file for a browser, and the bytes."""
    toml = SCHEMA.with_name("register.example.toml").read_bytes()
    document = json.dumps(tomllib.loads(toml.decode()), ensure_ascii=False, indent=2)
    return {
        SCHEMA.name: ("application/json", SCHEMA.read_bytes()),
        "register.example.toml": ("application/toml", toml),
        "register.example.json": ("application/json", f"{document}\n".encode()),
        # With the mark by which a spreadsheet program knows UTF-8.
        **{name: ("text/csv; charset=utf-8", SCHEMA.with_name(name).read_text("utf-8").encode("utf-8-sig"))
           for _, name in _CSV.values()},
    }  # fmt: skip


@cache
def named() -> frozenset[str]:
    """Every key and column of the register's files."""
    columns = {column.name for table, _ in _CSV.values() for column in table.columns} - DERIVED
    return frozenset(columns.union(*(part["properties"] for part in _schema().values() if "properties" in part)))


def _text(name: str) -> str:
    return files()[name][1].decode("utf-8-sig")


def _bare(line: str) -> str:
    return line.partition("#")[0].rstrip()


@cache
def _schema() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    return found


def _document(language: str) -> Mapping[str, tuple[Key, ...]]:
    """The keys of a TOML or JSON file, those that must stand there first."""
    asset, must = _schema()["asset"]["properties"], _schema()["asset"]["required"]
    own = {"asset": asset["asset"], **_schema()["fields"]["properties"]} | asset
    return {
        "asset": tuple(_keys(own, must, language)),
        "asset.rule": tuple(_keys(_schema()["rule"]["properties"], (), language)),
    }


def _keys(properties: Mapping[str, Any], must: Iterable[str], language: str) -> Iterator[Key]:
    for key, found in properties.items():
        kind = found.get("$ref", "parts").rpartition("/")[2]
        yield Key(key, say(language, f"register.key.{key}"), _value(key, kind, language), key in must)


def _columns(table: Table, language: str) -> Iterator[Key]:
    kinds = {LIST: "items", TIMESTAMP: "time", pa.int32(): "level"}
    for column in table.columns:
        if column.name not in DERIVED:
            kind = kinds.get(column.type, "text")
            what = say(language, f"register.key.{column.name}")
            yield Key(column.name, what, _value(column.name, kind, language), column.name in table.required)


def _value(key: str, kind: str, language: str) -> str:
    if key not in _WORDS:
        return say(language, f"register.value.{kind}")
    group, words = _WORDS[key]
    return ", ".join(f"{word} ({term(f'{group}.{word}', language)})" for word in words)
