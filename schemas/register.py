r"""The asset register: information assets with KLASSA levels and history, and the rules that tell what is theirs.

Most specific wins. Of the rules that match an object, and hold at the time together with their asset, the one that
comes first in this order decides:

1. one whose pattern has no wildcard and names the object whole (an `id` without `*` and `?`)
2. one with a pattern (`path`, `glob`, `id`) before one for all objects; the more characters of its pattern that are not
   wildcards, the earlier
3. `id` before `path` before `glob`
4. one that names an object type before one that doesn't
5. one that names a system before one that doesn't
6. the one that stands first in the files

Case, and the difference between / and \, mean nothing in a pattern.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from schemas.errors import SettingsError
from schemas.settings import RegisterSettings, Settings
from schemas.tablefile import dated, hold_apart, parse_time, read
from schemas.tables import ASSET_RULES, ASSETS, LIST, Table

SCHEMA = Path(__file__).parent / "register.schema.json"
LEVEL_4 = (
    "nivå 4 hör till säkerhetsskydd och får inte behandlas här: annan lag och andra skydd gäller "
    "(level 4 belongs to protective security, another regime: it is never taken in)"
)
NUMBER = "looks like a personal number, which a register never holds"
_MOST_CHARACTERS = 4_000_000
_MOST_DOTS = 50
_LEVELS = ("k", "r", "t", "s")
_TOP_LEVEL = 3
_PLAIN_ID = re.compile(
    r"(?!(?:\D*\d){6})[\w.-]{1,60}"
)  # an asset's id that may stand in an error: it holds no personal number
_OWN = frozenset({"reason", "s"})  # of a period alone: why it was classified so, and what not all classify
_KINDS = ("glob", "path", "id")  # the later, the more specific
DERIVED = frozenset({"rule", "specificity"})


@dataclass(frozen=True, slots=True)
class Register:
    """Assets and their rules (schemas.tables), the most specific rule first, and a short hash of their files."""

    assets: pa.Table = field(default_factory=ASSETS.schema.empty_table)
    rules: pa.Table = field(default_factory=ASSET_RULES.schema.empty_table)
    version: str = ""


def specificity(kind: str, pattern: str | None, object_type: str | None, system: str | None) -> int:
    """A rule's rank; higher wins. See the module's list."""
    wild = kind == "all" or re.search(r"[*?]", pattern or "") is not None
    whole = kind == "id" and not wild
    literal = 0 if kind == "all" else 1 + len(re.sub(r"[*?]", "", pattern or ""))
    rank = _KINDS.index(kind) if kind in _KINDS else 0
    return ((((whole * 100_000 + literal) * 3 + rank) * 2 + (object_type is not None)) * 2) + (system is not None)


def load(settings: RegisterSettings, is_number: Callable[[str], bool] = lambda _: False) -> Register:
    """Read the register that SETTINGS name. IS_NUMBER tells which texts may be personal numbers (ingest.identity).

    Errors:  SettingsError with file, row and column (in TOML: which asset, and the key). Refused are level 4, two
             periods of one asset that overlap, a rule of an asset that isn't there, two like rules that give one
             object to two assets, and a personal number anywhere: all who may ask see the register, and what an event
             belongs to goes on to other programs. Nothing is half loaded.
    """
    found = [
        _toml(path, is_number) if path.suffix in (".toml", ".json") else _csv(ASSETS, path) for path in settings.assets
    ]
    found += [_csv(ASSET_RULES, path) for path in settings.rules]
    assets = _joined(ASSETS, [part for part, *_ in found])
    rules = _joined(ASSET_RULES, [part for _, part, *_ in found])
    asset_places = [place for *_, places, _ in found for place in places]
    rule_places = [place for *_, places in found for place in places]
    for rows, places in ((assets, asset_places), (rules, rule_places)):
        _hold_numbers(rows, places, cache(is_number))
    hold_apart(assets, "asset", str, asset_places.__getitem__)
    wrong = pc.invert(pc.is_in(rules["asset"], assets["asset"]))
    if pc.any(wrong).as_py():
        raise SettingsError(rule_places[pc.index(wrong, True).as_py()], "asset", "is not among the assets")
    _hold_rules(rules, rule_places)
    digest = hashlib.sha256()
    for path in (*settings.assets, *settings.rules):
        digest.update(path.read_bytes())
    return Register(assets, _ranked(rules), digest.hexdigest()[:8] if found else "")


def hold_keep(register: Register, settings: Settings) -> None:
    """Refuse a source that would destroy the logs of an asset too early, or keep them too long.

    Errors:  SettingsError for an asset's keep class that isn't there, or whose bounds and those of the class of a
             source of one of its systems have no day in common.
    """
    for row in register.assets.select(["asset", "systems", "keep"]).to_pylist():
        if row["keep"] is None:
            continue
        place = f"asset {row['asset']}"
        if row["keep"] not in settings.keep:
            known = ", ".join(settings.keep)
            raise SettingsError(place, "keep", f"there is no keep class of that name; there are {known}")
        want = settings.keep[row["keep"]]
        for source in settings.sources.values():
            if source.system in (row["systems"] or ()):
                have = settings.keep[source.keep]
                if have.maximum_days < want.minimum_days or have.minimum_days > want.maximum_days:
                    raise SettingsError(place, "keep", f"contradicts the keep class of sources.{source.name}")


_Part = tuple[pa.Table, pa.Table, list[str], list[str]]  # assets, rules, and the place of each row


def _joined(table: Table, parts: list[pa.Table]) -> pa.Table:
    return pa.concat_tables([table.schema.empty_table(), *parts]).combine_chunks()


def _csv(table: Table, path: Path) -> _Part:
    rows = read(table, path, DERIVED if table is ASSET_RULES else frozenset())
    places = [f"{path} row {row + 2}" for row in range(len(rows))]
    if table is ASSET_RULES:
        for row, place in zip(rows.select(["kind", "pattern"]).to_pylist(), places, strict=True):
            if (row["kind"] == "all") != (row["pattern"] is None):
                reason = "is empty" if row["pattern"] is None else "stands beside kind `all`"
                raise SettingsError(place, "pattern", reason)
        return ASSETS.schema.empty_table(), rows, [], places
    for name in _LEVELS:
        for value, place in zip(rows[name].to_pylist(), places, strict=True):
            if value is not None and not 0 <= value <= _TOP_LEVEL:
                raise SettingsError(place, name, LEVEL_4 if value == _TOP_LEVEL + 1 else "want a level, 0 to 3")
    return rows, ASSET_RULES.schema.empty_table(), places, []


def _hold_numbers(rows: pa.Table, places: list[str], is_number: Callable[[str], bool]) -> None:
    for column in rows.schema:
        if column.type not in {pa.string(), LIST}:
            continue
        for value, place in zip(rows[column.name].to_pylist(), places, strict=True):
            if any(is_number(text) for text in ([value] if isinstance(value, str) else value or ()) if text):
                raise SettingsError(place, column.name, NUMBER)


def _toml(path: Path, is_number: Callable[[str], bool]) -> _Part:
    try:
        text = path.read_text(encoding="utf-8")
        _hold_size(path, text)
        if path.suffix == ".toml":
            _hold_remarks(path, text, is_number)
        document = _plain(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except OSError as error:
        raise SettingsError(str(path), "file", error.strerror or "can't be read") from None
    except UnicodeDecodeError:
        raise SettingsError(str(path), "file", "is not text in UTF-8; save it again in that encoding") from None
    except (ValueError, RecursionError) as error:
        # Not what stands there; both parsers say where it does.
        where = re.search(r"\b(?:at )?line (\d+),? column (\d+)", str(error))
        spot = f" at line {where[1]}, column {where[2]}" if where else ""
        raise SettingsError(str(path), "file", f"is no {path.suffix[1:].upper()}{spot}") from None
    _hold_schema(document, path)
    assets: list[dict[str, Any]] = []
    rules: list[dict[str, Any]] = []
    asset_places: list[str] = []
    rule_places: list[str] = []
    for number, asset in enumerate(document["asset"], start=1):
        place = _place(path, number, asset["asset"])
        history = asset.pop("history", [])
        for rule in asset.pop("rule", []):
            rule_places.append(f"{place} rule {1 + sum(row['asset'] == asset['asset'] for row in rules)}")
            rules.append(_rule(rule, asset["asset"], rule_places[-1]))
        period = {"valid_from", "valid_to", "known_from"}
        base = {key: value for key, value in asset.items() if key not in period}
        earlier = {key: value for key, value in base.items() if key not in _OWN}
        for at, row in enumerate((asset, *({**earlier, **change} for change in history))):
            asset_places.append(f"{place} history {at}" if at else place)
            assets.append(_timed(row, asset_places[-1]))
    return (
        dated(pa.Table.from_pylist(assets, ASSETS.schema), path),
        dated(pa.Table.from_pylist(rules, ASSET_RULES.schema), path),
        asset_places,
        rule_places,
    )


def _place(path: Path, number: int, asset: Any) -> str:
    """Where an asset stands in the file PATH: which in order, and its id where that is plain."""
    named = isinstance(asset, str) and _PLAIN_ID.fullmatch(asset)
    return f"{path} asset {number}" + (f" ({asset})" if named else "")


def _hold_size(path: Path, text: str) -> None:
    """What would take minutes to parse is refused: the time that TOML's dotted keys take grows by the square."""
    if len(text) > _MOST_CHARACTERS:
        raise SettingsError(str(path), "file", f"is longer than {_MOST_CHARACTERS} characters")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.partition("=")[0].count(".") > _MOST_DOTS:
            raise SettingsError(str(path), "file", f"line {number} has a key of more than {_MOST_DOTS} parts")


