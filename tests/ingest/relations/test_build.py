import hashlib
import json
import re
from datetime import date

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.lake import Lake
from ingest.relations import build as building
from ingest.relations.build import build
from ingest.relations.note import NoteError, verify
from schemas import context
from schemas.errors import LakeError, SettingsError
from tests.ingest.relations.town import FIELDS, HEADER, NUMBERS, Town, home, related

ROWS = [home("anna", "Storgatan 1", surname="Ovanlig"), related("anna", "M", "bo")]


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def public(town):
    return (town.root / "lake" / "relations" / "verifier").read_text()


def test_without_a_decision_nothing_is_read(town):
    del town.document["detection"]
    with pytest.raises(SettingsError, match="detection: relations_decision: is missing"):
        town.build(ROWS)
    assert list((town.root / "context").iterdir()) == []


def test_the_tables_are_context_tables_of_tokens(town):
    town.build(ROWS)
    tables = context.load(town.settings.context)
    assert (len(tables["kin"]), len(tables["subjects"])) == (2, 1)
    (town.root / "register.csv").unlink()
    (town.root / "staff.csv").unlink()
    kept = b"".join(path.read_bytes() for path in town.root.rglob("*") if path.is_file())
    for name in ("anna", "bo"):
        assert NUMBERS[name][2:8].encode() not in kept
    assert b"Ovanlig" not in kept
    assert b"Storgatan" not in kept


def test_the_note_tells_what_was_read_kept_and_deleted(town):
    register, staff = town.register(*ROWS, {"number": "x"}), town.staff("anna")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (register, staff)]
    sizes = [path.stat().st_size for path in (register, staff)]
    built = build(town.settings, [register], [staff], delete=True)
    text = verify(built.note.read_text(), public(town))
    lines = text.splitlines()
    assert "beslut: KS 2026/123" in lines
    assert [line for line in lines if line.startswith("  filen:")] == ["  filen: raderad"] * 2
    assert re.findall(r"rader: (\d+), varav avvisade: (\d+)", text) == [("3", "1"), ("1", "0")]
    assert re.findall(r"sha256: (\w+)\n  byte: (\d+)", text) == list(zip(digests, map(str, sizes), strict=True))
    assert "par spouse: 1" in lines
    assert "Personnummer, namn, adresser och övriga relationer har inte bevarats." in text
    assert not register.exists()
    assert not staff.exists()


def test_what_is_not_asked_to_be_deleted_is_said_to_be_left(town):
    built = town.build(ROWS)
    assert built.fates == ("lämnad kvar", "lämnad kvar")
    assert (town.root / "register.csv").exists()
    assert "filen: lämnad kvar" in verify(built.note.read_text(), public(town))


def test_a_note_that_was_changed_or_that_another_signed_does_not_hold(town, tmp_path_factory):
    note = town.build(ROWS).note.read_text()
    with pytest.raises(NoteError, match="isn't of this text"):
        verify(note.replace("lämnad kvar", "raderad"), public(town))
    other = Town(tmp_path_factory.mktemp("other"))
    other.build(ROWS)
    with pytest.raises(NoteError, match="isn't of this text"):
        verify(note, public(other))
    with pytest.raises(NoteError, match="nobody"):
        verify(note.partition("\n\n\u2014")[0] + "\n\n", public(town))


def test_a_crash_before_the_deletion_is_healed_by_the_next_build(town, monkeypatch):
    def crash(*_):
        raise KeyboardInterrupt

    register, staff = town.register(*ROWS), town.staff("anna")
    with monkeypatch.context() as patch:
        patch.setattr(building, "_complete", lambda _home, _key: crash() if list(_home.glob("pending*")) else None)
        with pytest.raises(KeyboardInterrupt):
            build(town.settings, [register], [staff], delete=True)
    assert register.exists()
    register.write_text("another export\n")  # of the same name: not what was read
    with pytest.raises(SettingsError, match="number: the column is missing"):
        build(town.settings, [register], [staff.with_name("again.csv")])
    [note] = (town.root / "lake" / "relations").glob("*.note")
    fates = re.findall("filen: (.*)", verify(note.read_text(), public(town)))
    assert fates == ["inte raderad: en annan fil står nu på platsen", "raderad"]
    assert register.exists()
    assert not staff.exists()


