"""Sigma rules, as pySigma reads them, to rules of ours; what can't be converted is named with its reason."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationRule,
    SigmaRuleReference,
)
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine, RegexPattern
from sigma.rule import SigmaRule
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from analytics.sigma.condition import NEVER, TEXT, All, Condition, Not, Some, Term, some
from analytics.sigma.condition import fields as fields_of
from analytics.sigma.pattern import lowered, reason_against
from analytics.sigma.rule import KINDS, Check, Correlation, Rule
from analytics.sigma.sources import LogSource, Refused, log_sources

_COMPARED = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
}
_OPS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "EQ": "=", "NEQ": "<>"}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_TESTS = 5000  # what one rule may hold: windash and base64offset multiply


class _NotTaken(Exception):  # noqa: N818 - of a pattern
    """RE2 doesn't take a pattern."""


class _Engine(RegexEngine):
    """Holds patterns to the engine in which they run; pySigma's own would write to standard error what it refuses."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        """PATTERN, for pySigma's own use. Errors: _NotTaken."""
        letters = "".join(letter for letter in "ims" if flags & getattr(re, letter.upper()))
        if reason := reason_against(f"(?{letters}){pattern}" if letters else pattern):
            raise _NotTaken(reason)
        try:
            return cast("RegexPattern", re.compile(pattern, flags))
        except re.error:  # what RE2 alone takes; pySigma only asks whether it is a pattern
            return cast("RegexPattern", re.compile(""))

    @property
    def error(self) -> type[Exception]:
        """What `compile` raises."""
        return _NotTaken


_POLICY = SigmaPolicy(regex_engine=_Engine())


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be converted: the file, the rule (its title, or its number in the file) and the reason."""

    file: Path
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Converted:
    """A rule with the file and the text that it came from."""

    rule: Rule
    file: Path
    text: str


@dataclass(slots=True)
class _Document:
    file: Path
    text: str
    number: int
    parsed: SigmaRule | SigmaCorrelationRule

    @property
    def name(self) -> str:
        return self.parsed.title or f"rule {self.number}"


def convert(files: Iterable[Path]) -> tuple[list[Converted], list[Failure]]:
    """The rules of FILES, and what isn't one of ours. A correlation may refer to rules of any of FILES.

    Errors:  none for what a file holds: that is a Failure.
    """
    texts: list[tuple[Path, str]] = []
    failures: list[Failure] = []
    for file in files:
        try:
            texts.append((file, file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            failures.append(Failure(file, "file", "not text in UTF-8"))
    found, others = _of_texts(texts)
    return found, failures + others


def convert_text(file: Path, text: str) -> tuple[list[Converted], list[Failure]]:
    """As `convert`, of TEXT that FILE holds or held."""
    return _of_texts([(file, text)])


def _of_texts(texts: Iterable[tuple[Path, str]]) -> tuple[list[Converted], list[Failure]]:
    failures: list[Failure] = []
    documents: list[_Document] = []
    filters: list[tuple[Path, SigmaFilter]] = []
    for file, text in texts:
        try:
            given = [document for document in yaml.load_all(text, _Loader) if document is not None]
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            failures.append(Failure(file, "file", f"not YAML: {_place(error)}"))
            continue
        failures += _parsed(file, text, given, documents, filters)
    documents = [_filtered(document, filters, failures) for document in documents]
    return _converted(documents, failures), failures


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"{type(error).__name__} in line {mark.line + 1}" if mark else type(error).__name__


def _parsed(
    file: Path, text: str, given: list[Any], documents: list[_Document], filters: list[tuple[Path, SigmaFilter]]
) -> Iterator[Failure]:
    """Put what GIVEN holds into DOCUMENTS and FILTERS; gives what it doesn't."""
    common: dict[str, Any] = {}
    for number, document in enumerate(given, start=1):
        title = document.get("title") if isinstance(document, dict) else None
        named = title if isinstance(title, str) and title else f"rule {number}"
        if not isinstance(document, dict):
            yield Failure(file, named, "not a rule: want a mapping")
            continue
        if document.get("action") in {"global", "reset", "repeat"}:
            action = document.pop("action")
            if action != "repeat":
                common = document if action == "global" else {}
                continue
        try:
            read = SigmaCollection.from_dicts(
                [{**common, **document} if "detection" in document else document],
                collect_filters=True,
                resolve_references=False,
                policy=_POLICY,
            ).rules
            if not read:
                filters.append((file, SigmaFilter.from_dict(document, policy=_POLICY)))
            else:
                documents.append(_Document(file, text, number, read[0]))
        except SigmaError as error:
            yield Failure(file, named, _said(error))
        except Exception as error:  # noqa: BLE001 - pySigma lets pass whatever Python raises for a value of another kind
            yield Failure(file, named, f"pySigma can't read it ({type(error).__name__})")


