"""Log sources of Sigma rules: which events they are, and where a rule's fields are in them (`sources.toml`)."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from analytics.sigma.condition import TEXT, All, Condition, Not, Some, Term, simplified
from analytics.sigma.pattern import lowered
from schemas.event import EVENT
from schemas.sqltext import literal

_HERE = Path(__file__).parent
_ALIKE = 0.8  # of 1: how like two names of fields are when one is taken for the other, misspelt
_PATH = re.compile(r"\{(\$[^{}]*)\}")
# The text that a rule's words without a field are looked for in: the event's JSON with its usual escapes undone.
_WHOLE = "details"
for _escape, _plain in (("\\\\", "chr(1)"), ('\\"', "chr(34)"), ("\\/", "'/'"), ("\\n", "chr(10)"), ("\\t", "chr(9)")):
    _WHOLE = f"replace({_WHOLE}, '{_escape}', {_plain})"
_WHOLE = f"replace({_WHOLE}, chr(1), '\\')"


class Refused(Exception):  # noqa: N818 - as one says it
    """A rule, or a part of it, can't be converted. Its text is the reason, and holds no value of an event."""


@dataclass(frozen=True, slots=True)
class Family:
    """Events that mappings of one kind make, and where their fields are.

    Attributes: `document` is SQL that adds the column `document` to the relation $events; `elsewhere` are paths for a
    field that isn't listed; `several` fields hold a line for each of several values.
    """

    name: str
    mappings: tuple[str, ...]
    elsewhere: tuple[str, ...]
    listed: dict[str, str]
    derived: dict[str, str]
    renamed: dict[str, str]
    several: frozenset[str]

    def field(self, name: str) -> str:
        """SQL of the field NAME, with {$.path} for texts of `document`.

        Errors:  Refused for a field that these events don't have.
        """
        if name == TEXT:
            return _WHOLE
        if name in self.derived:
            return self.derived[name]
        if name in self.listed:
            return self.listed[name]
        if not self.elsewhere:
            raise Refused(f"field {name}: its log source has no such field")
        if '"' in name or "{" in name or "}" in name or "*" in name:
            raise Refused("a field's name holds a sign that none has")
        nested = '"."'.join(name.split(".")) if self.name != "windows" else name
        small = '"."'.join(part[:1].lower() + part[1:] for part in name.split("."))
        large = '"."'.join(part[:1].upper() + part[1:] for part in name.split("."))
        spellings = {"name": nested, "camel": small, "capital": large}
        paths = dict.fromkeys(re.sub(r"\{(\w+)\}", lambda found: spellings[found[1]], path) for path in self.elsewhere)
        read = [f"{{{path}}}" for path in paths]
        return read[0] if len(read) == 1 else f"coalesce({', '.join(read)})"

    def held(self, name: str) -> frozenset[str]:
        """The columns of `events` that hold the field NAME; none: it is read from `details` alone.

        Errors:  Refused for a field that these events don't have.
        """
        return _columns(self.field(name))

    @property
    def carried(self) -> frozenset[str]:
        """The columns of `events` that any of the fields reads."""
        return _columns(" ".join((*self.listed.values(), *self.derived.values())))

    def gate(self) -> str:
        """SQL: whether a row of `events` is of this family."""
        return "(" + " OR ".join(f"starts_with(rules_version, {literal(name + '=')})" for name in self.mappings) + ")"

    def opened(self, events: str) -> str:
        """SQL of the relation EVENTS, of this family alone, with `document`."""
        mine = f"(SELECT * FROM {events} WHERE {self.gate()})"
        return opened(mine, "true") if self.name == "windows" else f"SELECT *, details AS document FROM {mine}"


@dataclass(frozen=True, slots=True)
class LogSource:
    """One kind of event: those of a family whose fields have the values of `where`.

    Attributes: `fields` gives the family's field for a rule's; `only`: there are no others (None: there may be);
    `never`: fields that Sigma knows and these events never have.
    """

    product: str | None
    category: str | None
    service: str | None
    family: Family
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """As a note about it names it."""
        said = [*(value for values in self.where.values() for value in values[:1]), self.family.name]
        return "/".join(filter(None, (self.product, self.category, self.service))) or said[0]

    def field(self, name: str) -> str | None:
        """The family's field that a rule calls NAME; None: these events never have it.

        Errors:  Refused for a field that there isn't.
        """
        if name in self.fields:
            return self.fields[name]
        if name in self.never:
            return None
        if self.only is not None and name not in self.only and name not in self.family.listed:
            raise Refused(f"field {name}: its log source has no such field")
        name = self.family.renamed.get(name, name)
        self.family.field(name)
        return name

    def from_details(self, names: Iterable[str]) -> set[str]:
        """Those of the fields NAMES that no column of `events` holds."""
        own = {name: self.field(name) for name in names if name != TEXT}
        return {name for name, field in own.items() if field is not None and not self.family.held(field)}

    def condition(self, rule: Condition) -> Condition:
        """The condition RULE, in Sigma's fields, of these events; the log source's own conditions stand first.

        Errors:  Refused for a field that there isn't.
        """
        where = [
            Some(tuple(self._several(Term(name, "is", lowered(value))) for value in values))
            for name, values in self.where.items()
        ]
        return simplified(All((*where, self._renamed(rule))))

    def _renamed(self, rule: Condition) -> Condition:
        match rule:
            case Term(name, kind, value, cased):
                here = TEXT if name == TEXT else self.field(name)
                other = self.field(value) if kind.startswith("field ") else value
                if here is None or other is None:  # what an event without the field gives
                    return All(()) if (kind, value) == ("exists", "no") or kind == "null" else Some(())
                return self._several(Term(here, kind, other, cased))
            case Not(part):
                return Not(self._renamed(part))
            case All(parts):
                return All(tuple(map(self._renamed, parts)))
            case Some(parts):
                return Some(tuple(map(self._renamed, parts)))

    def _several(self, test: Term) -> Term:
        """TEST of one value as a test of the lines of several."""
        if test.field in self.family.several and test.kind in {"is", "starts", "ends"}:
            value = ("\n" if test.kind != "ends" else "") + test.value + ("\n" if test.kind != "starts" else "")
            return Term(test.field, "contains", value, test.cased)
        return test


