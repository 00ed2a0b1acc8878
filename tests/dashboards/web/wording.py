"""What a page says, by key and in either language: a test that looks for words looks for those of the reader."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext

from analytics.question import question
from dashboards.cells import cell, heading
from dashboards.web.render import say
from schemas.terms import term


def read_in(context: BrowserContext, address: str, language: str) -> None:
    """Let the browser of CONTEXT have chosen LANGUAGE of the pages at ADDRESS."""
    context.add_cookies([{"name": "sparhund_language", "value": language, "url": address}])


@dataclass(frozen=True)
class Words:
    """Those of a language."""

    language: str

    def say(self, key: str, *given: Any) -> str:
        return say(self.language, key, *given)

    def term(self, key: str) -> str:
        return term(key, self.language)

    def heading(self, column: str) -> str:
        return heading(column, self.language)

    def cell(self, column: str, value: Any) -> str:
        return cell(column, value, self.language)

    def question(self, name: str) -> str:
        """What the question NAME asks."""
        return question(name).header["sv" if self.language == "sv" else "asks"]


def begun(text: str) -> str:
    """TEXT as it begins a sentence."""
    return text[:1].upper() + text[1:]
