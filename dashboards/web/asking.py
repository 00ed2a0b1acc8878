"""The pages of questions: their list, and each with its form, its answer and its files."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from analytics.answer import Answer, Ask, hold_texts
from analytics.question import ABOUT_PERSONS, area, questions, relations, shows_persons, stated
from analytics.strangers import NAMED
from analytics.views import rested
from dashboards.api.shapes import MEDIA
from dashboards.api.shapes import MOST_ROWS as MOST_FILE_ROWS
from dashboards.given import filled, given, hold_dash, swedish
from dashboards.server.held import Found
from dashboards.server.refusals import Refused
from dashboards.web import affected, explained, pictures, rows, search, unheard
from dashboards.web.page import MOST_ROWS, Download, Goto, Page, Shown, View
from dashboards.web.panels import Beside
from dashboards.web.render import say
from dashboards.web.sheet import download
from dashboards.web.typed import is_number
from schemas.errors import QuestionError
from schemas.finding import RELATIONS as JUDGED
from schemas.sqlfile import Param, SqlFile

# Which row of the answer is the page's first, or its last: from 1.
_FROM, _UNTIL = "from", "until"
_LAST = pictures.MOST_ROWS - MOST_ROWS + 1  # so many rows are computed for a page at most
_TOKENS = frozenset({"subject", "subjects"})  # a number that is typed there becomes a token


def pages() -> Iterator[Page]:
    """The list and the questions."""
    yield Page(path="/questions", name="questions", may="ask", get=_list, takes=())
    yield Page(path="/question/{question}", name="question", may="ask", get=_question, post=_typed)


def _list(_view: View) -> Shown:
    files = sorted(questions().values(), key=lambda file: (area(file), file.name))
    return Shown("questions.html", {"areas": [(name, list(group)) for name, group in groupby(files, key=area)]})


def _question(view: View) -> Shown | Goto | Download:
    file = _asked_for(view)
    pairs = filled(view.query)
    _hold_once(pairs)
    kind = next((text for name, text in pairs if name == "format"), None)
    wanted = explained.chosen(dict(pairs), explained.OF_QUESTION) if explained.can(file) else None
    times = {param.name for param in file.params if param.type == "TIMESTAMPTZ"}
    first, last = _places(pairs)
    backwards = _UNTIL in dict(pairs)
    besides = {"format", "ask", _FROM, _UNTIL, *([explained.NAME] if explained.can(file) else [])}
    pairs = [(name, swedish(name, text) if name in times else text) for name, text in pairs if name not in besides]
    asked = bool(view.query) or not any(param.required or param.type == "TEXT[]" for param in file.params)
    values: dict[str, Any] = {"file": file, "fields": _fields(view, file, pairs), "asked": asked}
    if not asked:
        return Shown("question.html", values)
    try:
        for name, text in pairs:
            hold_texts(file.name, {name: text})
        if needs_purpose(view, file):
            return Goto("/purpose?" + urlencode({"next": view.address}))
        named = [(name, search.employee(view, text) if name in NAMED else text) for name, text in filled(view.query)]
        if named != filled(view.query):
            return Goto(view_address(file, named))
        params = given(file.name, file.params, pairs)
        if wanted not in {None, "all"}:  # what is picked among the first has no further pages
            first, last, backwards = 1, MOST_ROWS, False
        most = _most(kind, file, last)
        (found,) = view.answers(file.name, params, [Ask(file, params)], most)
    except QuestionError as error:
        kept = _fields(view, file, [(name, text) for name, text in pairs if not is_number(text)])
        return Shown("question.html", values | {"fields": kept, "asked": False, "error": error}, 400)
    if kind is not None:
        return _file(view, kind, found)
    nobodys = [] if len(found.rows) else list(unheard.told(view, file, params, pairs))
    export = [(media, view_address(file, [*pairs, ("format", media)])) for media in MEDIA]
    drawn = pictures.drawn(found, _beside(view, params, pairs))
    total = len(found.rows)
    found = replace(found, rows=found.rows.slice(first - 1, last - first + 1), more=found.more or total > last)
    found, stands = explained.judged(view, found, wanted, MOST_ROWS) if wanted else (found, None)
    listed = rows.of(found, view.language, params, tables=view.desk.home.tables())
    listed = stands.beside(listed, found.rows, view.language, 1) if stands and len(listed) else listed
    room = rows.HEAVIEST - pictures.weight(drawn)
    listed = rows.light(listed, room, last=backwards)
    longer = found.more or len(found.rows) > len(listed)
    if stands and wanted == "all":  # a heavy answer is shorter on the page than what was judged
        place = len(found.rows) - len(listed) if backwards else 0
        stands = stands.among(found.rows["event_id"].slice(place, len(listed)).to_pylist())
    if backwards:
        first = last - len(listed) + 1
    again = [*pairs, *([(explained.NAME, wanted)] if wanted else [])]
    # The file has all events, not those that are picked by their explanation.
    picked = wanted not in {None, "all"} and len(listed) < len(found.rows)
    cut = f" {say(view.language, 'explained.cut', len(listed), len(found.rows))}" if picked else ""
    # Of those that are picked by their explanation the row that comes next is not known by its place.
    part = _part(file, again, first, len(listed), total, more=found.more) if wanted in {None, "all"} else None
    return Shown(
        "question.html",
        values
        | {
            "answer": found,
            "pictures": drawn,
            "rows": replace(listed, more=False) if part or cut else listed,
            "empty": rows.empty(found.rows, view.language),
            "part": part,
            "export": export,
            "choices": explained.choices(f"/question/{file.name}", pairs, wanted, explained.OF_QUESTION)
            if explained.can(file)
            else [],
            "interval": affected.of(found.rows, found.statement) if file.name == "persons_affected" else None,
            "unheard": nobodys,
            "unjudged": not total and not JUDGED.keys().isdisjoint(rested(relations(file))) and not view.judged,
            "note": stands.note(view.language, len(listed) if wanted == "all" else MOST_ROWS, longer=longer) + cut
            if stands
            else None,
        },
    )


def _asked_for(view: View) -> SqlFile:
    """The question of the address. Errors: Refused (404), without the names that files have."""
    file = questions().get(view.path["question"])
    if file is None:
        raise Refused(404, "there is no question of that name")
    return file


def _hold_once(pairs: list[tuple[str, str]]) -> None:
    """Errors: Refused (400) for a choice of the page that PAIRS make twice: one of them would seem to hold."""
    names = [name for name, _ in pairs]
    for name in ("format", explained.NAME):
        if names.count(name) > 1:
            raise Refused(400, "is given twice", name)


def _beside(view: View, params: Mapping[str, Any], pairs: list[tuple[str, str]]) -> Beside:
    """What a picture of the answer knows: what was asked, as the address has it."""
    texts = {name: text for name, text in pairs if name in params}
    period: dict[str, str] = {name: texts.pop(name) for name in ("start", "stop") if name in texts}
    lists = {name: value for name, value in params.items() if isinstance(value, list)}
    return Beside(view.language, texts | lists, period, view.desk.home.tables(), others=False)


def _places(pairs: list[tuple[str, str]]) -> tuple[int, int]:
    """The first and the last row of the answer that the page may have. Errors: Refused (400) for no row's number."""
    places = [(name, text) for name, text in pairs if name in {_FROM, _UNTIL}]
    if not places:
        return 1, MOST_ROWS
    (name, text), *more = places
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LAST)) else 0
    if more or not 1 <= number <= _LAST:
        raise Refused(400, "want the number of a row that a page may begin with", name)
    return (number, number + MOST_ROWS - 1) if name == _FROM else (max(1, number - MOST_ROWS + 1), number)


