"""A made-up ordinary day: all detections run over it and stay silent. And each detection says what its kind wants."""

# ruff: noqa: E501 - tables read better on one line
import re

import pyarrow as pa
import pytest
from sqlglot import transpile

from analytics import cases, views
from analytics.detect.knowledge import area, detections, explanations
from analytics.question import arguments, put, relations
from schemas import portable
from schemas.sqlfile import Case
from schemas.tables import EXPLAINED
from schemas.terms import LANGUAGES

# A detection that may speak on the quiet day, and why.
EXCEPTIONS: dict[str, str] = {}

# Monday 2 March 2026 in Åviken, and the night before it (Sweden is UTC+1). norr and söder: home care; gården: a home for the
# elderly; ssk: its nurses; kansli: social workers; it: systems management.
DAY = """
event_id | time                 | source | system | actor_account | actor_person | actor_kind     | actor_unit | action         | outcome | proves  | object_type | object_id | object_path  | subject | purpose              | src_ip    | src_host | target_account | k
n1       | 2026-03-01T20:05:00Z | ad     | ad     | nina.n        | nina         | staff          | gården     | login          | success | content |             |           |              |         |                      | 10.0.0.5  | pc-g1    |                | 2
n2       | 2026-03-02T01:10:00Z | jrn    | jrn    | nina.n        | nina         | staff          | gården     | read           | success | content | journal     | j1        |              | p1      |                      | 10.0.0.5  | pc-g1    |                | 3
n3       | 2026-03-02T01:40:00Z | jrn    | jrn    | nina.n        | nina         | staff          | gården     | create         | success | content | journal     | j1        |              | p1      |                      | 10.0.0.5  | pc-g1    |                | 3
n4       | 2026-03-02T06:25:00Z | jrn    | jrn    | nina.n        | nina         | staff          | gården     | read           | success | content | journal     | j2        |              |         |                      | 10.0.0.5  | pc-g1    |                | 3
d1       | 2026-03-02T01:20:00Z | jrn    | jrn    | doc.d         | doc          | hired          | ssk        | break_glass    | success | content | journal     | j1        |              | p1      | fall, medvetslös     | 10.0.9.9  | vpn-7    |                | 3
d2       | 2026-03-02T01:22:00Z | jrn    | jrn    | doc.d         | doc          | hired          | ssk        | read           | success | content | journal     | j1        |              | p1      | fall, medvetslös     | 10.0.9.9  | vpn-7    |                | 3
r1       | 2026-03-02T02:15:00Z | jrn    | jrn    | svc-int       |              | integration    |            | export         | success | content | journal     | j1        |              | p1      |                      | 10.0.1.1  | srv-int  |                | 3
r2       | 2026-03-02T02:15:01Z | jrn    | jrn    | svc-int       |              | integration    |            | export         | success | content | journal     | j2        |              | p2      |                      | 10.0.1.1  | srv-int  |                | 3
v1       | 2026-03-02T06:10:00Z | ad     | ad     | vera.v        | vera         | staff          | norr       | login          | success | content |             |           |              |         |                      | 10.0.0.5  | pc-g1    |                | 2
v2       | 2026-03-02T06:20:00Z | jrn    | jrn    | vera.v        | vera         | staff          | norr       | read           | success | content | journal     | j1        |              | p1      |                      | 10.0.0.5  | pc-g1    |                | 3
v3       | 2026-03-02T13:40:00Z | jrn    | jrn    | vera.v        | vera         | staff          | norr       | update         | success | content | journal     | j2        |              | p2      |                      | 10.0.0.5  | pc-g1    |                | 3
s1       | 2026-03-02T06:15:00Z | ad     | ad     | gården        |              | shared account | gården     | login          | success | content |             |           |              |         |                      | 10.0.0.5  | pc-g1    |                | 2
h1       | 2026-03-02T07:00:00Z | jrn    | jrn    | hans.h        | hans         | staff          | norr       | read           | success | content | journal     | j5        |              | p5      |                      | 10.0.2.2  | mob-3    |                | 3
k1       | 2026-03-02T07:30:00Z | ad     | ad     | karin.k       | karin        | staff          | gården     | login          | failure | attempt |             |           |              |         |                      | 10.0.0.6  | pc-g2    |                | 2
k2       | 2026-03-02T07:30:20Z | ad     | ad     | karin.k       | karin        | staff          | gården     | login          | failure | attempt |             |           |              |         |                      | 10.0.0.6  | pc-g2    |                | 2
k3       | 2026-03-02T07:30:50Z | ad     | ad     | karin.k       | karin        | staff          | gården     | login          | success | content |             |           |              |         |                      | 10.0.0.6  | pc-g2    |                | 2
k4       | 2026-03-02T08:00:00Z | jrn    | jrn    | karin.k       | karin        | staff          | gården     | print          | success | content | journal     | j1        |              | p1      |                      | 10.0.0.6  | pc-g2    |                | 3
k5       | 2026-03-02T08:01:00Z | jrn    | jrn    | karin.k       | karin        | staff          | gården     | print          | success | content | journal     | j2        |              | p2      |                      | 10.0.0.6  | pc-g2    |                | 3
l1       | 2026-03-02T08:10:00Z | soc    | soc    | lars.l        | lars         | staff          | kansli     | search         | success | possible |            |           |              | p4      |                      | 10.0.3.1  | pc-k1    |                | 3
l2       | 2026-03-02T08:11:00Z | soc    | soc    | lars.l        | lars         | staff          | kansli     | read           | success | content | case        | 17        |              |         |                      | 10.0.3.1  | pc-k1    |                | 3
l3       | 2026-03-02T08:40:00Z | soc    | soc    | lars.l        | lars         | staff          | kansli     | update         | success | content | case        | 17        |              |         |                      | 10.0.3.1  | pc-k1    |                | 3
l4       | 2026-03-02T09:00:00Z | soc    | soc    | lars.l        | lars         | staff          | kansli     | export         | success | content | case        | 17        |              |         | begäran om utlämnande | 10.0.3.1 | pc-k1    |                | 3
l5       | 2026-03-02T18:30:00Z | soc    | soc    | lars.l        | lars         | staff          | kansli     | update         | success | content | case        | 17        |              |         |                      | 10.0.3.1  | pc-k1    |                | 3
m1       | 2026-03-02T09:10:00Z | soc    | soc    | maja.m        | maja         | staff          | kansli     | sign           | success | content | case        | 18        |              |         |                      | 10.0.3.2  | pc-k2    |                | 3
i1       | 2026-03-02T09:30:00Z | soc    | soc    | iva.i         | iva          | staff          | kansli     | read           | success | content | case        | 19        |              | p3      |                      | 10.0.3.3  | pc-k3    |                | 3
g1       | 2026-03-02T10:00:00Z | soc    | soc    | gun.g         | gun          | staff          | söder      | read           | success | content | case        | 20        |              | p6      |                      | 10.0.4.4  | pc-s1    |                | 2
a1       | 2026-03-02T10:15:00Z | jrn    | jrn    | adam.a        | adam         | staff          | it         | read           | success | content | config      | roles     |              |         |                      | 10.0.8.1  | pc-it1   |                | 2
a2       | 2026-03-02T10:20:00Z | ad     | ad     | adam.a        | adam         | staff          | it         | account_change | success | content |             |           |              |         |                      | 10.0.8.1  | pc-it1   | karin.k        | 2
f1       | 2026-03-02T10:30:00Z | fil    | fil    | karin.k       | karin        | staff          | gården     | read           | success | content | file        |           | gården/rutin.docx | |                    | 10.0.0.6  | pc-g2    |                | 2
f2       | 2026-03-02T10:31:00Z | fil    | fil    | gun.g         | gun          | staff          | söder      | export         | success | content | file        |           | intranät/blankett.pdf | |                | 10.0.4.4  | pc-s1    |                | 0
u1       | 2026-03-02T10:45:00Z | soc    | soc    | lars.l        | lars         | staff          | kansli     | read           | failure | attempt | case        | 21        |              |         |                      | 10.0.3.1  | pc-k1    |                | 3
o1       | 2026-03-02T15:30:00Z | ad     | ad     | karin.k       | karin        | staff          | gården     | logout         | success | content |             |           |              |         |                      | 10.0.0.6  | pc-g2    |                | 2
b1       | 2026-03-02T17:30:00Z | jrn    | jrn    | hans.h        | hans         | staff          | norr       | read           | success | content | journal     | j5        |              | p5      |                      | 10.0.2.2  | mob-3    |                | 3
"""

