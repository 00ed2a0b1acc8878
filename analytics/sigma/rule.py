"""A rule as it is kept and run: what pySigma read of it, in our fields."""

from dataclasses import dataclass, field
from typing import Any

from analytics.sigma.condition import Condition, of_plain, plain

# Rises when the same text would be converted to something else; what older versions kept is converted again.
VERSION = 1
KINDS = (
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_median",
    "value_percentile",
)


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked for in events of one family; `fields` are a correlation's: its name of a field, and ours."""

    family: str
    condition: Condition
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correlation:
    """What the events of several rules must have in common.

    Attributes: `kind` is one of KINDS. `of` are the checks of each rule it is about, in its order. `group_by` and
    `values` are fields of those checks. `span_s`: from the first to the last event. `op` and `count`: what the number
    must be; `percentile`: of value_percentile. `expression`: with temporal kinds, which rules must fire, as nested
    lists of "and", "or", "not" and numbers of rules; None: all, or as many as `op` and `count` say.
    """

    kind: str
    of: tuple[tuple[Check, ...], ...]
    group_by: tuple[str, ...]
    span_s: int
    op: str = ">="
    count: float = 1
    values: tuple[str, ...] = ()
    percentile: int | None = None
    expression: Any = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `checks` are empty where there is a `correlation`; `generate` is false for those that serve one.

    `details`: its fields, as it names them, that no column of events holds: they are read from the record in `details`.
    """

    id: str
    title: str
    level: str
    tags: tuple[str, ...] = ()
    description: str = ""
    benign: tuple[str, ...] = ()
    log_source: str = ""
    checks: tuple[Check, ...] = ()
    correlation: Correlation | None = None
    generate: bool = True
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def attack(self) -> tuple[str, ...]:
        """The ATT&CK techniques that its tags name, such as T1110.003."""
        named = (tag.removeprefix("attack.") for tag in self.tags if tag.startswith("attack.t"))
        return tuple(name.upper() for name in named if name[1:2].isdigit())

    @property
    def unknown(self) -> tuple[str, ...]:
        """Those of `details` that no documented event of its log source has, each with what it may mean."""
        from analytics.sigma.sources import undocumented  # noqa: PLC0415 - to run a rule needs no documentation

        found = undocumented(self.log_source.lower(), self.details)
        return tuple(f"{name} ({meant}?)" if meant else name for name, meant in found.items())


def kept(rule: Rule) -> dict[str, Any]:
    """RULE as JSON holds it."""
    correlation = rule.correlation
    return {
        "version": VERSION,
        "id": rule.id,
        "title": rule.title,
        "level": rule.level,
        "tags": list(rule.tags),
        "description": rule.description,
        "benign": list(rule.benign),
        "log_source": rule.log_source,
        "checks": [_check(check) for check in rule.checks],
        "generate": rule.generate,
        "notes": list(rule.notes),
        "details": list(rule.details),
        "correlation": correlation
        and {
            "kind": correlation.kind,
            "of": [[_check(check) for check in checks] for checks in correlation.of],
            "group_by": list(correlation.group_by),
            "span_s": correlation.span_s,
            "op": correlation.op,
            "count": correlation.count,
            "values": list(correlation.values),
            "percentile": correlation.percentile,
            "expression": correlation.expression,
        },
    }


def of_kept(given: dict[str, Any]) -> Rule:
    """The rule that `kept` gave. Errors: KeyError, TypeError, ValueError for what it never gives."""
    told = given["correlation"]
    correlation = told and Correlation(
        told["kind"],
        tuple(tuple(map(_check_of, checks)) for checks in told["of"]),
        tuple(told["group_by"]),
        told["span_s"],
        told["op"],
        told["count"],
        tuple(told["values"]),
        told["percentile"],
        told["expression"],
    )
    return Rule(
        given["id"],
        given["title"],
        given["level"],
        tuple(given["tags"]),
        given["description"],
        tuple(given["benign"]),
        given["log_source"],
        tuple(map(_check_of, given["checks"])),
        correlation,
        given["generate"],
        tuple(given["notes"]),
        tuple(given.get("details", ())),
    )


def _check(check: Check) -> dict[str, Any]:
    return {"family": check.family, "condition": plain(check.condition), "fields": check.fields}


def _check_of(given: dict[str, Any]) -> Check:
    return Check(given["family"], of_plain(given["condition"]), given["fields"])
