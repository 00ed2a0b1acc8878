import pyarrow as pa
import pytest

from analytics.question import FLAGS, hold, question, questions
from schemas.errors import SqlFileError
from schemas.sqlfile import load
from schemas.tables import TABLES

HEADER = "".join(
    f"-- {key}: {'none' if key == 'params' else 'q'}\n"
    for key in ("question", "asks", "sv", "params", "returns", "counts", "order", "limits")
)


def held(folder, sql):
    (folder / "q.sql").write_text(HEADER + sql)
    (folder / "q.cases.toml").write_text("[[case]]\ntitle = 't'\ngiven = ''\nexpect = ''\n")
    hold(load(folder / "q.sql", "question"))


def test_the_flags_are_those_of_subjects():
    flags = {field.name for field in TABLES["subjects"].schema if pa.types.is_boolean(field.type)}
    assert flags == FLAGS


@pytest.mark.parametrize("name", sorted(questions()))
def test_no_question_names_a_flag(name):
    assert not [flag for flag in FLAGS if flag in question(name).sql.lower().replace(f"'{flag}'", "")]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT subject, protected FROM subjects ORDER BY subject",
        "SELECT subject FROM subjects WHERE protected ORDER BY subject",
        'SELECT subject FROM subjects WHERE "Protected" ORDER BY subject',
        "SELECT * FROM subjects ORDER BY subject",
        "SELECT s.* FROM subjects AS s ORDER BY s.subject",
        "WITH a AS (SELECT * FROM subjects) SELECT subject FROM a ORDER BY subject",
        "SELECT subject FROM events WHERE EXISTS (SELECT 1 FROM subjects AS s WHERE s.protected) ORDER BY subject",
        "SELECT count(*) AS n FROM subjects WHERE protected",
        "SELECT count(*) AS n FROM subjects WHERE deceased",
        "SELECT subject, valid_from FROM subjects WHERE special_interest ORDER BY subject",
    ],
)
def test_a_question_that_would_list_protected_persons_is_refused(tmp_path, sql):
    with pytest.raises(SqlFileError, match="serves detections only"):
        held(tmp_path, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT subject, 'protected' AS word FROM subjects ORDER BY subject",
        "SELECT asset FROM assets WHERE personal_data = 'protected' ORDER BY asset",
    ],
)
def test_the_word_alone_is_no_flag(tmp_path, sql):
    held(tmp_path, sql)
