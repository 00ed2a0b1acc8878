"""Lake to answers. In a notebook: `from analytics import ask`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.answer import Answer, ask

__all__ = ["Answer", "ask"]


def __getattr__(name: str) -> Any:
    # What checks SQL files or draws a page needs neither the lake nor what it rests on.
    if name in __all__:
        from analytics import answer  # noqa: PLC0415

        return getattr(answer, name)
    raise AttributeError(name)
