# ruff: noqa: E501, PLR0911, RUF001 - a case on a line; letters that are folded oddly
import random

import pyarrow as pa
import pytest

from analytics.sigma import scan
from analytics.sigma.condition import TEXT, All, Not, Some, Term, clauses, simplified, sql, values
from analytics.sigma.matcher import Matcher, lowered
from analytics.sigma.pattern import lowered as lowered_text
from analytics.sigma.pattern import wanted_text
from analytics.sigma.rule import Check
from ingest.lake import engine
from tests.analytics.sigma.made import connection_of, made_rows

WORDS = [
    "whoami",
    "cmd.exe",
    "\\cmd.exe",
    "a",
    "-enc",
    "C:\\Windows",
    "100%",
    "x_y",
    "^",
    'say "hej"',
    "Åsa",
    "ſ",
    "straſe",
    "\u212a",
    "İ",
    "line\nbreak",
    "/etc/",
    "[x]",
    "7",
    "10.1.2.3",
    "::1",
    "",
    "tab\t",
]
FIELDS = {
    "windows": ["Image", "CommandLine", "ParentImage", "LogonType"],
    "linux": ["message", "program"],
    "web": ["cs-method", "c-uri", "cs-uri-query"],
}
MAPPINGS = {"windows": "windows_security", "linux": "linux_auth", "web": "web_access"}


def literal(chance):
    return lowered_text("".join(chance.choices(WORDS, k=chance.randint(1, 2))))


def term_of(chance, family):
    field = chance.choice([*FIELDS[family], TEXT]) if chance.random() < 0.15 else chance.choice(FIELDS[family])
    kind = chance.choice(
        [
            "is",
            "contains",
            "contains",
            "starts",
            "ends",
            "like",
            "matches",
            "cidr",
            "exists",
            "null",
            "<",
            "field is",
            "field ends",
        ]
    )
    if field == TEXT:
        return Term(TEXT, "contains", literal(chance) or "a")
    match kind:
        case "like":
            parts = [
                part.replace("^", "^^").replace("%", "^%").replace("_", "^_")
                for part in (literal(chance), literal(chance))
            ]
            return Term(field, kind, chance.choice(["%", "_"]).join(parts) + chance.choice(["", "%"]))
        case "matches":
            return Term(
                field,
                kind,
                chance.choice(
                    [
                        r"(?i)WHO\w+",
                        r"cmd\.exe$",
                        r"^[a-z]+$",
                        r"(?:who|cmd)",
                        r"a+b?",
                        r"(?i)s",
                        r"(?i)k",
                        r"who.{0,3}mi",
                        r"\d{1,3}\.",
                    ]
                ),
                cased=True,
            )
        case "cidr":
            return Term(field, kind, chance.choice(["10.0.0.0/8", "::/64", "10.1.2.3/32"]))
        case "exists":
            return Term(field, kind, chance.choice(["yes", "no"]))
        case "null":
            return Term(field, kind)
        case "<":
            return Term(field, kind, "8.0")
        case "field is" | "field ends":
            return Term(field, kind, chance.choice(FIELDS[family]))
    if chance.random() < 0.2:
        return Term(field, kind, "".join(chance.choices(WORDS, k=2)), cased=True)
    return Term(field, kind, literal(chance))


def condition(chance, family, depth=3):
    drawn = chance.random()
    if depth == 0 or drawn < 0.3:
        return term_of(chance, family)
    if drawn < 0.45:
        return Not(condition(chance, family, depth - 1))
    return chance.choice([All, Some])(tuple(condition(chance, family, depth - 1) for _ in range(chance.randint(1, 5))))


def gate(chance):
    return All(
        (
            Term("Channel", "is", chance.choice(["security", "a/b"])),
            Some(tuple(Term("EventID", "is", str(n)) for n in chance.sample(range(1, 5), 2))),
        )
    )


def check(chance):
    family = chance.choice(list(FIELDS))
    made = condition(chance, family)
    if family == "windows" and chance.random() < 0.7:
        made = All((gate(chance), made))
    return Check(family, simplified(made))


def value(chance):
    made = "".join(chance.choices(WORDS, k=chance.randint(0, 4)))
    return chance.choice([made, made.upper(), made, None])


