"""`mailsim-agents`: run a cast of correspondents against an IMAP and an SMTP server, or check that it could run.

Exit status: 0 all is well, 1 a failure, 2 wrong usage, 3 a fault in the configuration or a refusal by an LLM
service, 4 another cast of the same world is running.
"""

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from random import SystemRandom

import click

from mailsim_agents import cast as casting
from mailsim_agents import providers
from mailsim_agents.config import Server, World, load_world
from mailsim_agents.errors import AgentsError
from mailsim_agents.lifeline import until_told
from mailsim_common import __version__, log
from mailsim_common.clock import SystemClock
from mailsim_common.errors import ConfigError
from mailsim_common.settings import parse_overrides

CONFIG_FAULT = 3
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)

world_option = click.option(
    "-w", "--world", "root", type=_FOLDER, default=Path(), help="The world's folder; the current one by default."
)
set_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting, as cast.NAME.llm=eliza."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mailsim-agents")
def commands() -> None:
    """Correspondents: personas, each with a language model behind it and a mailbox of its own."""


@commands.command()
@world_option
@set_option
def check(root: Path, settings: tuple[str, ...]) -> None:
    """Validate cast, personas and LLM files without asking any server."""
    world = load_world(root, parse_overrides(settings))
    asyncio.run(_load_providers(world))
    click.echo(f"{len(world.cast)} agents, {len(world.llms)} LLMs: no fault found")


@commands.command()
@world_option
@set_option
@click.option("--smtp", required=True, metavar="HOST:PORT", help="Where to submit mail.")
@click.option("--imap", required=True, metavar="HOST:PORT", help="Where the mailboxes are.")
@click.option("--ca", type=_FILE, help="The CA certificate of these servers (PEM).")
@click.option("--domain", default="mailsim.test", show_default=True, help="The domain of the addresses.")
@click.option("--secrets", type=_FOLDER, help="One file a password; WORLD/.mailsim/secrets by default.")
@click.option("--lock", "lock_file", type=_FILE, help="Held while running; a second cast is refused.")
@click.option("--log", "log_file", type=_FILE, help="Where to log; warnings go to the terminal in any case.")
@click.option("--until-eof", is_flag=True, help="Stop when standard input is closed.")
def cast(
    root: Path,
    settings: tuple[str, ...],
    smtp: str,
    imap: str,
    ca: Path | None,
    domain: str,
    secrets: Path | None,
    lock_file: Path | None,
    log_file: Path | None,
    until_eof: bool,
) -> None:
    """Run every agent of the world's cast, until SIGTERM or Ctrl-C."""
    log.to_terminal()
    if log_file:
        log.to_file(log_file)
    world = load_world(root, parse_overrides(settings))
    around = casting.Surroundings(
        Server.parse(smtp, ca),
        Server.parse(imap, ca),
        domain,
        secrets or root / ".mailsim" / "secrets",
        SystemClock(),
        SystemRandom(),
    )
    with casting.lock(lock_file) if lock_file else nullcontext():
        asyncio.run(until_told(casting.run(world, around, _announce), until_eof))


def main() -> None:
    """The entry point: one line for a fault that a person can mend, never a traceback."""
    try:
        commands(prog_name="mailsim-agents")
    except (ConfigError, AgentsError) as error:
        click.echo(f"mailsim-agents: {error}", err=True)
        sys.exit(getattr(error, "exit_code", CONFIG_FAULT))


def _announce(agents: int) -> None:
    click.echo(f"ready {agents} agents")
    sys.stdout.flush()


async def _load_providers(world: World) -> None:
    """Making a provider finds a missing key or SDK; nothing goes over the network."""
    for settings in world.llms.values():
        await providers.load(settings, SystemRandom()).close()
