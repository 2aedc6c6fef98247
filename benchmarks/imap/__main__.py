"""`python -m benchmarks.imap`: the table of benchmarks/README.md."""

import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.imap import appending, corpus, idling, large, noticing, reading
from benchmarks.imap.report import Report, machine
from benchmarks.imap.servers import DOVECOT, Dovecot, Mailsim, Pymap, Server

GROUPS = ("cold", "warm", "append", "notice", "idle")
CONNECTIONS = 5_000


@click.command()
@click.option("--messages", default=20_000, show_default=True, help="In the mailbox that is measured.")
@click.option("--rounds", default=5, show_default=True, help="Of each measurement, of which the median counts.")
@click.option("--quick", is_flag=True, help="2,000 messages, one round, 500 connections: does it all run?")
@click.option("--large", "grow", is_flag=True, help="Also ten times as many messages in one mailbox.")
@click.option("--only", multiple=True, type=click.Choice(GROUPS), help="This group alone; may be repeated.")
@click.option("--pymap", type=click.Path(path_type=Path), help="A virtual environment that has pymap.")
@click.option("--scratch", type=click.Path(path_type=Path), default=Path("/var/tmp"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print data for programs.")
def main(
    messages: int,
    rounds: int,
    quick: bool,
    grow: bool,
    only: tuple[str, ...],
    pymap: Path | None,
    scratch: Path,
    as_json: bool,
) -> None:
    """Measure the IMAP server side by side with Dovecot, and with pymap where there is one.

    `--scratch` must be on a real disk, or nothing that is durable is measured.
    """
    messages, rounds, connections = (2_000, 1, 500) if quick else (messages, rounds, CONNECTIONS)
    idling.raise_file_limit()
    folder = Path(tempfile.mkdtemp(prefix="mailsim-benchmark-", dir=scratch))
    folder.chmod(0o755)  # Dovecot's own user has to pass
    report = Report(messages)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("")
            run = Run(folder, report, rounds, lambda text: bar.update(task, description=text))
            run.groups(only or GROUPS, connections, pymap)
            if grow:
                run.grown()
    finally:
        shutil.rmtree(folder)
    print(json.dumps(report.data(), indent=2) if as_json else f"{machine()}\n\n{report.markdown()}")


class Run:
    """One run over copies of the same mailbox."""

    def __init__(self, folder: Path, report: Report, rounds: int, tick: Callable[[str], None]) -> None:
        self._folder, self._report, self._rounds, self._tick = folder, report, rounds, tick
        self._corpus = folder / "corpus"
        tick(f"making {report.messages:,} messages")
        corpus.write(self._corpus, report.messages)
        self._mailsim = Mailsim(folder / "mailsim")

    def _servers(self, pymap: Path | None) -> list[Server]:
        """Ours, Dovecot if it is installed, pymap if we are told where; all with the same messages."""
        servers: list[Server] = [self._mailsim]
        if DOVECOT:
            servers.append(Dovecot(self._folder / "dovecot"))
        else:
            click.echo("Dovecot is not installed: there is nothing to compare with", err=True)
        if pymap:
            servers.append(Pymap(self._folder / "pymap", pymap))
        else:
            click.echo("pymap is left out: --pymap names a virtual environment that has it", err=True)
        for server in servers:
            server.fill(self._corpus)
        return servers

    def groups(self, groups: tuple[str, ...], connections: int, pymap: Path | None) -> None:
        servers, report, tick = self._servers(pymap), self._report, self._tick
        if "cold" in groups:
            cold = [server for server in servers if not isinstance(server, Pymap)]
            reading.cold(cold, report, self._rounds, tick)
        with ExitStack() as running:
            for server in servers:
                running.enter_context(server.running())
            if "warm" in groups:
                reading.warm(servers, report, self._rounds, tick)
            if "append" in groups:
                appending.append(servers, report, self._rounds, tick)
            if "notice" in groups:
                noticing.notice(servers, report, tick)
            if "idle" in groups:
                idling.idle(self._mailsim, report, connections, tick)
        if "notice" in groups:
            noticing.from_the_store(self._mailsim, report, tick)

    def grown(self) -> None:
        """The same server over ten times as many messages."""
        with self._mailsim.running():
            usual = large.measure(self._mailsim)
        grown = Mailsim(self._folder / "large")
        corpus.copy(self._corpus, grown.mail, large.TIMES)
        with grown.running():
            large.large(usual, grown, self._report, self._tick)


if __name__ == "__main__":
    main()
