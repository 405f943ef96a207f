"""The location of the published contracts: the checkout's root, or beside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """The folder that holds `openapi/` and `graphql/`."""
    root = _PACKAGE.parent
    return root if (root / "openapi").is_dir() else _PACKAGE / "contracts"
