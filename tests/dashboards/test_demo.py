from click.testing import CliRunner

from analytics.question import question
from dashboards.cli import cli, demo
from ingest.simulator.simulation import simulate


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