AROUND = {
    "people": """
person | unit   | manager | role          | kind  | valid_from           | valid_to             | employed_from        | employed_to
nina   | gården | karin   | undersköterska | staff |                      |                      |                      |
vera   | norr   |         | vikarie       | staff |                      |                      | 2026-02-01T00:00:00Z | 2026-06-01T00:00:00Z
doc    | ssk    |         | läkare        | hired |                      |                      |                      |
hans   | norr   |         | undersköterska | staff |                      |                      |                      |
karin  | gården |         | enhetschef    | staff |                      |                      |                      |
lars   | norr   |         | handläggare   | staff |                      | 2025-10-01T00:00:00Z |                      |
lars   | kansli |         | handläggare   | staff | 2025-10-01T00:00:00Z |                      |                      |
maja   | kansli |         | handläggare   | staff |                      |                      |                      |
iva    | kansli |         | utredare      | staff |                      |                      |                      |
gun    | söder  |         | arbetsterapeut | staff |                      |                      |                      |
adam   | it     |         | systemförvaltare | staff |                    |                      |                      |
""",
    "accounts": """
account | person
nina.n  | nina
vera.v  | vera
doc.d   | doc
hans.h  | hans
karin.k | karin
lars.l  | lars
maja.m  | maja
iva.i   | iva
gun.g   | gun
adam.a  | adam
svc-int |
gården  |
""",
    "units": """
unit   | controller | manager | area
gården | von        | karin   | norr
norr   | von        |         | norr
söder  | von        |         | söder
ssk    | von        |         |
kansli | sn         |         |
it     | ks         |         |
""",
    "sources": """
source | mapping          | system | silent_after_s
ad     | windows_security | ad     | 86400
jrn    | table_csv        | jrn    | 86400
soc    | table_csv        | soc    | 86400
fil    | samba_audit      | fil    |
""",
    "object_subject": """
system | object_type | object_id | subject
jrn    | journal     | j1        | p1
jrn    | journal     | j2        | p2
jrn    | journal     | j5        | p5
soc    | case        | 17        | p4
soc    | case        | 18        | p7
soc    | case        | 19        | p3
soc    | case        | 20        | p6
soc    | case        | 21        | p8
""",
    # p2: same uncommon surname as Nina; p3: dead for long; p4: protected; p5: Hans' neighbour; p7: known to many
    "subjects": """
subject | surname_key | address_key | protected | deceased | special_interest | person | valid_from           | valid_to
p1      | berg        | a1          | false     | false    | false            |        |                      |
p2      | tranå       | a1          | false     | false    | false            |        |                      |
p3      | ek          |             | false     | true     | false            |        | 2025-10-01T00:00:00Z |
p4      |             |             | true      | false    | false            |        |                      |
p5      | lund        | a5          | false     | false    | false            |        |                      |
p6      | ek          | a6          | false     | false    | false            |        |                      |
p7      | holm        | a7          | false     | false    | true             |        |                      |
p8      | ek          | a8          | false     | false    | false            |        |                      |
pn      | tranå       | a9          | false     | false    | false            | nina   |                      |
ph      | hed         | a10         | false     | false    | false            | hans   |                      |
""",
    "kin": """
person | subject | kind
nina   | pn      | self
hans   | ph      | self
hans   | p5      | neighbour
""",
    "rota": """
person | unit   | valid_from           | valid_to
nina   | gården | 2026-03-01T20:00:00Z | 2026-03-02T06:00:00Z
vera   | gården | 2026-03-02T06:00:00Z | 2026-03-02T14:00:00Z
doc    | ssk    | 2026-03-01T16:00:00Z | 2026-03-02T07:00:00Z
hans   | norr   | 2026-03-02T06:00:00Z | 2026-03-02T15:00:00Z
hans   | norr   | 2026-03-02T17:00:00Z | 2026-03-02T20:00:00Z
""",
    "absence": """
person | valid_from           | valid_to
maja   | 2026-02-23T00:00:00Z | 2026-03-02T00:00:00Z
lars   | 2026-03-03T00:00:00Z | 2026-03-05T00:00:00Z
""",
    "assignments": """
person | unit   | system | object_type | object_id | subject | role            | valid_from           | valid_to
       | gården | jrn    | journal     | j1        | p1      | enhet           |                      |
       | gården | jrn    | journal     | j2        | p2      | enhet           |                      |
hans   |        |        |             |           | p5      | fast kontakt    |                      |
lars   |        | soc    | case        | 17        | p4      | handläggare     |                      |
lars   |        | soc    |             |           | p4      | handläggare     |                      |
bo     |        | soc    | case        | 18        | p7      | handläggare     |                      |
lars   |        | soc    | case        | 21        | p8      | handläggare     |                      | 2026-02-20T00:00:00Z
maja   |        | soc    | case        | 21        | p8      | handläggare     | 2026-02-20T00:00:00Z |
""",
    "contacts": """
subject | unit | person | kind | valid_from           | valid_to
p1      | ssk  | doc    | call | 2026-03-02T01:15:00Z | 2026-03-02T01:40:00Z
p2      | gården | nina | visit | 2026-02-27T20:00:00Z | 2026-02-27T20:30:00Z
""",
    "delegations": """
person | from_person | unit   | system | reference
maja   | bo          | kansli |        | 2026-11
""",
    "referrals": """
system | object_type | object_id | subject | from_unit | to_unit | valid_from
soc    | case        | 20        | p6      | kansli    | söder   | 2026-02-20T00:00:00Z
""",
    "duties": """
account | system | role
adam.a  | jrn    | systemförvaltare
""",
    "jobs": """
account | system | schedule        | first_weekday | last_weekday | start_minute | stop_minute
svc-int | jrn    | 1-7 03:00-04:00 | 1             | 7            | 180          | 240
""",
    "investigations": """
reference | person | system | object_type | object_id | subject
2026-17   | iva    | soc    | case        | 19        | p3
""",
    "responsibilities": """
unit   | system | pattern
gården | fil    | gården/
""",
}


