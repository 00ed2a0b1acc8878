# ruff: noqa: E501 - a case on a line
from pathlib import Path

import pytest

from analytics.sigma.convert import convert, convert_text
from analytics.sigma.matches import matches
from analytics.sigma.rule import kept, of_kept
from tests.analytics.sigma.made import connection_of, converted, hits, made_rows, reason, rule

EVENT = {
    "System": {"Provider": {"@Name": "Microsoft-Windows-Security-Auditing"}, "EventID": "4688", "Channel": "Security"},
    "EventData": {
        "A": "C:\\Temp\\Über.EXE /Enc YWJj", "B": "c:\\temp\\über.exe", "Empty": "", "Number": "42", "Ip": "10.2.3.4", "Six": "fe80::1%3", "Line": "one\ntwo",
        "Path": "100%_x*y?z", "Folder": "C:\\Temp\\", "Code": "eGhvcHBsYQ==", "Flag": "True",
    },
}  # fmt: skip
SECURITY = "product: windows, service: security"


VALUES = [
    ("{B: 'C:\\TEMP\\ÜBER.exe'}", "{B: 'C:\\TEMP\\ÜBER'}"),
    ("{'A|startswith': 'c:\\temp'}", "{'A|startswith': temp}"),
    ("{'A|endswith': ywjj}", "{'A|endswith': enc}"),
    ("{'A|contains': ' /ENC '}", "{'A|contains': ' -enc '}"),
    ("{'A|contains|windash': ' -enc '}", "{'A|contains|windash': ' -dec '}"),
    ("{'A|contains|all': [temp, enc]}", "{'A|contains|all': [temp, dec]}"),
    ("{A: '*temp*.exe*ywjj'}", "{A: 'temp*.exe*ywjj'}"),
    ("{B: 'c:\\temp\\\\?ber.exe'}", "{B: 'c:\\temp\\\\??ber.exe'}"),
    ("{Path: '100%_x\\*y\\?z'}", "{Path: '100a_x\\*y\\?z'}"),
    ("{'A|contains|cased': 'Über.EXE'}", "{'A|contains|cased': 'über.exe'}"),
    ("{'A|re': 'Über\\.EXE\\s/[A-Z]'}", "{'A|re': 'über\\.exe'}"),
    ("{'A|re|i': 'über\\.exe'}", "{'A|re': '^Über'}"),
    ("{'Line|re|m': '^two$'}", "{'Line|re': '^two$'}"),
    ("{'Line|re|s': 'one.two'}", "{'Line|contains': 'one two'}"),
    ("{'Ip|cidr': 10.2.0.0/16}", "{'Ip|cidr': [10.3.0.0/16, '::/0']}"),
    ("{'Six|cidr': 'fe80::/10'}", "{'Six|cidr': ['fec0::/10', 10.0.0.0/8]}"),
    ("{'A|exists': true, 'None|exists': false}", "{'None|exists': true}"),
    ("{None: null, Empty: null, Empty: ''}", "{None: ''}"),
    ("{Number: 42, 'Number|gte': 42, 'Number|lt': 43}", "{'Number|gt': 42}"),
    ("{'B|fieldref': B}", "{'B|fieldref': A}"),
    ("{'Code|base64offset|contains': hoppla}", "{'Code|base64offset|contains': hopps}"),
    ("{Flag: true}", "{Flag: false}"),
    ("{'Number|neq': 43}", "{'Number|neq': 42}"),
    ("['über.exe /enc']", "['über.exe -enc']"),
    ("{'|all': ['c:\\temp', ywjj]}", "{'|all': ['c:\\temp', nope]}"),
    ("{Folder: 'c:\\temp\\'}", "{Folder: 'c:\\temp'}"),
    ("{'Folder|endswith': 'temp\\'}", "{'Folder|endswith': 'temp\\\\\\\\'}"),
    ("{'Folder|contains|all': ['c:\\', 'temp\\\\']}", "{'Folder|startswith': 'temp\\'}"),
    ("{Folder: '*\\\\'}", "{Folder: 'c:\\*\\'}"),
    ("{Folder: '?:*\\'}", "{Folder: '??:*\\'}"),
    ("{'Folder|cased|endswith': 'Temp\\'}", "{'Folder|cased|endswith': 'temp\\'}"),
    ("{'Folder|re': 'Temp\\\\$'}", "{'Folder|re': 'temp\\\\$'}"),
    ("['c:\\temp\\']", "['c:\\tmp\\']"),
    ("{A: '*'}", "{None: '*'}"),
    ("[{A: nope}, {Number: '42'}]", "[{A: nope}, {Number: '4'}]"),
]


