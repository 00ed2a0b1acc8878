import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.intelligence.entry import MOST_CLAUSES, Comparison
from analytics.intelligence.stix import clauses, read

ID = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"


def plain(pattern):
    """The clauses as (type, value), and the reason in the place of what can't be matched."""
    return [[(each.type, each.value) if each.type else each.reason for each in clause] for clause in clauses(pattern)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ipv4-addr:value = '198.51.100.7']", [[("ip", "198.51.100.7")]]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [[("ip", "198.51.100.0/24")]]),
        ("[ipv6-addr:value='2001:db8::1']", [[("ip", "2001:db8::1")]]),
        ("[domain-name:value = 'evil.example']", [[("domain", "evil.example")]]),
        (r"[url:value = 'http://evil.example/it\'s']", [[("url", "http://evil.example/it's")]]),
        ("[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']", [[("hash", "d41d8cd98f00b204e9800998ecf8427e")]]),
        ("[file:hashes.'SHA-256' = 'ab']", [[("hash", "ab")]]),
        ("[email-addr:value = 'a@evil.example']", [[("email", "a@evil.example")]]),
        ("[user-account:account_login = 'evil']", [[("account", "evil")]]),
        ("[network-traffic:dst_ref.value = 'evil.example']", [[("domain", "evil.example")]]),
        (
            "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'EvilBot']",
            [[("user_agent", "EvilBot")]],
        ),
        ("[domain-name:value IN ('a.example', 'b.example')]", [[("domain", "a.example")], [("domain", "b.example")]]),
        ("[domain-name:value LIKE 'a.example']", [[("domain", "a.example")]]),
        ("[domain-name:value = 'a.example'] OR [url:value = 'b']", [[("domain", "a.example")], [("url", "b")]]),
        (
            "[file:name = 'a' AND file:hashes.MD5 = 'b' OR file:name = 'c']",
            [[("file_name", "a"), ("hash", "b")], [("file_name", "c")]],
        ),
        (
            "[file:name = 'a' AND (file:hashes.MD5 = 'b' OR file:hashes.MD5 = 'c')]",
            [[("file_name", "a"), ("hash", "b")], [("file_name", "a"), ("hash", "c")]],
        ),
        ("([domain-name:value = 'a.example'])", [[("domain", "a.example")]]),
        (
            "[domain-name:value = 'a.example' OR process:name = 'x']",
            [[("domain", "a.example")], ["process: events hold no such property"]],
        ),
        (
            "[domain-name:value = 'a' AND network-traffic:dst_port = 80]",
            [[("domain", "a"), "network-traffic: events hold no such property"]],
        ),
        ("[domain-name:value != 'a']", [["!= can't be matched"]]),
        ("[domain-name:value NOT = 'a']", [["NOT can't be matched"]]),
        ("[domain-name:value LIKE '%.example']", [["LIKE can't be matched"]]),
        ("[domain-name:value MATCHES '^a']", [["MATCHES can't be matched"]]),
        ("[EXISTS domain-name:value]", [["EXISTS can't be matched"]]),
    ],
)
def test_patterns_that_one_event_answers(pattern, expected):
    assert plain(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[domain-name:value = 'a'] AND [domain-name:value = 'b']", "asks for several events"),
        ("[domain-name:value = 'a'] FOLLOWEDBY [domain-name:value = 'b']", "asks for the order of events"),
        ("[domain-name:value = 'a'] REPEATS 5 TIMES", "asks for a number of events"),
        ("[domain-name:value = 'a'] WITHIN 600 SECONDS", "asks for a period"),
        ("([domain-name:value = 'a'] AND [domain-name:value = 'b'])", "asks for several events"),
        ("[domain-name:value = 'a'", "a bracket is not closed"),
        ("[domain-name:value =", "ends too early"),
        ("[(domain-name:value = 'a']", "a parenthesis is not closed"),
        ("domain-name:value = 'a'", r"want \[ … \]"),
        ("[domain-name:value = 'a] ", "can't be read"),
        ("[domain-name:value 'a']", "want a comparison"),
        ("[value = 'a']", "want an object path"),
        ("", "ends too early|want"),
        ("[" + " OR ".join(["file:name = 'a'"] * (MOST_CLAUSES + 1)) + "]", "more than 64 alternatives"),
        ("[" + " AND ".join(["(file:name = 'a' OR file:name = 'b')"] * 7) + "]", "more than 64 alternatives"),
        ("[file:name = 'a'] x", "can't be read to its end"),
        ("[" + "(" * 100_000, "is nested too deep"),
    ],
)
def test_what_one_event_does_not_answer_is_refused_with_the_reason(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        clauses(pattern)


PIECES = [
    "[",
    "]",
    "(",
    ")",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    "=",
    "'a'",
    "'",
    "file:name",
    "domain-name:value",
    "x",
    ",",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30))
def test_whatever_it_is_it_is_read_or_refused(pattern):
    try:
        found = clauses(pattern)
    except ValueError:
        return
    assert found
    assert all(each.type or each.reason for clause in found for each in clause)


def indicator(**more):
    plain = {"type": "indicator", "id": ID, "pattern_type": "stix", "pattern": "[domain-name:value = 'a.example']"}
    return plain | {"valid_from": "2026-01-01T00:00:00Z"} | more


def test_a_bundle_gives_its_indicators_and_counts_the_rest():
    found = read(
        {
            "type": "bundle",
            "objects": [
                {"type": "malware", "name": "Evil"},
                indicator(name="Evil", confidence=80, valid_until="2026-06-01T00:00:00Z"),
                indicator(id="indicator--2", revoked=True),
                "no object",
            ],
        }
    )
    [entry] = found.entries
    assert (entry.place, entry.id, entry.confidence, entry.label) == ("object 2", ID, 80, "Evil")
    assert entry.clauses == ((Comparison("domain", "a.example"),),)
    assert (entry.valid_from.isoformat(), entry.valid_to.month) == ("2026-01-01T00:00:00+00:00", 6)
    assert (found.withdrawn, found.passed, found.rejects) == (["indicator--2"], 2, [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (indicator(pattern_type="sigma"), "object 1: pattern_type: want stix: other rules are not"),
        (indicator(pattern=None), "object 1: pattern: is missing"),
        (indicator(pattern="[x]"), "object 1: pattern: want an object path"),
        (indicator(id=None), "object 1: id: is missing"),
        (indicator(confidence=101), "object 1: confidence: want a whole number from 0 to 100"),
        (indicator(confidence=True), "object 1: confidence: want a whole number from 0 to 100"),
        (indicator(valid_from="2026-01-01"), "object 1: valid_from: want a time with Z"),
        (indicator(valid_until="snart"), "object 1: valid_until: want a time with Z"),
    ],
)
def test_an_indicator_that_can_not_be_used_is_a_named_reject(wrong, said):
    found = read({"type": "bundle", "objects": [wrong]})
    assert found.entries == []
    assert [str(each).startswith(said) for each in found.rejects] == [True]