@pytest.fixture(scope="module")
def day():
    """The day's connection, with what the explanations say of it in `explained`."""
    connection = cases.connection_of("quiet day", Case("", DAY, "", {}, {"tables": AROUND}))
    rows = []
    for name, file in explanations().items():
        rows += [{"explanation": name, **row} for row in put(connection, file, arguments(file, {})).to_pylist()]
    connection.register("explained", pa.Table.from_pylist(rows, EXPLAINED.schema))
    return connection


def test_duty_explains_all_of_it(day):
    left = "SELECT event_id FROM accesses WHERE (about IS NOT NULL OR k >= 2) AND event_id NOT IN (SELECT event_id FROM explained)"
    assert day.sql(left).fetchall() == []


@pytest.mark.parametrize("name", sorted(detections()))
def test_a_quiet_day_stays_quiet(day, name):
    file = detections()[name]
    found = put(day, file, arguments(file, {})).to_pylist()
    assert bool(found) == (name in EXCEPTIONS), found


def test_without_any_explanation_the_same_day_speaks(day):
    """Else its silence would prove nothing. What only comes back or adds up (`unexplained_looks`) needs more than a day."""
    kept = day.sql("SELECT * FROM explained").to_arrow_table()
    day.register("explained", kept.slice(0, 0))
    try:
        loud = {name for name, file in detections().items() if len(put(day, file, arguments(file, {})))}
    finally:
        day.register("explained", kept)
    assert loud >= {
        "blocked_record", "deceased_access", "neighbour_access", "protected_identity", "same_surname",
        "special_interest_access",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(detections()))
