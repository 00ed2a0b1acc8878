"""A rule's condition as a tree of tests on named fields; its exact SQL, and what it needs of an event."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any, Union

from analytics.sigma.pattern import lowered, wanted_text
from schemas.sqltext import literal

TEXT = "*"  # the field of a test that looks at the whole event

# Several literals of one field and kind are one pattern: binding a test costs DuckDB some 0.1 ms, whatever it holds.
_TOGETHER = 3
_ANCHORS = {"is": "^(?:{})$", "starts": "^(?:{})", "ends": "(?:{})$", "contains": "{}"}
_COMPARED = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Term:
    """One test of one field. An event without the field passes `null` and `exists` = "no" only.

    Kinds:   is, contains, starts, ends: a literal VALUE. like: VALUE with % for any text, _ for one character, ^ before
             either (or ^) where it stands for itself. matches: a regular expression (RE2), found anywhere. cidr: a
             network. exists: "yes" or "no". null: nothing, or an empty text. < <= > >=: a number. field is, field
             starts, field ends: the field of the name VALUE. Unless CASED, literals are in lower case and so is what
             they are held to.
    """

    field: str
    kind: str
    value: str = ""
    cased: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """True if all PARTS are; of none, true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True if one of PARTS is; of none, false."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True if PART isn't."""

    part: "Condition"


Condition = Union[Term, All, Some, Not]  # noqa: UP007 - the dataclasses above name it before it is
NEVER = Some(())


def simplified(condition: Condition) -> Condition:
    """The same condition with `Not` above tests only, and without lists within lists of their kind."""
    match condition:
        case Not(Not(part)):
            return simplified(part)
        case Not(All(parts)):
            return simplified(Some(tuple(Not(part) for part in parts)))
        case Not(Some(parts)):
            return simplified(All(tuple(Not(part) for part in parts)))
        case All(parts) | Some(parts):
            kind, other = (All, Some) if isinstance(condition, All) else (Some, All)
            found: list[Condition] = []
            for part in map(simplified, parts):
                if isinstance(part, other) and not part.parts:  # false in a list of all, true in a list of some
                    return other(())
                found += part.parts if isinstance(part, kind) else [part]
            found = list(dict.fromkeys(found))
            return found[0] if len(found) == 1 else kind(tuple(found))
    return condition


def tests(condition: Condition) -> Iterator[Term]:
    """Each test within CONDITION."""
    match condition:
        case Term():
            yield condition
        case Not(part):
            yield from tests(part)
        case All(parts) | Some(parts):
            for part in parts:
                yield from tests(part)


def fields(condition: Condition) -> set[str]:
    """The fields that CONDITION looks at."""
    found = set()
    for test in tests(condition):
        found.add(test.field)
        if test.kind.startswith("field "):
            found.add(test.value)
    return found


def sql(condition: Condition) -> str:
    """CONDITION as portable-free DuckDB SQL over columns of its fields' names: true or false, never NULL."""
    match condition:
        case Term():
            return f"coalesce({_test(condition)}, false)"
        case Not(part):
            return f"NOT {sql(part)}"
        case All(parts):
            return f"({' AND '.join(map(sql, parts))})" if parts else "true"
        case Some(parts):
            return f"({' OR '.join(_some(parts))})" if parts else "false"


def _some(parts: tuple[Condition, ...]) -> Iterator[str]:
    """The SQL of each of PARTS; literals of one field and kind are tested together."""
    together: dict[tuple[str, str, bool], list[Term]] = {}
    for part in parts:
        if isinstance(part, Term) and part.kind in _ANCHORS:
            together.setdefault((part.field, part.kind, part.cased), []).append(part)
        else:
            yield sql(part)
    for (field, kind, cased), group in together.items():
        if len(group) < _TOGETHER:
            yield from map(sql, group)
        elif kind == "is":
            values = ", ".join(literal(test.value) for test in group)
            yield f"coalesce({_held(field, cased=cased)} IN ({values}), false)"
        else:
            pattern = _ANCHORS[kind].format("|".join(_plain(test.value) for test in group))
            yield f"coalesce(regexp_matches({_held(field, cased=cased)}, {literal(pattern)}), false)"


