"""SQLAlchemy constructs that compile to different texts on the engines."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ClauseElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

C = TypeVar("C", bound=type[ClauseElement])


def compiled_as(**texts: str) -> Callable[[C], C]:
    """Compile a construct to one of these texts, by engine; names in braces are its attributes."""

    def decorate(construct: C) -> C:
        for engine, text in texts.items():
            compiles(construct, engine)(partial(_compiled, text))
        return construct

    return decorate


def _compiled(text: str, element: ClauseElement, compiler: SQLCompiler, **kw: Any) -> str:
    return text.format_map(_Parts(element, compiler, kw))


class _Parts(dict[str, str]):
    """The attributes of a construct as SQL; they are compiled in the order of the text, as their values are bound."""

    def __init__(self, element: ClauseElement, compiler: SQLCompiler, kw: dict[str, Any]) -> None:
        super().__init__()
        self._element, self._compiler, self._kw = element, compiler, kw

    def __missing__(self, name: str) -> str:
        part = getattr(self._element, name)
        return self._compiler.process(part, **self._kw) if isinstance(part, ClauseElement) else str(part)