def _hold_remarks(path: Path, text: str, is_number: Callable[[str], bool]) -> None:
    """What stands after a # is no value of any column, and is kept with the file all the same."""
    for number, line in enumerate(text.splitlines(), start=1):
        if "#" in line and is_number(line.partition("#")[2]):
            raise SettingsError(f"{path} row {number}", "remark", NUMBER)


def _rule(rule: dict[str, Any], asset: str, place: str) -> dict[str, Any]:
    given = [kind for kind in _KINDS if kind in rule]
    if len(given) > 1:
        raise SettingsError(place, given[0], f"stands beside {given[1]}; want one of them")
    kind = given[0] if given else "all"
    if kind == "all" and not {"system", "object_type"} & set(rule):
        raise SettingsError(place, "rule", "names no system, object_type, path, glob or id")
    return {**_timed(rule, place), "asset": asset, "kind": kind, "pattern": rule.get(kind)}


def _timed(row: dict[str, Any], place: str) -> dict[str, Any]:
    """ROW with its times as times."""
    timed = dict(row)
    for name in ("valid_from", "valid_to", "known_from", "next_review"):
        if name in row:
            timed[name] = parse_time(row[name])
            if timed[name] is None:
                raise SettingsError(place, name, "there is no such date or time")
    start, stop = timed.get("valid_from"), timed.get("valid_to")
    if start is not None and stop is not None and stop <= start:
        raise SettingsError(place, "valid_to", "is not after valid_from")
    return timed


