"""The settings file: TOML in, frozen typed settings out. Unknown keys are errors; relative paths start at the file."""

import dataclasses
import re
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.collectors import KINDS
from schemas.collectors.base import Collector
from schemas.errors import SettingsError
from schemas.kafka import KafkaSettings
from schemas.operations import OperationsSettings
from schemas.patterns import meet
from schemas.relations import RelationsSettings
from schemas.secret import Secret
from schemas.serve import ServeSettings
from schemas.source import Source, plain_name


def _above(place: str, key: str, value: float, bound: int) -> None:
    if value <= bound:
        raise SettingsError(place, key, f"must be more than {bound}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeSettings:
    """Section [lake]."""

    root: Path = Path("lake")  # the lake's folder
    flush_after_s: float = 2.0  # first record to commit; a trigger, not a promise
    batch_records: int = 100_000  # at most so many records in one commit
    memory_bytes: int = 512 << 20  # what DuckDB may use while it normalises
    max_live_files: int = 200  # in the open day; above it the writer merges small ones

    def __post_init__(self) -> None:
        _above("lake", "flush_after_s", self.flush_after_s, 0)
        _above("lake", "batch_records", self.batch_records, 0)
        _above("lake", "memory_bytes", self.memory_bytes, (64 << 20) - 1)
        _above("lake", "max_live_files", self.max_live_files, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepClass:
    """Section [keep.NAME]: how long the records of a source are kept, and by whose decision."""

    name: str
    namnd: str  # the nämnd (or company) that decided
    minimum_days: int  # by law: never destroyed before
    maximum_days: int  # by decision: destroyed when it has passed
    reference: str = ""  # the statute and the decision (diarienummer)

    def __post_init__(self) -> None:
        plain_name(f"keep.{self.name}", self.name)
        _above(f"keep.{self.name}", "minimum_days", self.minimum_days, -1)
        if self.maximum_days < self.minimum_days:
            raise SettingsError(f"keep.{self.name}", "maximum_days", "is less than minimum_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSettings:
    """Section [register]: the asset register, TOML or CSV."""

    assets: tuple[Path, ...] = ()  # .toml: assets with their rules; .csv: assets, one row per period
    rules: tuple[Path, ...] = ()  # .csv: the rules of assets that came from CSV


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """Section [people]: the staff directory, CSV. `folder` holds people.csv, accounts.csv and units.csv."""

    folder: Path | None = None
    people: tuple[Path, ...] = ()  # besides the folder's people.csv
    accounts: tuple[Path, ...] = ()  # besides the folder's accounts.csv
    units: tuple[Path, ...] = ()  # besides the folder's units.csv
    domains: tuple[str, ...] = ()  # domains whose accounts the directory spells without one; empty = all


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """Section [context]: the tables of detections, CSV. `folder` holds TABLE.csv for each that there is."""

    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSettings:
    """Section [questions]."""

    purpose_required: bool = True  # a question about a person is answered only when its purpose is stated


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Section [detection]."""

    relations_decision: str = (
        ""  # the decision (diarienummer) to use the staff's private relations; empty = there is none
    )
    review_items_per_1000: int = 20  # findings that are handed out for 1,000 employees and month

    def __post_init__(self) -> None:
        _above("detection", "review_items_per_1000", self.review_items_per_1000, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Section [identity]."""

    key: Path | None = None  # the key file of the tokens; None = in the lake's folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one installation."""

    path: Path | None = None  # the file that they were read from
    lake: LakeSettings = field(default_factory=LakeSettings)
    register: RegisterSettings = field(default_factory=RegisterSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    context: ContextSettings = field(default_factory=ContextSettings)
    questions: QuestionSettings = field(default_factory=QuestionSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    relations: RelationsSettings = field(default_factory=RelationsSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    operations: OperationsSettings = field(default_factory=OperationsSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    keep: dict[str, KeepClass] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    collect: dict[str, Collector] = field(default_factory=dict)

    @property
    def identity_key(self) -> Path:
        """Where the key file of the tokens lies."""
        return self.identity.key or self.lake.root / "identity.key"


STANDARD = KeepClass(name="standard", namnd="kommunstyrelsen", minimum_days=0, maximum_days=1825, reference="default")

_SECTIONS: dict[str, type] = {
    "lake": LakeSettings,
    "register": RegisterSettings,
    "people": PeopleSettings,
    "context": ContextSettings,
    "questions": QuestionSettings,
    "detection": DetectionSettings,
    "relations": RelationsSettings,
    "identity": IdentitySettings,
    "kafka": KafkaSettings,
    "operations": OperationsSettings,
    "serve": ServeSettings,
}
# A group whose sections are of several kinds says which by `kind`.
_NAMED: dict[str, type | dict[str, type[Collector]]] = {"keep": KeepClass, "sources": Source, "collect": KINDS}


def load(path: Path) -> Settings:
    """Read the settings file at PATH.

    Errors:  SettingsError with the section and key for a file that can't be read, an unknown section or key, a value of
             another type, or settings that contradict each other.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(path), "file", error.strerror or "can't be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Not what stands there: it may be a secret.
        where = re.search(r"\(at (line \d+, column \d+|end of document)\)$", str(error))
        raise SettingsError(str(path), "file", f"not TOML{f', {where[1]}' if where else ''}") from None
    return parse(document, path)


def parse(document: dict[str, Any], path: Path | None = None) -> Settings:
    """The settings that a parsed TOML document says; see `load`. PATH is where relative paths start."""
    base = path.parent if path else Path()
    for section in document:
        if section not in _SECTIONS and section not in _NAMED:
            raise SettingsError(section, "section", f"unknown; there are {', '.join([*_SECTIONS, *_NAMED])}")
    sections: dict[str, Any] = {
        name: _section(kind, _table(document.get(name, {}), name), name, base) for name, kind in _SECTIONS.items()
    }
    named: dict[str, Any] = {
        group: {
            name: _section(*_kind(kind, _table(table, f"{group}.{name}"), f"{group}.{name}"), base, name=name)
            for name, table in _table(document.get(group, {}), group).items()
        }
        for group, kind in _NAMED.items()
    }
    named["keep"].setdefault(STANDARD.name, STANDARD)
    settings = Settings(path=path, **sections, **named)
    _hold(settings)
    return settings


def _kind(
    kinds: type | dict[str, type[Collector]], table: dict[str, Any], place: str
) -> tuple[type, dict[str, Any], str]:
    """The dataclass of a named section, and the keys that are its fields."""
    if not isinstance(kinds, dict):
        return kinds, table, place
    word = table.get("kind")
    if not isinstance(word, str) or word not in kinds:
        raise SettingsError(place, "kind", f"want one of {', '.join(kinds)}")
    return kinds[word], {key: value for key, value in table.items() if key != "kind"}, place


def _hold(settings: Settings) -> None:
    """What can be contradictory without reading more files."""
    for source in settings.sources.values():
        place = f"sources.{source.name}"
        if source.keep not in settings.keep:
            raise SettingsError(
                place, "keep", f"there is no keep class of that name; there are {', '.join(settings.keep)}"
            )
    _hold_paths(settings)
    for topic, name in settings.kafka.topics.items():
        if name not in settings.sources:
            raise SettingsError("kafka.topics", topic, _no_source(settings))
    for collector in settings.collect.values():
        for name in sorted(collector.sources() - settings.sources.keys()):
            raise SettingsError(collector.place, name, _no_source(settings))


def _no_source(settings: Settings) -> str:
    return f"there is no source of that name; there are {', '.join(settings.sources) or 'none'}"


def _hold_paths(settings: Settings) -> None:
    """A file is read by one source, in one way."""
    for key in ("paths", "shipped"):
        seen: dict[str, str] = {}
        for source in settings.sources.values():
            for path in getattr(source, key):
                if path in seen:
                    place = f"sources.{source.name}"
                    raise SettingsError(place, key, f"a path of it is also read by sources.{seen[path]}")
                seen[path] = source.name
    for source in settings.sources.values():
        for other in settings.sources.values():
            if any(meet(path, sent) for path in source.paths for sent in other.shipped):
                place = f"sources.{other.name}"
                raise SettingsError(place, "shipped", f"may name a file that sources.{source.name} reads by its paths")


def _table(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(place, "section", "want a table")
    return value


def _section(kind: type, table: dict[str, Any], place: str, base: Path, **given: Any) -> Any:
    """One dataclass from one TOML table, strictly."""
    hints = typing.get_type_hints(kind)
    names = [item.name for item in dataclasses.fields(kind) if item.name not in given]
    values: dict[str, Any] = dict(given)
    for key, value in table.items():
        if key not in names:
            raise SettingsError(place, key, f"unknown key; there are {', '.join(names)}")
        values[key] = _value(hints[key], value, place, key, base)
    for item in dataclasses.fields(kind):
        if item.name not in values and item.default is item.default_factory is dataclasses.MISSING:
            raise SettingsError(place, item.name, "missing")
    if kind is Source:
        for key in {"paths", "shipped"} & values.keys():
            values[key] = tuple(str(base / pattern) for pattern in values[key])
    if kind is LakeSettings and "root" not in values:
        values["root"] = base / "lake"
    return kind(**values)


def _value(hint: Any, value: Any, place: str, key: str, base: Path) -> Any:
    """VALUE as the type HINT, or SettingsError."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (hint,) = [part for part in typing.get_args(hint) if part is not types.NoneType]
    if origin is tuple:
        items = value if isinstance(value, list) else [value]
        return tuple(_value(typing.get_args(hint)[0], item, place, key, base) for item in items)
    if origin is dict:
        table = _table(value, f"{place}.{key}")
        (_, kind) = typing.get_args(hint)
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            return table
        return {
            name: _section(kind, _table(each, f"{place}.{key}.{name}"), f"{place}.{key}.{name}", base, name=name)
            for name, each in table.items()
        }
    if hint in (Path, Secret):
        text = _value(str, value, place, key, base)
        return base / text if hint is Path else Secret(text)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        raise SettingsError(place, key, f"want {words.get(hint, 'another type')}")
    return value
