"""Questions over HTTP: their list, their description and their answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from analytics.answer import answer
from analytics.question import ABOUT_PERSONS, NAMES_PERSONS, area, arguments, columns, questions, shows_persons, stated
from dashboards.api.delivered import DELIVERY, delivered
from dashboards.api.endpoints import LANGUAGE, Call, Endpoint
from dashboards.api.shapes import MOST_ROWS
from dashboards.cells import heading
from dashboards.server.held import Found
from schemas.settings import Settings
from schemas.sqlfile import Param, SqlFile
from schemas.terms import term

_OWN = frozenset(param.name for param in (*DELIVERY, LANGUAGE))
# Parameters by which one may ask about one person, even where the answer names nobody.
_ABOUT = ABOUT_PERSONS | NAMES_PERSONS | {"text"}
# Where a personal number that is typed becomes a token; elsewhere it is refused.
_TYPED = frozenset({"subject", "subjects"})


def endpoints() -> Iterator[Endpoint]:
    """The list, and each question by query and by body."""
    yield Endpoint(
        method="GET", path="/questions", name="list_questions", summary="The questions that can be asked.", may="ask",
        handler=_list, answers="Questions", params=(LANGUAGE,), tags=("questions",),
    )  # fmt: skip
    for file in questions().values():
        names = {param.name for param in file.params}
        for body in (False, True):
            yield Endpoint(
                method="POST" if body else "GET",
                path=f"/questions/{file.name}",
                name=f"{'post' if body else 'ask'}_{file.name}",
                summary=file.said("asks"),
                may="persons" if shows_persons(file) or not _ABOUT.isdisjoint(names) else "ask",
                handler=_answered(file),
                answers="Answer",
                params=(*file.params, *DELIVERY, LANGUAGE),
                body=body,
                files=True,
                tags=("questions",),
            )


def _list(call: Call) -> Response:
    settings = call.desk.home.settings
    return JSONResponse({"questions": [described(file, call.language, settings) for file in questions().values()]})


def described(file: SqlFile, language: str, settings: Settings) -> dict[str, Any]:
    """What a question takes by SETTINGS, and what its answer means."""
    said = {key: file.said(key) for key in ("asks", "sv", "counts", "order", "limits")}
    return {
        "question": file.name,
        "area": term(f"area.{area(file)}", language),
        "params": [_param(stated(param, settings)) for param in file.params],
        "columns": [
            {"name": name, "type": kind, "heading": heading(name, language)} for name, kind in columns(file).items()
        ],
        "shows_persons": shows_persons(file),
        **said,
    }


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "type": param.type,
        "note": param.note,
        "default": param.default,
        "required": param.required,
    }


def _answered(file: SqlFile) -> Any:
    def handler(call: Call) -> Response:
        return answered(call, file, {name: value for name, value in call.given.items() if name not in _OWN})

    return handler


def answered(call: Call, file: SqlFile, params: Mapping[str, Any]) -> Response:
    """The answer of FILE to PARAMS, as the CALL wants it. Errors: Refused; those of `analytics.answer`."""
    wanted = {name: _tokens(call, name, value) for name, value in params.items()}
    if "cursor" in call.given:  # what isn't as declared is refused also where nothing is computed
        arguments(file, wanted)
    return delivered(call, file.name, wanted, lambda: _put(call, file, wanted))


def _put(call: Call, file: SqlFile, params: Mapping[str, Any]) -> Found:
    """The answer to FILE, for the visitor's purpose."""
    visitor = call.visitor
    found = answer(call.desk.home, file, params, purpose=visitor.purpose, who=visitor.caller, most=MOST_ROWS)
    return Found(file.name, found.rows, found.statement, found.more, {"question": file.name})


def _tokens(call: Call, name: str, value: Any) -> Any:
    """VALUE with tokens for personal numbers, where they came in a body."""
    if not call.typed or name not in _TYPED:
        return value
    texts = value if isinstance(value, list) else [value]
    found = [call.desk.home.token(text) for text in texts]
    return found if isinstance(value, list) else found[0]