def test_each_detection_says_what_its_kind_wants(name):
    file = detections()[name]
    assert re.match(r"[A-ZÅÄÖ]\S* \S+ \S+", file.header["sv"]), "a Swedish sentence"
    assert re.fullmatch(r"[A-Z]\S* \S+ [^åäö]+\.", file.header["en"]), "an English sentence"
    assert len(file.header["en"]) <= 120, "a title"
    assert len(file.told("benign", "sv").split(";")) == len(file.told("benign", "en").split(";"))
    for language in LANGUAGES:
        assert re.match(r"1 \S.* 2 ", file.told("triage", language)), "steps by number"
    assert not re.search("[åäö]", file.header["benign"] + file.header["triage"]), "English"
    assert area(file)
    assert transpile(file.sql, read="duckdb", write="spark")


@pytest.mark.parametrize("name", sorted(detections()))
def test_what_each_detection_finds_is_said_in_both_languages_and_in_no_code_s(name):
    file = detections()[name]
    swedish, english = (file.told("finds", language) for language in LANGUAGES)
    limits = [set(re.findall(r"\$[a-z_]+", file.header[key])) for key in ("sv_finds", "finds")]
    assert limits[0] == limits[1], "the same limits"
    for text in (swedish, english):
        assert not re.search(r"\$[a-z_]+|\w_\w| = ", text), "a column or a parameter by its name"
    assert re.fullmatch(r"[A-ZÅÄÖ].*\.", swedish), "Swedish sentences"
    assert not re.search(r"\b(an?|the|of|and|or|colleagues|telling)\b", swedish), "no English"


