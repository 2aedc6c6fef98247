"""The commands of `mailsim`. Each is a few lines that call a room of the post office."""

import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mailsim.commandline import DefaultCommand, json_option, world_options
from mailsim.config import World, load_world
from mailsim.errors import MailsimError, WorldError
from mailsim_common import __version__
from mailsim_common.clock import SystemClock
from mailsim_common.errors import ConfigError
from mailsim_common.settings import parse_overrides

CLIENTS = ("aerc", "apple", "mbsync", "mutt", "thunderbird")
EXIT_CODES = """\b
Exit codes:
  0  done
  1  an error that should not have happened; .mailsim/log/ has the cause
  2  the command line is wrong
  3  the world is faulty: a file, a key, a persona, a service's key
  4  cannot listen: a port is taken, or a daemon runs this world already
  5  there is no such account, thread or message
  6  not sent: the relay refused, or no daemon runs
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="mailsim")
def cli() -> None:
    """Personas, each with an LLM behind it and a mailbox of its own, write to each other in real email.

    Begin with `mailsim demo`; then `mailsim init my-world`, `mailsim accounts add me -w my-world` and
    `mailsim up -w my-world`.
    """


def _world(root: Path, overrides: Sequence[str]) -> World:
    return load_world(root, parse_overrides(overrides))


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


@cli.command()
@click.option("--turns", type=click.IntRange(2, 1000), default=10, show_default=True, help="How many messages.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the world, its mail and the transcript here.")
@world_options
def demo(turns: int, keep: Path | None, root: Path, overrides: Sequence[str]) -> None:
    """ELIZA and PARRY write to each other: offline, no key, nothing left behind.

    A world of its own is made for it; -w/--world only says where --keep's relative path begins.
    """
    from mailsim.demo import run

    run(turns, root / keep if keep else None, overrides)


@cli.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@world_options
def init(folder: Path | None, root: Path, overrides: Sequence[str]) -> None:
    """Make a world in FOLDER: config/, personas/ and mailboxes/.

    FOLDER is -w/--world by another name. --set has no effect on the files; it is checked against them.
    """
    from mailsim.world import make

    folder = folder or root
    make(folder)
    _world(folder, overrides)
    at = f" -w {folder}" if folder != Path() else ""
    click.echo(f"{folder} is a world now. Next:\n  mailsim accounts add me{at}\n  mailsim up{at}")


@cli.command()
@world_options
@click.option("--mirror", is_flag=True, help="Print the conversations as they happen.")
@click.option("--cast/--no-cast", default=True, help="Run the personas too.  [default: cast]")
def up(root: Path, overrides: Sequence[str], mirror: bool, cast: bool) -> None:
    """Run the post office and its cast until Ctrl-C or SIGTERM."""
    from mailsim.up import run

    run(_world(root, overrides), overrides, mirror=mirror, cast=cast)


@cli.group(cls=DefaultCommand)
def accounts() -> None:
    """The accounts of a world; `mailsim accounts` alone is `mailsim accounts show`."""


@accounts.command("show")
@click.argument("name", required=False)
@click.option("--for", "client", type=click.Choice(CLIENTS), help="Print a ready profile for this mail client instead.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file for the profile.")
@world_options
@json_option
def show_accounts(
    name: str | None, client: str | None, output: Path | None, root: Path, overrides: Sequence[str], as_json: bool
) -> None:
    """Print what a mail client wants to know, for each account or for NAME."""
    world = _world(root, overrides)
    if client is None:
        if output:
            raise click.UsageError("-o/--output is for a profile; say for which client with --for")
        _show_accounts(world, as_json, name)
        return
    from mailsim.profiles import write

    write(world, client, name, output)


@accounts.command()
@click.argument("name")
@click.option("--language", help="The person's language, e.g. en.")
@world_options
@json_option
def add(name: str, language: str | None, root: Path, overrides: Sequence[str], as_json: bool) -> None:
    """Make the account NAME for a person; a running daemon knows it at once."""
    from mailsim.running import tell_daemon
    from mailsim.world import add_person

    world = _world(root, overrides)
    if name not in world.office.people:
        add_person(world, name, language)
        world = _world(root, overrides)
    _show_accounts(world, as_json, name)
    tell_daemon(world.state)


def _show_accounts(world: World, as_json: bool, only: str | None) -> None:
    from mailsim.clients import settings
    from mailsim.tables import print_accounts

    found = settings(world, only)
    if as_json:
        _print_json(found if only is None else found[0])
    else:
        print_accounts(found)


@cli.command()
@click.option("--from", "sender", required=True, metavar="ACCOUNT", help="Who writes.")
@click.option("--to", required=True, multiple=True, metavar="ACCOUNT", help="Who is written to; may be repeated.")
@click.option("--cc", multiple=True, metavar="ACCOUNT", help="Who gets a copy; may be repeated.")
@click.option("--subject", default="", help="The thread's subject.")
@click.option(
    "--body-file",
    type=click.File(encoding="utf-8", errors="surrogateescape"),
    help="The text: a file, or - for standard input.",
)
@click.option("--body", help="The text itself.")
@world_options
@json_option
def seed(
    sender: str,
    to: Sequence[str],
    cc: Sequence[str],
    subject: str,
    body_file: Any,
    body: str | None,
    root: Path,
    overrides: Sequence[str],
    as_json: bool,
) -> None:
    """Begin a thread: submit one real email."""
    from mailsim.seed import Seed, send

    text = body_file.read() if body_file else body if body is not None else _typed()
    message_id = send(_world(root, overrides), Seed(sender, to, subject, text, cc), SystemClock())
    if as_json:
        _print_json({"message_id": message_id})
    else:
        click.echo(f"sent {message_id}; watch it grow with: mailsim threads")


def _typed() -> str:
    if sys.stdin.isatty():
        click.echo("Write the text; end it with Ctrl-D.", err=True)
    return sys.stdin.read()


@cli.command()
@world_options
@json_option
def threads(root: Path, overrides: Sequence[str], as_json: bool) -> None:
    """List the conversations."""
    from mailsim.reading import Archive
    from mailsim.tables import print_threads

    found = Archive(_world(root, overrides)).threads()
    if as_json:
        _print_json(found)
    else:
        print_threads(found)


@cli.command()
@click.argument("thread")
@world_options
@json_option
def show(thread: str, root: Path, overrides: Sequence[str], as_json: bool) -> None:
    """Print the conversation THREAD (its id, or the beginning of it)."""
    from mailsim.reading import Archive

    archive = Archive(_world(root, overrides))
    if as_json:
        lines = archive.export(thread, "jsonl").splitlines()
        _print_json([json.loads(line) for line in lines])
    else:
        archive.show(thread)


@cli.command()
@click.argument("thread")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md", "txt", "jsonl", "mbox"]),
    default="html",
    show_default=True,
    help="The transcript's format.",
)
@click.option("-o", "--output", type=click.File("wb", lazy=True), default="-", help="A file; default: standard output.")
@world_options
def export(thread: str, form: str, output: Any, root: Path, overrides: Sequence[str]) -> None:
    """Write the transcript of THREAD."""
    from mailsim.reading import Archive

    output.write(Archive(_world(root, overrides)).export(thread, form))


@cli.command()
@world_options
def reindex(root: Path, overrides: Sequence[str]) -> None:
    """Rebuild the thread index from the archive's mail."""
    from mailsim.reading import Archive

    click.echo(f"{Archive(_world(root, overrides)).reindex()} messages indexed")


@cli.command()
@world_options
@json_option
def check(root: Path, overrides: Sequence[str], as_json: bool) -> None:
    """Validate a world without starting it."""
    from mailsim.check import check_world

    facts = check_world(_world(root, overrides), overrides)
    if as_json:
        _print_json(facts)
    else:
        click.echo(f"{root.resolve()} is fine; people: {facts['people']}, cast: {facts['cast']}")


def main() -> None:
    """Run a command; every expected error becomes one line on standard error and its exit code."""
    try:
        cli(prog_name="mailsim")
    except ConfigError as error:
        _fail(error, WorldError.exit_code)
    except MailsimError as error:
        _fail(error, error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # `mailsim threads | head` is no fault
    except (OSError, sqlite3.OperationalError) as error:  # a full disk, a folder that may not be written
        _fail(_where(error), MailsimError.exit_code)


def _where(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _fail(error: Exception | str, code: int) -> None:
    click.echo(f"mailsim: {error}", err=True)
    sys.exit(code)