@pytest.fixture(scope="module")
def said_true() -> list[str]:
    """Which of VALUES, each a true one and a false one, find the event; all in one pass."""
    both = [detection for pair in VALUES for detection in pair]
    text = "---\n".join(
        rule(SECURITY, detection, f"00000000-0000-4000-8000-{n:012d}") for n, detection in enumerate(both)
    )
    table = matches(connection_of(made_rows("windows_security", EVENT)), converted(text))
    return [both[int(found[-12:])] for found in table["rule"].to_pylist()]


@pytest.mark.parametrize(("true", "false"), VALUES)
def test_what_sigma_says_of_values(true, false, said_true):
    assert true in said_true
    assert false not in said_true


def test_conditions():
    given = "a1: {Number: 42}\na2: {Number: 41}\nf1: {A: nope}\ncondition: "
    expected = {
        "1 of a* and not f1": True, "all of a*": False, "1 of them": True, "not (a1 or f1)": False, "a1 and not 1 of f*": True, "a1 and not a2": True,
        "[a2, a1]": True,
    }  # fmt: skip
    text = "---\n".join(
        rule(SECURITY, given + condition, f"00000000-0000-4000-8000-{n:012d}") for n, condition in enumerate(expected)
    )
    table = matches(connection_of(made_rows("windows_security", EVENT)), converted(text))
    found = {int(each[-12:]) for each in table["rule"].to_pylist()}
    assert {condition: n in found for n, condition in enumerate(expected)} == expected


@pytest.mark.parametrize(
    ("detection", "said"),
    [
        ("{'A|re': '(?=a)b'}", "look-around"),
        ("{'A|re': 'Temp\\'}", "regular expression: a backslash at its end that escapes nothing"),
        ("{'A|re': '(a)\\1'}", "regular expression: an escape that RE2 has not"),
        ("{'A|re': '(a'}", "regular expression: a bracket is missing"),
        ("{'A|expand': '%admins%'}", "placeholder"),
        ("{'A|hour': 3}", "modifier hour is not supported"),
        ("{'A|unheardof': 3}", "unheardof"),
        ("{'A|cidr': 10.0.0.0/99}", "cidr"),
        ("a: {A: b}\ncondition: c", "not defined"),
        ("a: {A: b}\ncondition: a | count() > 3", "pipe"),
        ("a: {A: b}\ncondition: 1 of x*", "doesn't match any detection"),
    ],
)
def test_what_cannot_be_converted_is_named(detection, said):
    assert said.lower() in reason(rule(SECURITY, detection)).lower()


def test_a_bad_file_costs_itself_alone(tmp_path):
    texts = {
        "a.yml": "title: [", "b.yml": "- a list", "c.yml": "just text", "d.yml": rule(SECURITY, "{EventID: 1}"), "e.yml": "", "f.yml": "title: t\nlogsource: 3\ndetection: 4\n",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "g.yml").write_bytes(b"\xff\xfe\x00")
    good, failures = convert(sorted(tmp_path.iterdir()))
    assert [each.file.name for each in good] == ["d.yml"]
    assert {failure.file.name for failure in failures} == {"a.yml", "b.yml", "c.yml", "f.yml", "g.yml"}


def test_a_rule_is_the_same_after_it_was_kept():
    text = rule("product: windows, category: process_creation", "{'Image|endswith': x, 'CommandLine|re': a+}")
    correlation = "title: C\nid: 00000000-0000-4000-8000-000000000009\ncorrelation: {type: event_count, rules: [00000000-0000-4000-8000-000000000001], group-by: [User], timespan: 1h, condition: {gte: 3}}\n"
    found = converted(f"{text}---\n{correlation}")
    assert [of_kept(kept(each)) for each in found] == found
    assert [(each.title, each.generate) for each in found] == [("C", True), ("R", False)]


def test_what_a_rule_says_of_itself():
    [made] = converted(
        "level: high\ntags: [attack.t1110.003, attack.execution]\nfalsepositives: [Backup]\n"
        + rule(SECURITY, "{EventID: 1}")
    )
    assert (made.level, made.attack, made.benign, made.log_source) == (
        "high",
        ("T1110.003",),
        ("Backup",),
        "windows/security",
    )


def test_a_filter_is_laid_over_the_rules_that_it_names():
    text = rule(SECURITY, "{Number: 42}") + (
        "---\ntitle: F\nlogsource: {product: windows, service: security}\nfilter:\n  rules: [00000000-0000-4000-8000-000000000001]\n  f: {Flag: 'true'}\n  condition: not f\n"
    )
    assert not hits(text, made_rows("windows_security", EVENT))


def test_the_same_text_without_an_id_gets_the_same_one():
    text = rule(SECURITY, "{EventID: 1}").replace("id: 00000000-0000-4000-8000-000000000001\n", "")
    ids = {convert_text(Path("a"), text)[0][0].rule.id for _ in range(2)}
    assert len(ids) == 1
