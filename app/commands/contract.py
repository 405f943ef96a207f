"""`tandem contract`: generates the published contracts and compares them with the code."""

import difflib

import click

from app.pages import contract_files
from rest.openapi import contract as rest_contract
from schema.root import sdl


def _documents() -> dict[str, str]:
    return {**rest_contract.documents(), "graphql/schema.graphql": sdl()}


@click.group()
def contract() -> None:
    """Generate the contracts from the code, or compare them with it."""


@contract.command()
def write() -> None:
    """Write openapi/*.yaml and graphql/schema.graphql from the code."""
    for name, text in _documents().items():
        path = contract_files.folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {name}", err=True)


@contract.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Fail and show the difference if a contract differs from the code."""
    differing = [name for name, text in _documents().items() if _differs(name, text)]
    if differing:
        click.echo(f"These files differ from the code: {', '.join(differing)}. Run `tandem contract write`.", err=True)
        ctx.exit(1)


def _differs(name: str, text: str) -> bool:
    path = contract_files.folder() / name
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(
        written.splitlines(), text.splitlines(), f"published/{name}", f"code/{name}", lineterm=""
    )
    for line in lines:
        click.echo(line, err=True)
    return written != text