def _plain(text: str) -> str:
    """A pattern of RE2 for TEXT itself."""
    return re.sub(r"([!-/:-@\[-^`{-~])", r"\\\1", text)


def _test(test: Term) -> str:  # noqa: C901, PLR0911, PLR0912 - one for each kind
    column, held, value = _column(test.field), _held(test.field, cased=test.cased), literal(test.value)
    match test.kind:
        case "is":
            return f"{held} = {value}"
        case "contains":
            return f"contains({held}, {value})"
        case "starts":
            return f"starts_with({held}, {value})"
        case "ends":
            return f"ends_with({held}, {value})"
        case "like":
            return f"{held} LIKE {value} ESCAPE '^'"
        case "matches":
            return f"regexp_matches({column}, {value})"
        case "exists":
            return f"{column} IS {'NOT ' if test.value == 'yes' else ''}NULL"
        case "null":
            return f"({column} IS NULL OR {column} = '')"
        case "cidr":
            return _within(column, test.value)
        case "field is":
            return f"{held} = {_held(test.value, cased=test.cased)}"
        case "field starts":
            return f"starts_with({held}, {_held(test.value, cased=test.cased)})"
        case "field ends":
            return f"ends_with({held}, {_held(test.value, cased=test.cased)})"
        case "field contains":
            return f"contains({held}, {_held(test.value, cased=test.cased)})"
        case kind if kind in _COMPARED:
            return f"try_cast({column} AS DOUBLE) {kind} {float(test.value)!r}"
    raise AssertionError(test.kind)


def _column(field: str) -> str:
    return '"' + field.replace('"', '""') + '"'


def _held(field: str, *, cased: bool) -> str:
    return _column(field) if cased else f"lower({_column(field)})"


def _within(column: str, network: str) -> str:
    """Whether COLUMN is an address in NETWORK: both as hexadecimal digits, which are ordered as the addresses are."""
    block = ip_network(network, strict=False)
    version4 = isinstance(block, IPv4Network)
    digits = 8 if version4 else 32
    low, high = (format(int(address), f"0{digits}x") for address in (block.network_address, block.broadcast_address))
    if version4:
        dotted = f"regexp_extract({column}, '^(?i:::ffff:)?(\\d{{1,3}}\\.\\d{{1,3}}\\.\\d{{1,3}}\\.\\d{{1,3}})$', 1)"
        parts = f"string_split({dotted}, '.')"
        spelt = f"array_to_string(list_transform({parts}, lambda x: lpad(to_hex(try_cast(x AS UTINYINT)), 2, '0')), '')"
        return f"({dotted} <> '' AND len({spelt}) = 8 AND lower({spelt}) BETWEEN '{low}' AND '{high}')"
    plain = f"lower(regexp_extract({column}, '^\\[?([0-9A-Fa-f:]*:[0-9A-Fa-f:]*)(?:%.*)?\\]?$', 1))"
    sides = f"string_split({plain}, '::')"
    groups = [f"list_filter(string_split(coalesce({sides}[{side}], ''), ':'), lambda x: x <> '')" for side in (1, 2)]
    zeros = f"list_transform(range(greatest(8 - len({groups[0]}) - len({groups[1]}), 0)), lambda x: '0')"
    whole = f"list_concat(list_concat({groups[0]}, {zeros}), {groups[1]})"
    spelt = f"array_to_string(list_transform({whole}, lambda x: lpad(x, 4, '0')), '')"
    return f"({plain} <> '' AND len({spelt}) = 32 AND {spelt} BETWEEN '{low}' AND '{high}')"


# What an event must hold


