import json
import re
from html import unescape

import pytest
from click.testing import CliRunner

from analytics.question import question
from dashboards.cli import cli, demo
from ingest.simulator.simulation import simulate
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import visiting


def test_every_question_exists_and_has_what_the_demo_shows():
    for shown in demo.QUESTIONS:
        asked = question(shown.question)
        params = {param.name for param in asked.params}
        assert set(shown.about) <= params
        assert {column for column, _ in shown.columns} <= set(asked.header["returns"].replace(",", " ").split())
        assert shown.order.removeprefix("-") in {column for column, _ in shown.columns}


def test_the_answer_is_aligned_marked_and_counted():
    shown = demo.Shown(
        incident="granne",
        heading="Vem?",
        question="who_accessed_subject",
        about=(),
        columns=(("actor_person", "Vem"), ("action", "Vad"), ("events", "Antal"), ("last_utc", "Senast")),
        order="-events",
        rows=1,
    )
    rows = [
        {"actor_person": "p1", "action": "read", "events": "9", "last_utc": "2026-03-02T18:05:00Z"},
        {"actor_person": "p2", "action": "print", "events": "10", "last_utc": "2026-03-07 08:05:00+00:00"},
        {"actor_person": "", "action": "other", "events": "1", "last_utc": ""},
    ]
    lines = list(demo.table(shown, rows, {"p1": "Åsa Ek", "p2": "Bo Dal"}, {"p1"}))
    assert lines == [
        ("Vem     Vad         Antal  Senast", False),
        ("Bo Dal  skrivit ut  10     lör 09.05", False),
        ("Åsa Ek  läst        9      mån 19.05", True),
        ("… och 1 rader till", False),
    ]


def test_another_ones_folder_is_left_alone(tmp_path):
    (tmp_path / "settings.toml").write_text("mine")
    result = CliRunner().invoke(cli, ["demo", "--out", str(tmp_path)])
    assert "something else than a demonstration" in str(result.exception)
    assert (tmp_path / "settings.toml").read_text() == "mine"


def test_the_period_and_the_person_come_from_the_incident(tmp_path):
    town = simulate(tmp_path / "town", people=60, days=4, seed=1)
    for shown, incident in zip(demo.QUESTIONS, town.incidents, strict=True):
        words, secret = demo._parameters(shown, incident)
        assert secret == (incident["subject"] if shown.incident == "granne" else "")
        assert secret == "" or secret not in " ".join(words)
        assert (
            words[words.index("--start") + 1] <= incident["first"] < incident["last"] < words[words.index("--stop") + 1]
        )


def test_the_demonstration_shows_what_was_planted_and_can_be_run_again(tmp_path):
    out = tmp_path / "demo"
    for again in (False, True):
        result = CliRunner().invoke(
            cli, ["demo", "--out", str(out), "--people", "100", "--days", "4", "--no-serve"], catch_exceptions=False
        )
        assert result.exit_code == 0
        assert ("tas bort" in result.output) is again
        assert "12 system har loggat i 4 dagar" in result.output
        for incident in (
            told for told in ("läser en grannes journal", "massnedladdning", "ger sig rätt till HR-mappen")
        ):
            assert incident in result.output
        assert result.output.count("►") == len(demo.QUESTIONS)
        assert out.stat().st_mode & 0o007 == 0  # no other account of the host comes in


def test_what_was_read_through_the_hijacked_vpn_session_is_two_clicks_from_its_outer_address(served: Served):
    with visiting(served.address, served.desk, "prov") as visit:
        outer = visit.get("/address/203.0.113.77?start=2026-03-04&stop=2026-03-06").text
        (inner,) = set(re.findall(r'href="(/address/10\.250\.[^"?]*\?[^"]*)"', outer))
        assert r"D:\Shares\HR" in unescape(visit.get(unescape(inner)).text)


def test_each_of_the_three_things_to_try_works(served: Served, capsys: pytest.CaptureFixture[str]):
    """What the demonstration ends with, over the same incidents."""
    incidents = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    subject = next(told for told in incidents if told["subject"])["subject"]
    hijacked = next(told for told in incidents if told["id"] == "kapat-konto")["who"][0]
    demo._Told(subject, hijacked)(served.link())
    said = capsys.readouterr().out
    link = re.search(r"http\S+", said)
    assert link
    first, second, third = re.findall(r"^   \d\. (.*)$", said, re.MULTILINE)
    with visiting(served.address, served.desk, "prov") as visit:
        assert "Logga in" in visit.client.get(link[0]).text
        typed = re.search(r"Skriv (\d{12}) i sökrutan", first)
        assert typed
        place = visit.post("/search", {"text": typed[1]}).headers["location"]
        snooper = next(told for told in incidents if told["id"] == "granne")["who"][0]["name"]
        assert snooper in unescape(visit.get(place).text)
        named = re.search(r"Sök (.*?) och se natten mellan den 4 och den 5 mars", second)
        assert named
        place = visit.post("/search", {"text": named[1]}).headers["location"]
        night = unescape(visit.get(f"{place}?start=2026-03-04&stop=2026-03-05").text)
        assert "Utanför kontorstid" in night
        assert re.search(r"/address/\d", night), "from where"
        assert "Fynd" in third
        found = re.search(r'"(/finding/\w+)', visit.get("/findings").text)
        assert found
        assert "Spara beslutet" in visit.get(found[1]).text
