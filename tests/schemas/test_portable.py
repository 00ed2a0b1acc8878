# ruff: noqa: E501 - statements and tables read better on one line
import duckdb
import pytest
import sqlglot

from schemas import portable
from schemas.errors import SqlFileError


@pytest.mark.parametrize(("name", "expression", "equals"), list(portable.edges()))
def test_a_function_at_its_edges(name, expression, equals):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    assert connection.sql(f"SELECT ({expression}) IS NOT DISTINCT FROM ({equals})").fetchall() == [(True,)], name
    assert sqlglot.transpile(f"SELECT {expression}", read="duckdb", write="spark")


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT a FROM t ASOF JOIN u ON t.a >= u.a", "join"),
        ("SELECT min(x ORDER BY y) FROM t", "order by"),
        ("SELECT count(DISTINCT x) OVER (PARTITION BY y) FROM t", "distinct"),
        ("SELECT regexp_extract(a, 'b', ['c']) FROM t", "regexp_extract"),
        ("SELECT COLUMNS('a.*') FROM t", "columns"),
        ("SELECT quantile_cont(x, 0.5) FROM t", "percentile_cont"),
        ("SELECT isodow(d) FROM t", "dayofweek_iso"),
        ("SELECT dayofweek(d) FROM t", "day_of_week"),
        ("SELECT l[-1] FROM t", "Bracket"),
        ("SELECT regexp_replace(a, 'b', 'c') FROM t", "regexp_replace"),
        ("SELECT date_diff('hour', a, b) FROM t", "datediff"),
        ("SELECT timezone('Europe/Stockholm', a) FROM t", "timezone"),
        ("SELECT sum(x) FROM t", "sum"),
        ("SELECT CAST(x AS INTEGER) FROM t", "cast"),
        ("SELECT x::TEXT FROM t", "cast"),
        ("SELECT try_cast(x AS TIMESTAMPTZ) FROM t", "try_cast"),
        ("SELECT try_cast(x || '-01' AS TIMESTAMPTZ) FROM t", "try_cast"),
        ("SELECT try_cast(x || 'Z' AS INTEGER) FROM t", "try_cast"),
        ("SELECT * EXCLUDE (a) FROM t", r"\*"),
        ("SELECT DISTINCT ON (a) a FROM t", "distinct on"),
        ("SELECT a FROM t GROUP BY ALL", "group by all"),
        ("SELECT list(x) FROM t", "list"),
        ("SELECT list_sort(list(x)) FROM t", "list"),
        (r"SELECT a LIKE 'x\%' FROM t", "like"),
        ("SELECT a LIKE b FROM t", "like"),
        (r"SELECT a = 'DOMAIN\user' FROM t", "literal"),
        ("SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "Qualify"),
        ("SELECT a // b FROM t", "IntDiv"),
        ("SELECT a / b FROM t", "Div"),
        ("SELECT read_text('/etc/passwd') FROM t", "read_text"),
        ("SELECT date_trunc('minute', a) FROM t", "date_trunc"),
        ("SELECT 1; SELECT 2", "sql"),
        ("DELETE FROM t", "sql"),
        ("SELECT (", "sql"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(sql, named):
    with pytest.raises(SqlFileError, match=f"^x.sql: {named}: "):
        portable.parsed("x.sql", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a WHERE x IN (SELECT unnest(CAST($l AS TEXT[])))",
        "SELECT list_sort(list(event_id)) AS e, CAST(sum(x) FILTER (WHERE y) AS BIGINT) AS s FROM t GROUP BY z ORDER BY z",
        "SELECT a FROM t JOIN u ON t.k = u.k AND t.time >= u.valid_from AND (u.valid_to IS NULL OR t.time < u.valid_to)",
        "SELECT count(*) FROM t WHERE a LIKE 'x%' AND $at - $h * INTERVAL 1 HOUR < time",
        "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t UNION ALL SELECT 1 FROM u",
        "SELECT min(share_name(place)) FROM t GROUP BY share_key(place)",
    ],
)
def test_what_is_on_the_list_is_read(sql):
    portable.parsed("x.sql", sql)


def test_the_relations_of_a_statement_are_those_it_does_not_make_itself():
    tree = portable.parsed(
        "x.sql", "WITH a AS (SELECT x FROM events) SELECT a.x FROM a JOIN people AS p ON p.person = a.x"
    )
    assert portable.tables(tree) == {"events", "people"}
