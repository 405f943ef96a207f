"""`tandem contract`: the published contracts, made from the code and compared with it."""

import difflib

import click

import rest.contract
import schema.contract
from app import published


def _documents() -> dict[str, str]:
    return {**rest.contract.documents(), "graphql/schema.graphql": schema.contract.sdl()}


@click.group()
def contract() -> None:
    """Write the contracts from the code, or check that they are equal to it."""


@contract.command()
def write() -> None:
    """Write openapi/*.yaml and graphql/schema.graphql from the code."""
    for name, text in _documents().items():
        path = published.folder() / name
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
    path = published.folder() / name
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(
        written.splitlines(), text.splitlines(), f"published/{name}", f"code/{name}", lineterm=""
    )
    for line in lines:
        click.echo(line, err=True)
    return written != text