def log_sources(product: str | None, category: str | None, service: str | None) -> list[LogSource]:
    """The log sources that a rule's `logsource` means. Errors: Refused if there are none."""
    said = {
        name: value.lower() if value else None
        for name, value in (("product", product), ("category", category), ("service", service))
    }
    product, category, service = said["product"], said["category"], said["service"]
    found = [
        source
        for source in _sources()
        if source.category == category
        and (product is None or source.product in {None, product})
        and (source.service == service or (category and None in {service, source.service}))
    ]
    if not found and not category and service in _channels() and product in {None, "windows"}:
        return [
            LogSource(product, None, service, families()["windows"], {"Channel": _channels()[service]}),
        ]
    if not found:
        named = ", ".join(f"{name} {value}" for name, value in said.items() if value)
        raise Refused(f"logsource: no source of ours is {named}")
    return found


def undocumented(log_source: str, names: Iterable[str]) -> dict[str, str]:
    """Those of the fields NAMES that no documented event of LOG_SOURCE (`windows/security`) has.

    Each with what it may mean: the field most like it, or nothing. Where nobody documents the events of a log source
    it can't be told: there are none.
    """
    known = _documented().get(log_source)
    if known is None:
        return {}
    spelt = {name.lower(): name for name in sorted(known)}
    near = {name: get_close_matches(name.lower(), spelt, 1, _ALIKE) for name in names if name not in known}
    return {name: spelt[found[0]] if found else "" for name, found in sorted(near.items())}


@cache
def _documented() -> dict[str, frozenset[str]]:
    windows = families()["windows"]
    own = frozenset({*windows.listed, *windows.derived, *windows.renamed})
    return {source: own | frozenset(names.split()) for source, names in _table()["documented"].items()}


@cache
def families() -> dict[str, Family]:
    """The families by name."""
    return {
        name: Family(
            name,
            tuple(given["mappings"]),
            tuple(given["any"]),
            {key: _quoted(text) for key, text in given.get("fields", {}).items()},
            {key: _quoted(text) for key, text in given.get("derived", {}).items()},
            given.get("renamed", {}),
            frozenset(given.get("several", {}).get("names", ())),
        )
        for name, given in _table()["family"].items()
    }


def opened(events: str, windows: str | None = None) -> str:
    """SQL of the relation EVENTS with `document`, the JSON that paths point into.

    WINDOWS is SQL for which rows are of that family; by default it is told by their mapping.
    """
    return _windows().replace("$events", events).replace("$windows", windows or families()["windows"].gate())


@cache
def _windows() -> str:
    text = (_HERE / "windows.sql").read_text(encoding="utf-8")
    return re.sub(r"(?m)^\s*--.*$", "", text).strip()


@cache
def _table() -> dict:  # type: ignore[type-arg]
    return tomllib.loads((_HERE / "sources.toml").read_text(encoding="utf-8"))


@cache
def _channels() -> dict[str, tuple[str, ...]]:
    return {service: tuple(channels) for service, channels in _table()["channels"].items()}


@cache
def _sources() -> tuple[LogSource, ...]:
    return tuple(
        LogSource(
            given.get("product"),
            given.get("category"),
            given.get("service"),
            families()[given["family"]],
            {name: tuple(values) for name, values in given.get("where", {}).items()},
            given.get("fields", {}),
            frozenset(given["only"].split()) if "only" in given else None,
            frozenset(given.get("never", "").split()),
        )
        for given in _table()["source"]
    )


def _columns(expression: str) -> frozenset[str]:
    """The columns of `events` that EXPRESSION names outside its paths and texts."""
    bare = re.sub(r"'[^']*'", "", re.sub(r"\{[^{}]*\}", "", expression))
    return frozenset(re.findall(r"\w+", bare)) & (frozenset(EVENT.names) - {"time", "details", "source"})


def _quoted(text: str) -> str:
    """TEXT with each part of its paths in quotation marks, as `field` writes them."""

    def path(found: re.Match[str]) -> str:
        parts = re.findall(r'"[^"]*"|[^."$]+', found[1])
        return "{$" + "".join(f'."{part.strip(chr(34))}"' for part in parts) + "}"

    return _PATH.sub(path, text)


def paths(expressions: Iterable[str]) -> list[str]:
    """The paths that EXPRESSIONS read, each once."""
    return list(dict.fromkeys(path for text in expressions for path in _PATH.findall(text)))


def placed(expression: str, read: dict[str, str]) -> str:
    """EXPRESSION with the SQL that READ gives for each of its paths."""
    return _PATH.sub(lambda found: read[found[1]], expression)