def test_each_bad_row_is_named_without_its_value(town):
    anna, bo = NUMBERS["anna"], NUMBERS["bo"]
    wrong = [
        ({"number": "190001011111"}, "number: is no personal or coordination number"),
        ({"surname": "Ovanlig"}, "number: is empty"),
        ({"number": bo, "other_number": "x"}, "other_number: is no personal or coordination number"),
        ({"number": bo, "moved_in": "2026-02-30"}, "moved_in: want a day, such as 2026-03-01"),
        ({"number": bo, "moved_out": "i mars"}, "moved_out: want a day, such as 2026-03-01"),
        ({"number": bo, "moved_in": "2020-01-01", "moved_out": "2020-01-01"}, "moved_out: is not after moved_in"),
        ({"number": bo, "protected": "kanske"}, "protected: a word that isn't known: the person counts as protected"),
        ({"number": bo, "deceased": "1"}, "deceased: want a day, such as 2026-03-01"),
        ({"number": bo, "relation": "M"}, "relation_number: is empty"),
        ({"number": bo, "relation_number": anna}, "relation: is empty"),
        ({"number": bo, "relation_number": anna, "relation": "gäst"}, "relation: a word that isn't known"),
        ({"number": bo, "relation_number": "x", "relation": "M"}, "relation_number: is no personal or"),
        ({"number": bo, "relation_number": bo, "relation": "M"}, "relation_number: is the resident's own"),
        (related(bo, "M", anna, "x"), "relation_from: want a day"),
        (related(bo, "M", anna, "", "x"), "relation_to: want a day"),
        (related(bo, "M", anna, "2020-01-01", "2019-01-01"), "relation_to: is not after relation_from"),
    ]
    register = town.register(*(row for row, _ in wrong), home("anna", "Storgatan 1"))
    register.write_text(register.read_text() + "en;cell;för;lite\n")
    staff = town.staff("anna")
    staff.write_text(staff.read_text() + f"{anna};{bo}\n;{bo}\nstaff_x;\nstaff_y;1\n")
    built = build(town.settings, [register], [staff])
    said = [str(each) for each in built.rejects]
    want = [f"{register} row {at}: {reason}" for at, (_, reason) in enumerate(wrong, start=2)]
    want += [f"{register} row {len(wrong) + 3}: row: has another number of cells than the row of the names"]
    want += [
        f"{staff} row {at}: {reason}"
        for at, reason in enumerate(
            (
                "person: is a personal number",
                "person: is empty",
                "number: is empty",
                "number: is no personal or coordination number",
            ),
            start=3,
        )
    ]
    assert len(said) == len(want)
    assert [text for text, start in zip(said, want, strict=True) if not text.startswith(start)] == []
    assert [each.rows for each in built.inputs] == [len(wrong) + 2, 5]
    assert town.pairs() == set()


def test_a_number_that_many_share_as_their_other_one_is_refused(town):
    names = ("bo", "cia", "dan", "eva", "fia", "gun")
    built = town.build([{"number": name, "other_number": "jan"} for name in names])
    assert {each.reason for each in built.rejects} == {"stands with more than five persons"}
    assert len(built.rejects) == len(names)


def test_columns_and_words_are_the_settings(tmp_path):
    columns = {"number": "PersonNr", "street": ["Gata", "Adress"], "protected": ["Sekr", "SkyddadFbf"]}
    columns |= {"relation": "Typ", "relation_number": "RelNr"}
    town = Town(
        tmp_path,
        columns=columns,
        staff_columns={"person": "Anstnr", "number": "Pnr"},
        words={"relation": {"Gift med": "spouse"}, "protected": {"S": "yes", "-": "no"}},
        encoding="latin-1",
        separator=",",
    )
    anna, bo, cia = (NUMBERS[name] for name in ("anna", "bo", "cia"))
    register = tmp_path / "fb.txt"
    lines = ["PersonNr,Namn,Gata,Adress,Sekr,SkyddadFbf,Typ,RelNr", f"{anna},Åsa,,Ångatan 1,-,,gift MED,{bo}"]
    lines += [f"{cia},Öd,Ångatan 1,,-,S,,"]
    register.write_text("\n".join(lines), encoding="latin-1")
    staff = tmp_path / "personal.txt"
    staff.write_text(f"Anstnr,Pnr\nstaff_anna,{anna}\n")
    assert build(town.settings, [register], [staff]).rejects == ()
    assert town.pairs() == {("anna", "bo", "spouse", "", "")}
    assert [row["protected"] for row in town.table("subjects") if row["subject"] == "cia"] == ["true"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "file: is empty"),
        (b"namn;adress\nAnna;Storgatan\n", "number: the column is missing"),
        (b"number;number\n1;2\n", "number: the column stands twice"),
        (b"number;surname\n1;\xe5sa\n", "file: is not utf-8; see [relations] encoding"),
    ],
)
def test_a_file_that_is_no_export_is_refused_whole(town, text, said):
    register = town.root / "register.csv"
    register.write_bytes(text)
    with pytest.raises(SettingsError, match=re.escape(said)):
        build(town.settings, [register], [town.staff("anna")])
    assert list((town.root / "context").iterdir()) == []