def _said(error: SigmaError) -> str:
    """PySigma's reason, without the place that it adds."""
    if isinstance(error.__cause__, _NotTaken):
        return f"regular expression: {error.__cause__}"
    said = str(error.args[0]) if error.args else type(error).__name__
    kind = re.sub(r"^Sigma|Error$", "", type(error).__name__)
    return f"{re.sub(r'(?<!^)(?=[A-Z])', ' ', kind).lower()}: {said}"


def _filtered(document: _Document, filters: list[tuple[Path, SigmaFilter]], failures: list[Failure]) -> _Document:
    """DOCUMENT with the filters that are for it."""
    for file, each in filters:
        if isinstance(document.parsed, SigmaRule):
            try:
                changed = each.apply_on_rule(document.parsed)
            except SigmaError as error:
                failures.append(Failure(file, each.title, _said(error)))
                continue
            assert isinstance(changed, SigmaRule)
            document = replace_parsed(document, changed)
    return document


def replace_parsed(document: _Document, parsed: SigmaRule) -> _Document:
    """DOCUMENT with another reading."""
    return _Document(document.file, document.text, document.number, parsed)


def _converted(documents: list[_Document], failures: list[Failure]) -> list[Converted]:
    found: list[Converted] = []
    by_name: dict[str, SigmaRule | SigmaCorrelationRule] = {}
    for document in documents:
        for key in (document.parsed.id, document.parsed.name):
            if key is not None:
                by_name[str(key)] = document.parsed
    served: set[int] = set()
    # Correlations first: they say which rules only serve them.
    for document in sorted(documents, key=lambda each: isinstance(each.parsed, SigmaRule)):
        try:
            if isinstance(document.parsed, SigmaCorrelationRule):
                rule = _correlation(document, by_name, served)
            else:
                rule = replace(_rule(document), generate=id(document.parsed) not in served)
        except Refused as refused:
            failures.append(Failure(document.file, document.name, str(refused)))
        except SigmaError as error:
            failures.append(Failure(document.file, document.name, _said(error)))
        except RecursionError:
            failures.append(Failure(document.file, document.name, "its condition is nested too deeply"))
        else:
            found.append(Converted(rule, document.file, document.text))
    return found


def _rule(document: _Document) -> Rule:
    parsed = document.parsed
    assert isinstance(parsed, SigmaRule)
    checks, notes, details = _checks(parsed, ())
    said = parsed.logsource
    return replace(
        _common(document),
        checks=checks,
        notes=notes,
        details=tuple(sorted(details)),
        log_source="/".join(filter(None, (said.product, said.category, said.service))),
    )


def _common(document: _Document) -> Rule:
    parsed = document.parsed
    if parsed.errors:
        raise Refused(_said(parsed.errors[0]))
    return Rule(
        str(parsed.id or parsed.name or _made(document)),
        parsed.title,
        parsed.level.name.lower() if parsed.level else "medium",
        tuple(str(tag) for tag in parsed.tags),
        parsed.description or "",
        tuple(parsed.falsepositives or ()),
    )


def _made(document: _Document) -> str:
    """The id of a rule that has none: the same text gives the same."""
    return hashlib.sha256(f"{document.number}\0{document.text}".encode()).hexdigest()[:32]


def _checks(
    parsed: SigmaRule, wanted: Sequence[tuple[str, str]]
) -> tuple[tuple[Check, ...], tuple[str, ...], set[str]]:
    """What PARSED looks for, by family; WANTED: a correlation's names of fields, and the rule's.

    Gives also for which of its log sources it isn't, and which of the fields no column of events holds: of PARSED those
    that it names, of a correlation those of WANTED.

    Errors:  Refused if it can't be true of any event, or if no log source has its fields.
    """
    if parsed.taxonomy not in {None, "sigma"}:
        raise Refused("taxonomy: only Sigma's own is known")
    sources = log_sources(parsed.logsource.product, parsed.logsource.category, parsed.logsource.service)
    read = some(_condition(each.parse()) for each in parsed.detection.parsed_condition)
    checks: list[Check] = []
    reasons: list[str] = []
    details: set[str] = set()
    looked_at = {name for _, name in wanted} or fields_of(read)
    for source in sources:
        try:
            condition = source.condition(read)
            fields = {name: _field(source, own) for name, own in wanted}
        except Refused as refused:
            reasons.append(str(refused) if len(sources) == 1 else f"{refused} ({source.name})")
            continue
        if condition == NEVER:
            reasons.append(f"its fields are none of {source.name}'s")
        else:
            checks.append(Check(source.family.name, condition, fields))
            details |= source.from_details(looked_at)
    if not checks:
        # The same reason of several sources is said once.
        raise Refused("; ".join(dict.fromkeys(re.sub(r" \([^()]*\)$", "", reason) for reason in reasons)))
    return tuple(checks), tuple(reasons), details