@pytest.mark.parametrize("name", sorted(detections()))
def test_each_detection_has_a_case_that_fires_and_one_that_stays_silent(name):
    file = detections()[name]
    firing = [case for case in file.cases if case.expect.strip()]
    assert firing, "no case fires"
    assert any(not case.expect.strip() for case in file.cases), "no case stays silent"
    assert any("evidence" in cases.text_table(name, case.expect)[0] for case in firing), "no case names the events"


@pytest.mark.parametrize("name", sorted(detections()))
def test_what_reads_the_ties_of_the_staff_needs_a_decision(name):
    file = detections()[name]
    if "kin" in relations(file):
        assert file.header.get("needs") == "decision"


@pytest.mark.parametrize("name", sorted(detections().keys() | views.OF_EXPLAINED))
def test_explanations_that_a_detection_names_exist(name):
    """Or a view of detections, which are portable too."""
    sql = detections()[name].sql if name in detections() else views.statement(name)
    listed = re.findall(r"\bexplanation\s*(?:<>|=|NOT IN|IN)\s*(\([^)]*\)|'\w+')", sql)
    named = re.findall(r"'(\w+)'", " ".join(listed))
    assert set(named) <= set(explanations())


@pytest.mark.parametrize("name", sorted(views.OF_EXPLAINED))
def test_views_that_rest_on_explanations_are_portable(name):
    query = views.statement(name).partition(" AS\n")[2]
    made_before = {each for each in views.OF_EXPLAINED if each < name}
    assert portable.tables(portable.parsed(name, query)) <= {"accesses", "contacts", "explained"} | made_before
