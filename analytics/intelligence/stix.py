"""STIX 2.1: indicators of a bundle, and their patterns as far as one event can answer them."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any

from analytics.intelligence.entry import MOST_CLAUSES, Clause, Comparison, Entry, Read, Reject

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<coded>[htb]'[^']*')|(?P<mark>[\[\](),])|(?P<sign>!=|<>|<=|>=|==|=|<|>)"
    r"|(?P<path>[a-z0-9-]+:(?:[A-Za-z0-9_.-]|\[(?:\d+|\*)\]|(?<=\.)'[^']*')+)|(?P<word>[A-Za-z0-9_.+-]+))"
)
_PATHS: tuple[tuple[str, str], ...] = (
    (r"(ipv4-addr|ipv6-addr):value", "ip"),
    (r"network-traffic:(src|dst)_ref\.value", "ip"),
    (r"domain-name:value", "domain"),
    (r"url:value", "url"),
    (r"email-addr:value|email-message:(from|sender)_ref\.value", "email"),
    (r"user-account:(account_login|user_id)", "account"),
    (r"file:hashes\.'?(MD5|SHA-?1|SHA-?256|SHA-?512)'?", "hash"),
    (r"file:name", "file_name"),
    (r"network-traffic:extensions\.'http-request-ext'\.request_header\.'User-Agent'", "user_agent"),
)


class _NotPlainError(Exception):
    """The pattern says what one event can't answer, or isn't one. Its text is the reason."""


def read(bundle: dict[str, Any]) -> Read:
    """The indicators of a BUNDLE, as parsed from JSON. What is no indicator is counted and passed over."""
    found = Read([], [], [])
    objects = bundle.get("objects")
    for number, each in enumerate(objects if isinstance(objects, list) else [], start=1):
        if not isinstance(each, dict) or each.get("type") != "indicator":
            found.passed += 1
            continue
        place = f"object {number}"
        if each.get("revoked") is True and isinstance(each.get("id"), str):
            found.withdrawn.append(each["id"])
            continue
        try:
            found.entries.append(_entry(place, each))
        except _FieldError as error:
            found.rejects.append(Reject(place, error.field, error.reason))
    return found


def clauses(pattern: str) -> tuple[Clause, ...]:
    """A pattern as alternatives; an event is meant if it meets all comparisons of one of them.

    A comparison that events can't answer stands as one with a reason. Errors: ValueError, whose text is the reason, for
    what isn't a pattern, or asks for several events, their order or number, or a period.
    """
    try:
        parser = _Parser(pattern)
        found = parser.pattern()
        parser.end()
    except _NotPlainError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    return tuple(dict.fromkeys(found))


class _FieldError(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def _entry(place: str, each: dict[str, Any]) -> Entry:
    pattern, kind = each.get("pattern"), each.get("pattern_type", "stix")
    if kind != "stix":
        raise _FieldError("pattern_type", "want stix: other rules are not indicators of one value")
    if not isinstance(pattern, str):
        raise _FieldError("pattern", "is missing")
    if not isinstance(each.get("id"), str):
        raise _FieldError("id", "is missing")
    confidence = each.get("confidence")
    if confidence is not None and (type(confidence) is not int or not 0 <= confidence <= 100):  # noqa: PLR2004
        raise _FieldError("confidence", "want a whole number from 0 to 100")
    try:
        found = clauses(pattern)
    except ValueError as error:
        raise _FieldError("pattern", str(error)) from None
    types = each.get("indicator_types") or each.get("labels") or []
    label = each.get("name") or ", ".join(word for word in types if isinstance(word, str))
    since, until = (_time(each, field) for field in ("valid_from", "valid_until"))
    return Entry(place, each["id"], found, since, until, confidence, str(label))


def _time(each: dict[str, Any], field: str) -> datetime | None:
    if each.get(field) is None:
        return None
    try:
        time = datetime.fromisoformat(each[field])
    except (TypeError, ValueError):
        time = None
    if time is None or time.tzinfo is None:
        raise _FieldError(field, "want a time with Z")
    return time


class _Parser:
    """Recursive descent over a pattern: AND binds harder than OR, as STIX has it."""

    def __init__(self, pattern: str) -> None:
        self.tokens = list(_tokens(pattern))
        self.at = 0

    def pattern(self) -> list[Clause]:
        found = self._observation()
        while self._word("OR"):
            found = _bounded(found + self._observation())
        return found

    def end(self) -> None:
        if self.at < len(self.tokens):
            word = self.tokens[self.at][1].upper()
            reasons = {
                "AND": "asks for several events",
                "FOLLOWEDBY": "asks for the order of events",
                "REPEATS": "asks for a number of events",
                "WITHIN": "asks for a period",
                "START": "asks for a period",
            }
            raise _NotPlainError(reasons.get(word, "can't be read to its end"))

    def _observation(self) -> list[Clause]:
        if self._mark("("):
            found = self.pattern()
            if not self._mark(")"):
                self.end()
                raise _NotPlainError("a parenthesis is not closed")
            return found
        if not self._mark("["):
            raise _NotPlainError("want [ … ]")
        found = self._either()
        if not self._mark("]"):
            raise _NotPlainError("a bracket is not closed")
        return found

    def _either(self) -> list[Clause]:
        found = self._both()
        while self._word("OR"):
            found = _bounded(found + self._both())
        return found

    def _both(self) -> list[Clause]:
        found = self._one()
        while self._word("AND"):
            other = self._one()
            if len(found) * len(other) > MOST_CLAUSES:
                raise _NotPlainError(f"has more than {MOST_CLAUSES} alternatives")
            found = [tuple(dict.fromkeys(left + right)) for left, right in product(found, other)]
        return found

    def _one(self) -> list[Clause]:
        if self._mark("("):
            found = self._either()
            if not self._mark(")"):
                raise _NotPlainError("a parenthesis is not closed")
            return found
        if self._word("EXISTS"):
            self._next("path")
            return [(Comparison("", reason="EXISTS can't be matched"),)]
        path = self._next("path")
        negated = self._word("NOT")
        kind, sign = self._take()
        if kind not in {"sign", "word"}:
            raise _NotPlainError("want a comparison")
        values = self._values() if sign.upper() == "IN" else [self._value()]
        return _bounded([(_comparison(path, "NOT" if negated else sign.upper(), value),) for value in values])

    def _values(self) -> list[str]:
        if not self._mark("("):
            raise _NotPlainError("want a set after IN")
        values = [self._value()]
        while self._mark(","):
            values.append(self._value())
        if not self._mark(")"):
            raise _NotPlainError("a parenthesis is not closed")
        return values

    def _value(self) -> str:
        kind, text = self._take()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind in {"word", "coded"}:
            return text
        raise _NotPlainError("want a value")

    def _take(self) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise _NotPlainError("ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _next(self, kind: str) -> str:
        found, text = self._take()
        if found != kind:
            raise _NotPlainError("want an object path, such as ipv4-addr:value")
        return text

    def _mark(self, text: str) -> bool:
        return self._skip("mark", text)

    def _word(self, text: str) -> bool:
        return self._skip("word", text)

    def _skip(self, kind: str, text: str) -> bool:
        hit = self.at < len(self.tokens) and self.tokens[self.at] in {(kind, text), (kind, text.lower())}
        self.at += hit
        return hit


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(pattern.rstrip())
    while at < end:
        match = _TOKEN.match(pattern, at)
        if match is None or match.lastgroup is None:
            raise _NotPlainError("can't be read")
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


def _bounded(found: list[Clause]) -> list[Clause]:
    if len(found) > MOST_CLAUSES:
        raise _NotPlainError(f"has more than {MOST_CLAUSES} alternatives")
    return found


def _comparison(path: str, sign: str, value: str) -> Comparison:
    kind = next((kind for known, kind in _PATHS if re.fullmatch(known, path)), None)
    if kind is None:
        return Comparison("", reason=f"{path.partition(':')[0]}: events hold no such property")
    if sign in {"=", "==", "IN"} or (sign == "ISSUBSET" and kind == "ip"):
        if path.startswith("network-traffic:") and kind == "ip" and not re.fullmatch(r"[0-9a-fA-F.:/]+", value):
            kind = "domain"
        return Comparison(kind, value)
    if sign == "LIKE" and not re.search(r"[%_]", value):
        return Comparison(kind, value)
    return Comparison("", reason=f"{sign} can't be matched")
