"""Every reason that a page may show has its words in the reader's language."""

import re
from html import unescape
from pathlib import Path

import pytest

from dashboards.web.render import fault, words
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import visiting
from tests.schemas.test_reasons import ROOT, reasons

# Which argument of an error is the reason. What SqlFileError says is for whoever writes SQL files, and on no page.
RAISED: dict[str, int | str] = {"Refused": 1, "QuestionError": 2, "LimitError": 0}
SHOWN = [
    *(ROOT / "analytics" / name for name in ("question.py", "opened.py", "digested.py", "acts.py", "workbench.py")),
    *(ROOT / name for name in ("analytics/detect/decide.py", "analytics/detect/explain.py", "dashboards/given.py")),
    *sorted((ROOT / "dashboards/web").glob("*.py")),
]
# What pages never say: there all that is given is text, and it becomes what a parameter is before a question has it.
OTHERS = {"want 7", "want a time", "want a list of texts"}


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_reason_on_a_page_is_told_in_swedish(path: Path) -> None:
    counted = {re.sub(r"\d+", "7", key) for key in words()}  # a limit stands as its number
    assert [
        text
        for text in reasons(path, RAISED)
        if " " in text.strip() and fault("sv", text) == text and f"fault.{text}" not in counted and text not in OTHERS
    ] == []


def test_there_are_reasons_on_pages() -> None:
    assert sum(any(reasons(path, RAISED)) for path in SHOWN) > len(SHOWN) // 3


@pytest.mark.parametrize(
    "reason",
    [
        "there is no path of that digest",
        "is given beside an id or a path, or without a system",
        "want names of its other parameters, with commas between and no blanks",
        "would take more memory than an answer may; ask about a shorter period or less",
    ],
)
def test_what_was_told_in_english_has_words_in_both_languages(reason: str) -> None:
    assert f"fault.{reason}" in words()
    assert fault("sv", reason) != reason


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/question/finns_ej", 404, "Det finns ingen sådan fråga. Alla frågor finns under Frågor"),
        ("/question/events?finns_ej=1", 400, "det finns inget sådant urval; det finns "),
        (
            "/question/events?explained=kanske", 400,
            "Förklaringar: ska vara ett av alla åtkomster, bara oförklarade, bara förklarade, bara förklarade utan",
        ),
        ("/system/Lindan?explained=kanske", 400, "Förklaringar: ska vara ett av alla åtkomster"),
        ("/question/events?explained=no&explained=yes", 400, "Förklaringar: anges två gånger"),
        ("/question/events?format=xls", 400, "Filens format: ska vara ett av CSV, Parquet, Arrow"),
        ("/question/events?format=csv&format=arrow", 400, "Filens format: anges två gånger"),
        ("/question/events?from=kanske", 400, "Första raden: ska vara numret på en rad"),
        ("/findings?x=1", 400, "det finns inget sådant urval; det finns regel,"),
        ("/register?controller=Fel", 404, "det finns ingen med det namnet"),
        ("/register?overdue=kanske", 400, "Försenad översyn: ska vara 1"),
        ("/threats?controller=Fel", 404, "det finns ingen med det namnet"),
        ("/object?system=a&object_id=b&path_digest=c", 400, "Sökvägens kontrollsumma: anges tillsammans"),
    ],
)  # fmt: skip
def test_a_refusal_speaks_in_the_readers_words(served: Served, address: str, status: int, said: str) -> None:
    with visiting(served.address, served.desk, "Prov av fel") as visit:
        answer = visit.get(address)
        text = unescape(re.sub(r"<[^>]+>", "", answer.text.partition("<main")[2].partition("</main>")[0]))
        assert answer.status_code == status
        assert said in text
        assert re.search(r"[a-z]_[a-z]", text.replace("Finns_ej", "")) is None
