"""`tandem contract`: the published contracts, made from the code and compared with it."""

import difflib
from pathlib import Path

import click

import app
import rest.contract
import schema.contract

_PACKAGE = Path(app.__file__).parent


def _folder() -> Path:
    """Where the contracts lie: the checkout's root, or beside the installed package."""
    root = _PACKAGE.parent
    return root if (root / "openapi").is_dir() else _PACKAGE / "contracts"


def _documents() -> dict[str, str]:
    return {**rest.contract.documents(), "graphql/schema.graphql": schema.contract.sdl()}


@click.group()
def contract() -> None:
    """Write the contracts from the code, or check that they are equal to it."""


@contract.command()
def write() -> None:
    """Write openapi/*.yaml and graphql/schema.graphql from the code."""
    for name, text in _documents().items():
        path = _folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {name}", err=True)


@contract.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Fail, showing the difference, where a contract is not what the code makes."""
    differing = [name for name, text in _documents().items() if _differs(name, text)]
    if differing:
        click.echo(f"Not equal to the code: {', '.join(differing)}. Run `tandem contract write`.", err=True)
        ctx.exit(1)


def _differs(name: str, text: str) -> bool:
    path = _folder() / name
    published = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(
        published.splitlines(), text.splitlines(), f"published/{name}", f"code/{name}", lineterm=""
    )
    for line in lines:
        click.echo(line, err=True)
    return published != text