def values(condition: Condition, field: str) -> frozenset[str] | None:
    """The values of FIELD, in lower case, with which CONDITION can be true; None: any.

    CONDITION as `simplified` gives it.
    """
    match condition:
        case Term(name, "is", value):
            return frozenset([lowered(value)]) if name == field else None
        case All(parts):
            found = [told for part in parts if (told := values(part, field)) is not None]
            return frozenset.intersection(*found) if found else None
        case Some(parts):
            each = [values(part, field) for part in parts]
            return None if None in each else frozenset().union(*(told for told in each if told is not None))
    return None


Clause = tuple[Term, ...]


def clauses(condition: Condition) -> list[Clause]:
    """What CONDITION needs: of each clause one test is passed by every event for which it is true.

    The tests are of the kinds is, contains, starts and ends, in lower case, none of them empty. CONDITION as
    `simplified` gives it; an empty list says that nothing is known.
    """
    match condition:
        case Term():
            needed = _needed(condition)
            return [(needed,)] if needed else []
        case All(parts):
            return list(dict.fromkeys(clause for part in parts for clause in clauses(part)))
        case Some(parts):
            each = [clauses(part) for part in parts]
            if not all(each):
                return []
            # One clause of each part, the longest; and where all parts have tests of the same field, those too.
            options = [tuple(dict.fromkeys(test for found in each for test in max(found, key=_rarity)))]
            for field in dict.fromkeys(test.field for clause in each[0] for test in clause):
                of_field = [
                    [clause for clause in found if {test.field for test in clause} == {field}] for found in each
                ]
                if all(of_field):
                    options.append(tuple(dict.fromkeys(test for found in of_field for test in max(found, key=_rarity))))
            return list(dict.fromkeys(options))
    return []


def _rarity(clause: Clause) -> int:
    return min(len(test.value) + (4 if test.kind == "is" and len(test.value) > 4 else 0) for test in clause)  # noqa: PLR2004


def _needed(test: Term) -> Term | None:
    """A test on a literal in lower case that whatever passes TEST passes too."""
    kind, value = test.kind, lowered(test.value)
    if kind == "like":
        value = max(_literals(value), key=len)
        kind = "contains"
    elif kind == "matches":
        value = wanted_text(test.value)
        kind = "contains"
    elif kind not in _ANCHORS:
        return None
    if test.field == TEXT:
        # The whole event is held as JSON: only what JSON spells as it is can be looked for in it.
        value = max(re.findall(r"[^\x00-\x1f\"\\/\x7f-\U0010ffff]*", value), key=len)
        kind = "contains"
    # The matcher takes the long s for s, as RE2 does where case is of no account.
    return Term(test.field, kind, value.replace("\u017f", "s")) if value else None


def _literals(like: str) -> list[str]:
    """The pieces of a `like` between its wildcards."""
    return [re.sub(r"\^(.)", r"\1", piece, flags=re.DOTALL) for piece in re.split(r"(?<!\^)(?:\^\^)*[%_]", like)] or [
        ""
    ]


# As it is kept


def plain(condition: Condition) -> list[Any]:
    """CONDITION as lists and texts, for JSON."""
    match condition:
        case Term(field, kind, value, cased):
            return ["test", field, kind, value, cased]
        case Not(part):
            return ["not", plain(part)]
        case All(parts):
            return ["all", *map(plain, parts)]
        case Some(parts):
            return ["some", *map(plain, parts)]


def of_plain(kept: list[Any]) -> Condition:
    """The condition that `plain` gave. Errors: ValueError for what it never gives."""
    match kept:
        case ["test", str(field), str(kind), str(value), bool(cased)]:
            return Term(field, kind, value, cased)
        case ["not", part]:
            return Not(of_plain(part))
        case ["all", *parts]:
            return All(tuple(map(of_plain, parts)))
        case ["some", *parts]:
            return Some(tuple(map(of_plain, parts)))
    raise ValueError("condition")


def some(conditions: Iterable[Condition]) -> Condition:
    """True if one of CONDITIONS is."""
    return Some(tuple(conditions))
