import json
import re
from xml.sax.saxutils import escape

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DECODERS, Framing, frame, xml
from tests.ingest.decoders.resume import holds, records, rows, split

BODIES = st.text("ab <!-[CDT]&;>/é\n", max_size=12).map(
    lambda text: text.replace("<", "&lt;").replace("&lt;!", "<![CDATA[</Event>]]>").replace("\n", "<!-- <Event> -->")
)
EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'/>"
    "<EventID>4624</EventID><Version>2</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode>"
    "<Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2026-03-01T08:14:07.123456700Z'/>"
    "<EventRecordID>17</EventRecordID><Correlation/><Execution ProcessID='4' ThreadID='8'/><Channel>Security</Channel>"
    "<Computer>DC01.aviken.example</Computer><Security/></System><EventData>"
    "<Data Name='TargetUserName'>{name}</Data><Data Name='Empty'></Data><Data Name='IpAddress'>-</Data>"
    "</EventData></Event>"
)


def opened(*texts, framing=None):
    data = pa.table({"record": pa.array([text.encode() for text in texts], pa.binary())})
    table = DECODERS["xml"].open(data, None, framing or Framing()).to_pylist()
    return [(json.loads(row["fields"]) if row["fields"] else None, row["broken"]) for row in table]


@given(
    bodies=st.lists(BODIES, max_size=6),
    around=st.sampled_from(
        [("", ""), ("<?xml version='1.0'?>\n<Events>", "</Events>\n"), ("<s:E xmlns:s='x'><B>", "</B></s:E>")]
    ),
    between=st.sampled_from(["", "\r\n", " <!-- </Event> --> "]),
    batch=st.integers(1, 50),
    encoding=st.sampled_from(["utf-8", "latin-1", "utf-16-le"]),
)
@settings(max_examples=150, deadline=None)
def test_records_are_the_elements_wherever_reading_went_on(bodies, around, between, batch, encoding):
    events = [f"<Event n='{n}'>{body}</Event>" for n, body in enumerate(bodies)]
    data = (around[0] + between.join(events) + around[1]).encode(encoding)
    if not events:
        return
    found = holds("xml", data, Framing(encoding=encoding), batch_bytes=batch, batch_records=2)
    assert [row[0].decode(encoding) for row in found] == events
    assert all(row[2] is None for row in found)


def test_a_cut_element_costs_only_itself():
    data = b"<Event>1</Event><Event>2<Event>3</Event>lost</Event> <Event>4</Event><Event>5</Ev"
    found = [(row[0], row[2]) for row in rows(split("xml", data, Framing()))]
    assert found == [
        (b"<Event>1</Event>", None),
        (b"<Event>2", "xml: the element is cut"),
        (b"<Event>3</Event>", None),
        (b"</Event>", "xml: an end without a beginning"),
        (b"<Event>4</Event>", None),
        (b"<Event>5</Ev", "xml: the file ends within the record"),
    ]


def test_which_element_is_the_record():
    assert records("xml", b"<rows><row a='1'/><row>2</row></rows>") == [b"<row a='1'/>", b"<row>2</row>"]
    assert records("xml", b"<a><b><c>1</c></b><c/></a>", Framing(element="c")) == [b"<c>1</c>", b"<c/>"]
    assert records("xml", b"<x:StoreLog><x:log>1</x:log><x:logger/></x:StoreLog>") == [b"<x:log>1</x:log>"]
    assert records("xml", b"<only/>") == [b"<only/>"]


def test_an_element_beyond_the_limit_comes_in_pieces(monkeypatch):
    monkeypatch.setattr(frame, "MAX_RECORD_BYTES", 2000)
    monkeypatch.setattr(frame, "BATCH_BYTES", 300)
    long = b"<Event>" + b"x" * 9000 + b"</Event>"
    found = rows(split("xml", b"<Event>1</Event>" + long + b"<Event>2</Event>", Framing()))
    assert [row[0] for row in found if not row[2]] == [b"<Event>1</Event>", b"<Event>2</Event>"]
    assert b"".join(row[0] for row in found if row[2]) == long


def test_a_windows_event_has_one_shape_fast_or_slow():
    plain = EVENT.replace("{name}", "åsa")
    odd = plain.replace("<EventID>", "<EventID Qualifiers='1'>").replace("åsa", "&#229;s&quot;a\\ &lt;b&gt;")
    (first, _), (again, _), (strange, _) = opened(plain, plain.replace("åsa", "b&amp;o"), odd)
    assert first["EventData"] == {"TargetUserName": "åsa", "Empty": "", "IpAddress": "-"}
    assert first["System"]["TimeCreated"] == {"@SystemTime": "2026-03-01T08:14:07.123456700Z"}
    assert again == {**first, "EventData": {**first["EventData"], "TargetUserName": "b&o"}}
    assert strange["System"]["EventID"] == "4624"
    assert strange["System"]["EventID@Qualifiers"] == "1"
    assert strange["EventData"]["TargetUserName"] == 'ås"a\\ <b>'
    assert opened(in_lines(plain))[0][0] == first
    assert any(xml._EVENTS._kinds.values())  # the fast way was taken


