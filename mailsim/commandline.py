"""What the commands are made with: the options they share, and a group with a default command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def world_options(command: Command) -> Command:
    """What every command takes: which world, and keys of its config laid over the files."""
    command = click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Lay a value over the config, e.g. listen.smtp=127.0.0.1:0; may be repeated.",
    )(command)
    return click.option(
        "-w",
        "--world",
        "root",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        show_default="the current directory",
        help="The world's folder.",
    )(command)


json_option = click.option("--json", "as_json", is_flag=True, help="Print data for programs.")


class DefaultCommand(click.Group):
    """`accounts me` means `accounts show me`: what does not begin with a command's name is for `show`."""

    default = "show"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