def events(chance, count):
    windows = [
        {
            "System": {
                "Provider": {"@Name": "P"},
                "EventID": str(chance.randint(1, 5)),
                "Channel": chance.choice(["Security", "A/b", "other"]),
            },
            "EventData": {name: value(chance) for name in chance.sample(FIELDS["windows"], 3)},
        }
        for _ in range(count)
    ]
    linux = [{"program": value(chance), "message": value(chance)} for _ in range(count)]
    web = [{"request": f"GET /{value(chance)} HTTP/1.1"} for _ in range(count)]
    return [
        made_rows(MAPPINGS[family], *made) for family, made in (("windows", windows), ("linux", linux), ("web", web))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_one_pass_finds_what_each_check_alone_finds(seed, monkeypatch):
    # Small, so that clauses are chosen, batches end and candidates are judged on the way.
    monkeypatch.setattr(scan, "BATCH_ROWS", 50)
    monkeypatch.setattr(scan, "_SEEN_ENOUGH", 20)
    monkeypatch.setattr(scan, "_WAITING", 400)
    chance = random.Random(seed)
    connection = connection_of(*events(chance, 60))
    checks = [check(chance) for _ in range(40)]
    found = scan.scan(connection, checks, "true")
    pairs = sorted(zip(found["check"].to_pylist(), found["event_id"].to_pylist(), strict=True))
    alone = sorted(
        (number, event)
        for number, each in enumerate(checks)
        for (event,) in connection.execute(scan.reference(each, "events")).fetchall()
    )
    assert pairs == alone
    assert len({number for number, _ in pairs}) > 8


def test_an_event_outside_of_where_is_not_found():
    connection = connection_of(
        made_rows("linux_auth", {"program": "sshd", "message": "whoami"}, {"program": "sshd", "message": "whoami"})
    )
    check = Check("linux", Term("message", "contains", "whoami"))
    assert scan.scan(connection, [check], "position = 1")["event_id"].to_pylist() == ["m-1-0"]


def test_no_checks_find_nothing():
    assert len(scan.scan(connection_of(made_rows("linux_auth", {"message": "x"})), [], "true")) == 0


def test_each_letter_gets_the_lower_case_that_duckdb_gives_it():
    letters = [chr(code) for code in range(1, 0x11000) if not 0xD800 <= code < 0xE000]
    engine_s = [low for (low,) in engine().execute("SELECT lower(unnest($1))", [letters]).fetchall()]
    assert lowered(pa.array(letters)).to_pylist() == ["s" if low == "ſ" else low for low in engine_s]


def test_the_matcher_tells_where_in_a_value_a_literal_stands_and_never_joins_two_values():
    tests = [Term("f", kind, "ab") for kind in ("is", "contains", "starts", "ends")]
    numbers, places = Matcher(tests).passed(pa.array(["AB", "xab", "abx", "a", "b", "aab ab"]))
    assert sorted(zip(numbers.tolist(), places.tolist(), strict=True)) == [
        (0, 0), (1, 0), (1, 1), (1, 2), (1, 5), (2, 0), (2, 2), (3, 0), (3, 1), (3, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"who\w+mi", "who"), (r"(?i)WHOAMI", "whoami"), (r"a(bc)+d", "abc"), (r"a(bc)?d", "a"), (r"ab|cd", ""), (r"[ab]c", "c"),
        (r"\d+\.exe$", ".exe"), (r"[[:alpha:]]", ""), (r"x{2}yz", "yz"), (r"", ""), (r"C:\\Users\\.*\\x", "c:\\users\\"),
    ],
)  # fmt: skip
def test_the_text_that_a_pattern_must_find(pattern, text):
    assert wanted_text(pattern) == text


def test_what_a_condition_needs():
    image, line = Term("Image", "ends", "\\cmd.exe"), Term("CommandLine", "contains", "whoami")
    assert clauses(All((image, line))) == [(image,), (line,)]
    assert clauses(Some((image, line))) == [(image, line)]
    assert clauses(Some((image, Not(line)))) == []
    assert clauses(simplified(Not(Some((Not(image), line))))) == [(image,)]
    assert clauses(Term("f", "like", "abc%long^_er_")) == [(Term("f", "contains", "long_er"),)]
    assert values(All((Term("EventID", "is", "1"), image)), "EventID") == {"1"}
    assert values(Some((Term("EventID", "is", "1"), image)), "EventID") is None


def test_a_condition_of_nothing():
    assert simplified(Some((All(()), Term("f", "null")))) == All(())
    assert simplified(Not(All(()))) == Some(())
    assert sql(Some(())) == "false"
