"""What SQL of questions, detections and explanations may hold, so that it means the same on DuckDB and on Spark.

An allow-list: much is translated wrongly without a word, so what nobody has tried is refused. Functions stand with
their edge values in `portable.toml`; constructs stand below.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from schemas.errors import SqlFileError
from schemas.sqlfile import SqlFile

PATH = Path(__file__).with_name("portable.toml")
KINDS = frozenset({"question", "detection", "explanation"})

# sqlglot's classes that are no functions.
CONSTRUCTS = frozenset(
    {
        *("Select", "From", "Where", "Group", "Having", "Order", "Ordered", "Join", "With", "CTE", "Subquery", "Union"),
        *("Table", "TableAlias", "Column", "Identifier", "Alias", "Star", "Dot", "Placeholder", "Tuple", "Limit"),
        *("Literal", "Null", "Boolean", "Interval", "Var", "DataType", "Cast"),
        *("And", "Or", "Not", "Paren", "Case", "If", "In", "Between", "Exists", "Is", "Like"),
        *("EQ", "NEQ", "GT", "GTE", "LT", "LTE", "NullSafeEQ", "NullSafeNEQ"),
        *("Add", "Sub", "Mul", "Neg", "DPipe", "Distinct", "Filter", "Window"),
    }
)
# Functions of analytics/views.sql and detect/member_names.sql, which another engine makes for itself as it makes the
# views.
OWN = frozenset({"account_key", "most_changes", "plain_letters", "share_name", "share_key"})
# A number cast to a whole one is rounded by DuckDB and cut by Spark, a time cast to text looks different: so only
# these.
_CASTABLE = (exp.Placeholder, exp.Null, exp.Literal, exp.Sum, exp.Count, exp.Array, exp.Filter)
_TRUNCATED = frozenset({"HOUR", "DAY", "WEEK", "MONTH", "YEAR"})


@cache
def functions() -> dict[str, str]:
    """Allowed functions: sqlglot's class to the name that an author writes."""
    document = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return {function["node"]: function["name"] for function in document["function"]}


def edges() -> Iterator[tuple[str, str, str]]:
    """Each function's edge values: its name, an expression, and the expression that it must equal."""
    for function in tomllib.loads(PATH.read_text(encoding="utf-8"))["function"]:
        for case in function["cases"]:
            yield function["name"], case["sql"], case["is"]


def hold(file: SqlFile) -> exp.Query:
    """The parsed statement of FILE. Errors: SqlFileError naming the file and the first thing that isn't portable."""
    return parsed(str(file.path), file.sql)


def parsed(place: str, sql: str) -> exp.Query:
    """SQL as a tree that holds allowed things only. Errors: SqlFileError."""
    try:
        statements = sqlglot.parse(sql, read="duckdb")
    except sqlglot.errors.SqlglotError:
        raise SqlFileError(place, "sql", "sqlglot can't read it, so it can't be translated") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise SqlFileError(place, "sql", "want one SELECT")
    for node in statements[0].walk():
        reason = _refusal(node)
        if reason:
            raise SqlFileError(place, reason[0], reason[1])
    return statements[0]


def tables(tree: exp.Expr) -> frozenset[str]:
    """The relations that a statement reads, without those that it makes itself."""
    made = {cte.alias for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - made


def _refusal(node: exp.Expr) -> tuple[str, str] | None:
    """What is refused, and why; None if NODE is allowed."""
    if isinstance(node, exp.Anonymous) and node.name in OWN:
        return None
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc | exp.CombinedAggFunc | exp.ParameterizedAgg):
        return node.name.lower(), "no allowed function; schemas/portable.toml lists them"
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return None
    kind = type(node).__name__
    if kind not in CONSTRUCTS and kind not in functions():
        name = node.sql_name().lower() if isinstance(node, exp.Func) else kind
        return name, "no allowed function or construct; schemas/portable.toml and schemas/portable.py list them"
    return next(((name, reason) for test, name, reason in _RULES if test(node)), None)


def _ordered_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Order) and not isinstance(node.parent, exp.Query | exp.Window)


def _bare_list(node: exp.Expr) -> bool:
    """A list that may hold NULL, or whose order is by chance."""
    if not isinstance(node, exp.ArrayAgg):
        return False
    item = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    filtered = isinstance(node.parent, exp.Filter)
    outer = node.parent.parent if filtered and node.parent else node.parent
    never_null = isinstance(item, exp.Column) and item.name == "event_id"
    return not isinstance(outer, exp.ArraySort) or not (filtered or never_null)


def _wide_sum(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Sum):
        return False
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.Window):
        parent = parent.parent
    return not isinstance(parent, exp.Cast)


def _to_instant(node: exp.Expr) -> bool:
    said = node.this
    ends = isinstance(said, exp.DPipe) and isinstance(said.expression, exp.Literal) and said.expression.name[-1:] == "Z"
    to = node.args.get("to")
    return ends and to is not None and to.is_type("timestamptz")


_RULES = (
    (
        lambda node: (
            isinstance(node, exp.Join) and bool(node.args.get("method") or node.kind in {"SEMI", "ANTI", "POSITIONAL"})
        ),
        "join",
        "no ASOF, NATURAL, SEMI or ANTI join: as-of is a range join on valid_from and valid_to",
    ),
    (_ordered_aggregate, "order by", "no order inside an aggregate: list_sort(list(x))"),
    (
        lambda node: isinstance(node, exp.Window) and node.find(exp.Distinct) is not None,
        "distinct",
        "no DISTINCT in a window",
    ),
    (lambda node: isinstance(node, exp.Distinct) and node.args.get("on") is not None, "distinct on", "no DISTINCT ON"),
    (lambda node: isinstance(node, exp.Group) and bool(node.args.get("all")), "group by all", "name the columns"),
    (
        lambda node: (
            isinstance(node, exp.Star) and any(node.args.get(key) for key in ("except_", "except", "replace", "rename"))
        ),
        "*",
        "no EXCLUDE, REPLACE or RENAME: name the columns",
    ),
    (
        lambda node: (
            isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast) and not isinstance(node.this, _CASTABLE)
        ),
        "cast",
        "only a parameter, a literal, NULL, count or sum is cast",
    ),
    (
        lambda node: isinstance(node, exp.TryCast) and not _to_instant(node),
        "try_cast",
        "only a text that ends with a time in UTC, to TIMESTAMPTZ: try_cast(month || '-01T00:00:00Z' AS TIMESTAMPTZ)",
    ),
    (_wide_sum, "sum", "want CAST(sum(x) AS BIGINT): DuckDB's own type is one that the lake doesn't have"),
    (_bare_list, "list", "want list_sort(list(event_id)) or list_sort(list(x) FILTER (WHERE x IS NOT NULL))"),
    (
        lambda node: (
            isinstance(node, exp.Like)
            and not (isinstance(node.expression, exp.Literal) and "\\" not in node.expression.name)
        ),
        "like",
        "only with a literal pattern without a backslash, which Spark reads as an escape",
    ),
    (
        lambda node: isinstance(node, exp.TimestampTrunc) and node.text("unit").upper() not in _TRUNCATED,
        "date_trunc",
        "only hour, day, week, month and year",
    ),
    (
        lambda node: isinstance(node, exp.Literal) and node.is_string and "\\" in node.name,
        "literal",
        "no backslash in a literal: Spark reads it as an escape",
    ),
)