def _field(source: LogSource, name: str) -> str:
    found = source.field(name)
    if found is None:
        raise Refused(f"field {name}: its log source has no such field")
    return found


# Conditions


def _condition(parsed: Any) -> Condition:
    """PARSED, as pySigma gives a condition, with Sigma's names of fields. Errors: Refused."""
    match parsed:
        case ConditionAND():
            return All(tuple(map(_condition, parsed.args)))
        case ConditionOR():
            return Some(tuple(map(_condition, parsed.args)))
        case ConditionNOT():
            return Not(_condition(parsed.args[0]))
        case ConditionFieldEqualsValueExpression():
            return _value(parsed.field, parsed.value)
        case ConditionValueExpression():
            return _word(parsed.value)
        case None:
            raise Refused("condition: nothing is left of it")
    raise Refused(f"condition: {type(parsed).__name__} is not supported")


def _word(value: Any) -> Condition:
    """A word without a field: it is looked for in the whole event."""
    match value:
        case SigmaExpansion():
            return Some(tuple(map(_word, value.values)))
        case SigmaString():
            test = _text(TEXT, value)
            kind = "like" if test.kind == "like" else "contains"
            if kind == "like" and not test.value.startswith("%"):
                test = replace(test, value="%" + test.value)
            if kind == "like" and not re.search(r"(?<!\^)(?:\^\^)*%$", test.value):
                test = replace(test, value=test.value + "%")
            if not test.value:
                raise Refused("a word without a field is empty")
            return replace(test, kind=kind)
        case SigmaNumber() if not isinstance(value, SigmaTimestampPart):
            return Term(TEXT, "contains", str(value.number))
        case SigmaRegularExpression():
            return _expression(TEXT, value)
    raise Refused(f"a word without a field that is {type(value).__name__.removeprefix('Sigma')} is not supported")


def _value(field: str, value: Any) -> Condition:  # noqa: C901, PLR0911, PLR0912 - one for each type of pySigma
    match value:
        case SigmaExpansion():
            if len(value.values) > _MOST_TESTS:
                raise Refused("modifiers make too many values of one")
            return Some(tuple(_value(field, each) for each in value.values))
        case SigmaString():
            return _text(field, value)
        case SigmaTimestampPart():
            raise Refused(f"field {field}: the modifier {value.timestamp_part.name.lower()} is not supported")
        case SigmaNumber():
            return Term(field, "is", str(value.number).lower())
        case SigmaBool():
            return Term(field, "is", str(value.boolean).lower())
        case SigmaNull():
            return Term(field, "null")
        case SigmaExists():
            return Term(field, "exists", "yes" if value.exists else "no")
        case SigmaRegularExpression():
            return _expression(field, value)
        case SigmaCIDRExpression():
            return Term(field, "cidr", str(value.network))
        case SigmaCompareExpression() if isinstance(value.number, SigmaNumber) and not isinstance(
            value.number, SigmaTimestampPart
        ):
            if value.op not in _COMPARED:
                return Not(Term(field, "is", str(value.number.number).lower()))
            return Term(field, _COMPARED[value.op], repr(float(value.number.number)))
        case SigmaFieldReference():
            ends = {(True, True): "contains", (True, False): "starts", (False, True): "ends"}
            return Term(field, f"field {ends.get((value.starts_with, value.ends_with), 'is')}", value.field)
    raise Refused(f"field {field}: a value that is {type(value).__name__.removeprefix('Sigma')} is not supported")