@given(values=st.lists(st.text(max_size=12), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_the_fast_way_says_what_the_parser_says(values):
    text = EVENT.replace("{name}", "</Data><Data Name='v'>".join(escape(value) for value in values))
    for record in (EVENT.replace("{name}", ""), text, text):
        try:
            want = xml.shape(record)
        except (ValueError, xml.etree.XMLSyntaxError):
            assert opened(record)[0][1].startswith("xml: ")
        else:
            assert opened(record) == [(want, None)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Name='Empty'", "Name='TargetUserName'"),
        ("<Task>12544</Task>", "<Level>12544</Level>"),
        ("</Channel><Computer>", "</Computer><Channel>"),
        ("<Data Name='Empty'></Data>", "<Data Name='Empty'/></Data>"),
    ],
)
def test_an_event_that_begins_as_its_kind_is_not_taken_for_it(old, new):
    plain = EVENT.replace("{name}", "bo")
    assert old in plain
    other = plain.replace(old, new)
    (_, (fields, broken)) = opened(plain, other)
    try:
        assert fields == xml.shape(other)
    except xml.etree.XMLSyntaxError:
        assert broken.startswith("xml: ")


HARD = st.sampled_from(["a\n    b", "</Data>", "x\n    <Data Name='y'>z"])


def in_lines(event, data=""):
    return re.sub("><(?!/Data)", ">\n    <", event).replace("\n    </EventData>", f"{data}\n  </EventData>")


@given(values=st.lists(st.text(max_size=12) | HARD, min_size=1))
@settings(max_examples=200, deadline=None)
def test_an_event_in_lines_says_what_the_parser_says(values):
    data = "".join(f'\n    <Data Name="N{at}">{escape(value)}</Data>' for at, value in enumerate(values))
    whole = in_lines(EVENT, data)
    cut = whole.replace("</Data>\n", "\n", 1)  # as many lines, one without its end
    for record in (whole, whole, cut):
        try:
            want = xml.shape(record)
        except (ValueError, xml.etree.XMLSyntaxError):
            assert opened(record)[0][1].startswith("xml: ")
        else:
            assert opened(record) == [(want, None)]


def test_event_data_without_names_user_data_and_rendering():
    head = "<Event><System><EventID>1</EventID></System>"
    shaped = [
        row[0]
        for row in opened(
            head + "<EventData><Data>a</Data><Data>b</Data><Binary>00</Binary></EventData></Event>",
            head + "<EventData Name='X'><Data>a</Data></EventData></Event>",
            head
            + "<UserData><LogFileCleared xmlns='u'><SubjectUserName>bo</SubjectUserName></LogFileCleared>"
            + "</UserData></Event>",
            head
            + "<RenderingInfo Culture='sv-SE'><Keywords><Keyword>Lyckad</Keyword></Keywords></RenderingInfo></Event>",
            head + "<EventData/></Event>",
        )
    ]
    assert [{key: value for key, value in each.items() if key != "System"} for each in shaped] == [
        {"EventData": {"Data": ["a", "b"], "Binary": "00"}},
        {"EventData": {"@Name": "X", "Data": "a"}},
        {"UserData": {"#element": "LogFileCleared", "SubjectUserName": "bo"}},
        {"RenderingInfo": {"@Culture": "sv-SE", "Keywords": {"Keyword": "Lyckad"}}},
        {"EventData": {}},
    ]


def test_any_other_element():
    text = '<p:log id="7"><user a="1">anna<b/> x</user><item>1</item><item> 2 </item><empty/></p:log>'
    assert opened(text) == [
        ({"@id": "7", "user": {"@a": "1", "b": "", "#text": "anna x"}, "item": ["1", "2"], "empty": ""}, None)
    ]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE Event [<!ENTITY e SYSTEM "file:///etc/hostname">]><Event>&e;</Event>',
        "<Event>&unknown;</Event>",
        "<Event><a></b></Event>",
        "<Event a=1/>",
        "<a>" * 5000 + "</a>" * 5000,
    ],
)
def test_what_is_not_plain_xml_is_refused_without_quoting_it(text):
    ((fields, broken),) = opened(text)
    assert fields is None
    assert broken.startswith("xml: ")
    assert "unknown" not in broken
    assert "etc" not in broken