def _part(
    file: SqlFile, pairs: list[tuple[str, str]], first: int, shown: int, total: int, *, more: bool
) -> dict[str, Any] | None:
    """Which rows of the answer are SHOWN, and where those before and after are; None where they are all.

    TOTAL rows were computed, and MORE there are.
    """
    after = first + shown
    more = more or after <= total
    if first == 1 and not more:
        return None

    def address(name: str, place: int) -> str:
        return view_address(file, [*pairs, (name, str(place))]) + "#answer"

    return {
        "first": first,
        "last": after - 1,
        "before": address(_UNTIL, min(first - 1, total)) if first > 1 and total else None,
        "after": address(_FROM, after) if more and shown and after <= _LAST else None,
        "beyond": more and after > _LAST,
        "ends": not shown,
    }


def _most(kind: str | None, file: SqlFile, last: int) -> int:
    if kind is None:
        return max(pictures.most(file.name), last)
    if kind not in MEDIA:
        raise Refused(400, f"want one of {', '.join(MEDIA)}", "format")
    return MOST_FILE_ROWS


def _file(view: View, kind: str, answer: Answer) -> Download:
    counts = answer.question.name == "persons_affected"
    below = affected.sentences(answer.rows, answer.statement, view.language) if counts else ()
    return download(view, kind, Found(answer.question.name, answer.rows, answer.statement, answer.more), below)


def _typed(view: View) -> Shown | Goto:
    """The form, whose texts may be personal numbers: they become tokens, and only then stand in an address.

    One that is typed where none can be is refused, and not written out again.
    """
    file = _asked_for(view)
    home = view.desk.home
    typed = list(_split(file, filled(view.form)))
    pairs = [(name, home.token(text) if name in _TOKENS else text) for name, text in typed]
    try:
        for name, text in typed:
            hold_dash(file.name, name, text)
        for name, text in pairs:
            hold_texts(file.name, {name: text})
    except QuestionError as error:
        kept = [(name, text) for name, text in pairs if name != error.field]
        return Shown(
            "question.html", {"file": file, "fields": _fields(view, file, kept), "asked": False, "error": error}, 400
        )
    return Goto(view_address(file, [*pairs, ("ask", "1")]))


def _split(file: SqlFile, pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """PAIRS, where the field of a list holds a value a line."""
    lists = {param.name for param in file.params if param.type == "TEXT[]"}
    for name, text in pairs:
        yield from (
            ((name, line.strip()) for line in text.splitlines() if line.strip()) if name in lists else [(name, text)]
        )


def view_address(file: SqlFile, pairs: Any) -> str:
    """The address of FILE's page with PAIRS."""
    return f"/question/{file.name}?" + urlencode(list(pairs))


def needs_purpose(view: View, file: SqlFile) -> bool:
    """Whether it must first be stated why."""
    about = shows_persons(file) or not ABOUT_PERSONS.isdisjoint(param.name for param in file.params)
    return about and not view.visitor.purpose and view.desk.home.settings.questions.purpose_required


def _fields(view: View, file: SqlFile, pairs: list[tuple[str, str]]) -> list[tuple[Param, str]]:
    """Each parameter, with the default that it has here, and the text that its field holds."""
    return [
        (stated(param, view.desk.home.settings), "\n".join(text for name, text in pairs if name == param.name))
        for param in file.params
    ]
