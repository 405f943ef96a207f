"""The command line: `tandem COMMAND`. A command's module is imported when the command runs."""

from importlib import import_module

import click

_COMMANDS = {
    "serve": "app.commands.serve:serve",
    "migrate": "app.commands.migrate:migrate",
    "doctor": "app.commands.doctor:doctor",
    "backup": "app.commands.backup:backup",
    "seed": "app.commands.seeding:seed",
    "import": "app.commands.imports:import_file",
    "export": "app.commands.exports:export",
    "files": "app.commands.files:files",
    "keys": "app.commands.keys:keys",
    "contract": "app.commands.contract:contract",
}


class _Lazy(click.Group):
    """A group that imports only the module of the chosen command."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tandem")
def main() -> None:
    """Tandem: one product catalogue over GraphQL and REST."""
