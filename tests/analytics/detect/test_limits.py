"""A finding's page draws a parameter beside the number of its name: so it must be that number's limit."""

from collections.abc import Iterator

import pytest
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

from analytics.detect.knowledge import detections
from analytics.detect.limits import HOLDS, limits
from schemas import portable

Made = tuple[int, str]  # a column by the SELECT, or the name of the table, that makes it


def made(scope: Scope, name: str, table: str = "") -> Iterator[Made]:
    """Every place that the column NAME of SCOPE's sources, of TABLE if it says one, is made in, down to its table."""
    for alias, (_, source) in scope.selected_sources.items():
        if table and alias != table:
            continue
        if isinstance(source, Scope):
            yield from answered(source, name)
        else:
            yield source.name, name


def answered(scope: Scope, name: str) -> Iterator[Made]:
    """Every place that the column NAME which SCOPE answers is made in."""
    for each in scope.set_operation_scopes:
        yield from answered(each, name)
    for shown in scope.expression.selects:
        if shown.is_star or shown.alias_or_name != name:
            continue
        yield id(scope.expression), name
        for column in shown.find_all(exp.Column):
            if column.name == name:
                yield from made(scope, name, column.table)
    if any(shown.is_star for shown in scope.expression.selects):
        yield from made(scope, name)


def held(root: Scope, name: str) -> bool:
    """Whether something that the answer's column NAME is made of is compared with the parameter NAME."""
    origins = set(answered(root, name))
    for scope in root.traverse():
        for sign in scope.find_all(exp.GT, exp.GTE, exp.LT, exp.LTE):
            for limit, other in ((sign.expression, sign.this), (sign.this, sign.expression)):
                if not isinstance(limit, exp.Placeholder) or limit.name != name:
                    continue
                if id(scope.expression) in {place for place, _ in origins} and any(
                    shown.alias_or_name == name and shown.unalias() == other for shown in scope.expression.selects
                ):
                    return True
                for column in other.find_all(exp.Column):
                    if column.name == name and not origins.isdisjoint(made(scope, name, column.table)):
                        return True
    return False


def pairs() -> Iterator[tuple[str, str]]:
    """Detections and their numbers whose name is also a parameter's."""
    for file in detections().values():
        answers = set(portable.hold(file).named_selects)
        for param in file.params:
            if param.name in answers:
                yield file.name, param.name


@pytest.mark.parametrize(("detection", "name"), sorted(pairs()))
def test_a_parameter_named_as_a_number_is_its_limit(detection: str, name: str) -> None:
    root = build_scope(portable.hold(detections()[detection]))
    assert root is not None
    assert held(root, name)


@pytest.mark.parametrize(("detection", "name"), sorted(pairs()))
def test_how_a_number_is_held_against_its_limit_is_one_thing(detection: str, name: str) -> None:
    assert limits(detection)[name] in HOLDS
    tree = portable.hold(detections()[detection])
    signs = {
        type(sign)
        for sign in tree.find_all(exp.GT, exp.GTE, exp.LT, exp.LTE)
        if isinstance(sign.expression, exp.Placeholder) and sign.expression.name == name
    }
    assert len(signs) == 1


def test_fewer_and_at_most_are_limits_too() -> None:
    assert limits("no_relation") == {"colleagues": "fewer", "days": "least"}
    assert limits("new_device") == {"devices": "most", "known": "least"}
    assert limits("mass_print")["things"] == "more"