def _text(field: str, value: SigmaString) -> Term:  # noqa: C901, PLR0911 - one for each place of wildcards
    """A text with wildcards as the plainest test that it is."""
    cased = isinstance(value, SigmaCasedString)
    parts = [part for part in value.s if part != ""]
    if any(not isinstance(part, str | SpecialChars) for part in parts) or value.contains_placeholder():
        raise Refused(f"field {field}: a placeholder (modifier expand) has no value here")
    many = SpecialChars.WILDCARD_MULTI
    if not parts:
        return Term(field, "is", "", cased)
    if all(part == many for part in parts):
        return Term(field, "exists", "yes")

    def held(text: str) -> str:
        return text if cased else lowered(text)

    while len(parts) > 1 and parts[0] == parts[1] == many:
        parts.pop(0)
    while len(parts) > 1 and parts[-1] == parts[-2] == many:
        parts.pop()
    match parts:
        case [str(text)]:
            return Term(field, "is", held(text), cased)
        case [SpecialChars.WILDCARD_MULTI, str(text), SpecialChars.WILDCARD_MULTI]:
            return Term(field, "contains", held(text), cased)
        case [str(text), SpecialChars.WILDCARD_MULTI]:
            return Term(field, "starts", held(text), cased)
        case [SpecialChars.WILDCARD_MULTI, str(text)]:
            return Term(field, "ends", held(text), cased)
    like = "".join(
        re.sub(r"([%_^])", r"^\1", held(part)) if isinstance(part, str) else "%" if part == many else "_"
        for part in parts
    )
    return Term(field, "like", like, cased)


def _expression(field: str, value: SigmaRegularExpression) -> Term:
    pattern = str(value.regexp)
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    if flags:
        pattern = f"(?{flags}){pattern}"
    if reason := reason_against(pattern):
        raise Refused(f"field {field}: regular expression: {reason}")
    return Term(field, "matches", pattern, cased=True)


# Correlations


def _correlation(document: _Document, by_name: dict[str, SigmaRule | SigmaCorrelationRule], served: set[int]) -> Rule:
    parsed = document.parsed
    assert isinstance(parsed, SigmaCorrelationRule)
    kind = parsed.type.name.lower()
    if kind not in KINDS:
        raise Refused(f"correlation: the type {kind} is not supported")
    names, expression = _referenced(parsed)
    rules = []
    for name in names:
        rule = by_name.get(name)
        if rule is None:
            raise Refused(f"correlation: the rule {name} that it refers to is not in what was given")
        if isinstance(rule, SigmaCorrelationRule):
            raise Refused(f"correlation: {name}, which it refers to, is a correlation itself")
        rules.append(rule)
    condition: Any = parsed.condition
    given = getattr(condition, "fieldref", None)
    values = [given] if isinstance(given, str) else list(given or ())
    of = []
    details: set[str] = set()
    for name, rule in zip(names, rules, strict=True):
        wanted = [(own, _alias(parsed, own, name, rule)) for own in (*(parsed.group_by or ()), *values)]
        try:
            checks, _, unheld = _checks(rule, wanted)
        except Refused as refused:
            raise Refused(f"correlation: the rule {name}: {refused}") from None
        of.append(checks)
        details |= unheld if wanted else set()
        if not parsed.generate:
            served.add(id(rule))
    return replace(
        _common(document),
        log_source="correlation",
        details=tuple(sorted(details)),
        correlation=Correlation(
            kind,
            tuple(of),
            tuple(parsed.group_by or ()),
            parsed.timespan.seconds,
            _OPS[condition.op.name] if expression is None else ">=",
            condition.count if expression is None else len(of),
            tuple(values),
            getattr(condition, "percentile", None),
            expression,
        ),
    )


def _alias(parsed: SigmaCorrelationRule, own: str, name: str, rule: SigmaRule) -> str:
    """The field of RULE, which PARSED calls NAME, that PARSED calls OWN."""
    alias = parsed.aliases.aliases.get(own)
    if alias is None:
        return own
    called = {name, str(rule.id), str(rule.name)}
    for reference, field in alias.mapping.items():
        if reference.reference in called:
            return str(field)
    raise Refused(f"correlation: the alias {own} says no field of the rule {name}")


def _referenced(parsed: SigmaCorrelationRule) -> tuple[list[str], Any]:
    """The names of the rules that PARSED is about, and its expression over their numbers."""
    condition: Any = parsed.condition
    text = getattr(condition, "expression", None)
    if parsed.rules:
        names = [rule.reference for rule in parsed.rules]
    else:
        names = list(dict.fromkeys(condition.get_referenced_rules()))
    if text is None:
        return names, None
    return names, _expression_of(condition.parsed, names)


def _expression_of(parsed: Any, names: list[str]) -> Any:
    match parsed:
        case CorrelationConditionAND():
            return ["and", *(_expression_of(part, names) for part in parsed.args)]
        case CorrelationConditionOR():
            return ["or", *(_expression_of(part, names) for part in parsed.args)]
        case CorrelationConditionNOT():
            return ["not", _expression_of(parsed.args[0], names)]
        case SigmaRuleReference() if parsed.reference in names:
            return names.index(parsed.reference)
    raise Refused("correlation: a condition that is not supported")
