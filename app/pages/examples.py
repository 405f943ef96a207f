"""The example operations of the published contract, as pages show them."""

import html
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.pages import contract_files


class Example(NamedTuple):
    """One operation. Its `name` is the fragment of its address in the playground: `/graphql#01-first-page`."""

    name: str
    title: str
    about: str
    query: str
    variables: dict[str, object]
    headers: dict[str, str]


def load_examples() -> list[Example]:
    """All examples, in order."""
    return [_example(path) for path in sorted((contract_files.folder() / "graphql" / "operations").glob("*.graphql"))]


def as_links(examples: list[Example]) -> str:
    """List items that lead to them in the playground."""
    items = (
        f'<li><a href="graphql#{one.name}" title="{html.escape(one.about)}">{html.escape(one.title)}</a></li>'
        for one in examples
    )
    return "\n".join(items)


def as_json(examples: list[Example]) -> bytes:
    """An array of objects, for scripts."""
    return msgspec.json.encode([one._asdict() for one in examples])


def _example(path: Path) -> Example:
    text = path.read_text(encoding="utf-8")
    about, _, _ = text.removeprefix("# ").partition("\n")
    beside = path.with_suffix(".variables.json")
    extra = msgspec.json.decode(beside.read_bytes()) if beside.exists() else {}
    _, _, words = path.stem.partition("-")
    title = words.replace("-", " ").capitalize()
    return Example(path.stem, title, about, text, extra.get("variables", {}), extra.get("headers", {}))
