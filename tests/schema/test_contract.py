"""The published GraphQL contract."""

from pathlib import Path

from schema import contract

PUBLISHED = Path(__file__).parent.parent.parent / "graphql" / "schema.graphql"


def test_published() -> None:
    """graphql/schema.graphql is what the code says."""
    assert contract.sdl() == PUBLISHED.read_text()