def _ranked(rules: pa.Table) -> pa.Table:
    """RULES with their specificity, the highest first; of equals the first in the files."""
    columns = (rules[name].to_pylist() for name in ("kind", "pattern", "object_type", "system"))
    ranks = [specificity(*row) for row in zip(*columns, strict=True)]
    order = sorted(range(len(ranks)), key=lambda row: -ranks[row])
    ranked = rules.set_column(rules.column_names.index("specificity"), "specificity", pa.array(ranks, pa.int64()))
    ranked = ranked.take(pa.array(order, pa.int64()))
    return ranked.set_column(0, "rule", pa.array(range(len(order)), pa.int32()))


def _hold_rules(rules: pa.Table, places: list[str]) -> None:
    """Two rules that say the same of which objects, at one time, contradict each other or are one too many."""
    names = ("system", "object_type", "kind", "pattern")
    same = [json.dumps([(row[name] or "").casefold() for name in names]) for row in rules.select(names).to_pylist()]
    keyed = rules.select(["valid_from", "valid_to"]).append_column("rule", pa.array(same, pa.string()))
    hold_apart(keyed, "rule", str, places.__getitem__)


def _plain(value: Any) -> Any:
    """TOML's dates as text, as the JSON Schema has them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _hold_schema(document: Any, path: Path) -> None:
    errors = list(_validator().iter_errors(document))
    if errors:
        # A field that is wrong also makes its asset's keys "unevaluated": the field says more.
        first = min(errors, key=lambda one: (one.validator == "unevaluatedProperties", [*map(str, one.absolute_path)]))
        raise _as_settings_error(first, path, document)


def _as_settings_error(error: ValidationError, path: Path, document: Any) -> SettingsError:
    """The schema's complaint with its place and field; jsonschema's own text would quote the value."""
    wanted: Any = error.validator_value
    instance: Any = error.instance
    *path_steps, last = ["", *error.absolute_path]
    steps = [*path_steps[1:], *([last] if isinstance(last, int) else [])]
    place = str(path)
    if len(steps) > 1 and isinstance(steps[1], int):  # one of the assets, the document's only list
        asset = document["asset"][steps[1]]
        place = _place(path, steps[1] + 1, asset.get("asset") if isinstance(asset, dict) else None)
        steps = steps[2:]
    for step in steps:
        place += f" {step + 1}" if isinstance(step, int) else f" {step}"
    name = next((step for step in (last, *reversed(path_steps)) if isinstance(step, str) and step), "file")
    if error.validator == "required":
        missing = [key for key in wanted if key not in instance]
        return SettingsError(place, missing[0], "missing")
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        known = sorted({*_properties("fields"), *_properties("asset"), *_properties("rule")})
        unknown = sorted(set(instance) - set(known))
        # A key is a name, but one of digits is somebody's data that stands in the wrong place.
        named = next((key for key in unknown if not any(letter.isdigit() for letter in key)), "key")
        return SettingsError(place, named, "unknown key here")
    if error.validator == "maximum" and error.instance == _TOP_LEVEL + 1:
        return SettingsError(place, name, LEVEL_4)
    reasons = {
        "maximum": "want a level, 0 to 3",
        "minimum": "want a level, 0 to 3",
        "enum": f"want one of {', '.join(map(str, wanted))}" if error.validator == "enum" else "",
        "type": "want a whole number" if wanted == "integer" else f"want a value of type {wanted}",
        "pattern": "want a date or a time, such as 2026-03-01" if "d{4}" in str(wanted) else "is empty",
        "minLength": "is empty",
        "minProperties": "is empty",
    }
    return SettingsError(place, name, reasons.get(str(error.validator), "does not follow the register's schema"))


def _properties(name: str) -> list[str]:
    schema: Any = _validator().schema
    return list(schema["$defs"][name]["properties"])