def test_rows_over_the_blocks_of_the_reader_keep_their_numbers(town, monkeypatch):
    monkeypatch.setattr("ingest.relations.export._BLOCK_BYTES", 256)
    lines = [HEADER, *("kort" if at % 7 == 0 else "fel" + ";" * (len(FIELDS) - 1) for at in range(2, 60))]
    (town.root / "register.csv").write_text("\n".join(lines) + "\n")
    built = build(town.settings, [town.root / "register.csv"], [town.staff("anna")])
    assert [(each.row, each.column) for each in built.rejects] == [
        (at, "row" if at % 7 == 0 else "number") for at in range(2, 60)
    ]


def test_what_people_wrote_is_not_replaced_unasked(town):
    kin = town.root / "context" / "kin.csv"
    kin.write_text(f"person,subject,kind\nstaff_anna,{NUMBERS['bo']},former\n")
    with pytest.raises(SettingsError, match=r"kin\.csv: file: is not as a build left it"):
        town.build(ROWS)
    assert "former" in kin.read_text()
    town.build(ROWS, replace=True)
    town.build(ROWS)  # which is as a build left it
    assert town.pairs() == {("anna", "bo", "spouse", "", "")}


def test_persons_of_special_interest_are_taken_over(town):
    subjects = town.root / "context" / "subjects.csv"
    subjects.write_text(
        f"subject,special_interest,valid_from,valid_to\n{NUMBERS['cia']},ja,2026-01-01,2026-02-01\n{NUMBERS['anna']},ja,,\n"
    )
    town.build(ROWS, replace=True)
    town.build(ROWS)
    found = {
        (row["subject"], row["special_interest"], row["valid_from"], row["valid_to"]) for row in town.table("subjects")
    }
    assert found == {("anna", "true", "", ""), ("cia", "true", "2026-01-01", "2026-02-01")}
    context.load(town.settings.context)


def test_when_it_became_known_is_said(town):
    town.build(ROWS, known_from=date(2026, 3, 1))
    assert {row["known_from"] for row in town.table("kin") + town.table("subjects")} == {"2026-03-01"}


def test_a_register_that_memory_does_not_hold_is_never_spilled(town, monkeypatch):
    seen = []
    engine = building.engine

    def watched(**config):
        connection = engine(**config)
        seen.append(connection.execute("SELECT current_setting('temp_directory')").fetchone()[0])
        return connection

    monkeypatch.setattr(building, "engine", watched)
    monkeypatch.chdir(town.root)
    town.document["lake"]["memory_bytes"] = 64 << 20
    monkeypatch.setattr(building, "_HERE", town.root)
    (town.root / "rows.sql").write_text(
        "CREATE TEMP TABLE much AS SELECT repeat('x', 100) || range FROM range(9000000)"
    )
    with pytest.raises(LakeError, match="more memory is needed"):
        town.build(ROWS)
    assert seen == [""]
    assert {path.name for path in town.root.iterdir()} == {"lake", "context", "register.csv", "staff.csv", "rows.sql"}
    assert list((town.root / "context").iterdir()) == []


def test_the_command(town):
    Lake.create(town.root / "lake")
    (town.root / "settings.toml").write_text(
        '[context]\nfolder = "context"\n[detection]\nrelations_decision = "KS 2026/123"\n'
    )
    words = ["relations", "build", "--config", str(town.root / "settings.toml")]
    words += ["--register", str(town.register(*ROWS, {"number": "x"})), "--staff", str(town.staff("anna")), "--delete"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1
    assert "3 rows; deleted" in result.stdout
    assert "2 pairs (self 1, spouse 1); 1 rows of subjects\n1 rows rejected\n" in result.stdout
    assert "row 4: number: is no personal or coordination number" in result.stderr
    acts = b"".join(path.read_bytes() for path in (town.root / "lake" / "spool").rglob("*") if path.is_file())
    assert [acts.count(word) for word in (b'"asked"', b'"answered"', b'"KS 2026/123"')] == [1, 1, 2]
    [note] = (town.root / "lake" / "relations").glob("*.note")
    checked = CliRunner().invoke(cli, ["relations", "verify", str(note)])
    assert (checked.exit_code, "beslut: KS 2026/123" in checked.stdout) == (0, True)
    note.write_text(note.read_text().replace("KS", "KF"))
    assert isinstance(CliRunner().invoke(cli, ["relations", "verify", str(note)]).exception, NoteError)


def test_a_pending_deletion_is_a_list_of_what_was_read(town, monkeypatch):
    monkeypatch.setattr(building, "_complete", lambda home, _key: (home, []))
    town.build(ROWS)
    draft = json.loads((town.root / "lake" / "relations" / "pending.json").read_text())
    assert [each["path"] for each in draft["inputs"]] == [
        str(town.root / name) for name in ("register.csv", "staff.csv")
    ]


def test_a_lake_that_is_not_there_is_not_made(town):
    words = ["--register", str(town.register(*ROWS)), "--staff", str(town.staff("anna"))]
    result = CliRunner().invoke(cli, ["relations", "build", "--lake", str(town.root / "no"), *words])
    assert isinstance(result.exception, LakeError)
    assert not (town.root / "no").exists()
