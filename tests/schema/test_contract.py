"""The published GraphQL contract."""

from pathlib import Path

from schema.root import sdl

PUBLISHED = Path(__file__).parent.parent.parent / "graphql" / "schema.graphql"


def test_published() -> None:
    """graphql/schema.graphql is what the code says."""
    assert sdl() == PUBLISHED.read_text()
