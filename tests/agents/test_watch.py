"""Waiting for mail: what servers do around IDLE, and imapclient does not expect."""

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from mailsim_agents import watch
from mailsim_agents.errors import MailboxError
from mailsim_agents.mailbox import Mailbox
from tests.agents.support import Dovecot, ScriptedImap, letter, until

EXISTS = b"* 1 EXISTS\r\n"


@asynccontextmanager
async def opened(imap: ScriptedImap | Dovecot, pool: ThreadPoolExecutor, **how: float) -> AsyncIterator[Mailbox]:
    """A mailbox that has looked for mail once and found none."""
    login = imap.login if isinstance(imap, ScriptedImap) else imap.login("watch")
    mailbox = Mailbox(login, pool, **how)
    try:
        await mailbox.open()
        assert await mailbox.unanswered() == []
        yield mailbox
    finally:
        await mailbox.close()


async def test_a_notice_in_one_segment_with_the_start_of_idle_wakes(
    scripted: ScriptedImap, pool: ThreadPoolExecutor
) -> None:
    scripted.on["IDLE"] = [b"+ idling\r\n" + EXISTS]
    async with opened(scripted, pool) as mailbox:
        await mailbox.wait()
    assert scripted.seen[-2:] == ["IDLE", "DONE"]


async def test_a_later_notice_wakes(scripted: ScriptedImap, pool: ThreadPoolExecutor) -> None:
    scripted.on["IDLE"] = [b"+ idling\r\n", EXISTS]
    async with opened(scripted, pool) as mailbox:
        await mailbox.wait()


async def test_a_notice_split_over_segments_is_read_whole(scripted: ScriptedImap, pool: ThreadPoolExecutor) -> None:
    scripted.on["IDLE"] = [b"+ idling\r\n", b"* 1 EX", b"ISTS\r\n"]
    async with opened(scripted, pool) as mailbox:
        await mailbox.wait()
        assert await mailbox.unanswered() == []


async def test_a_notice_after_the_result_of_a_search_needs_no_idle(
    scripted: ScriptedImap, pool: ThreadPoolExecutor
) -> None:
    scripted.on["SEARCH"] = [b"* SEARCH\r\n" + EXISTS + b"{tag} OK done\r\n"]
    async with opened(scripted, pool) as mailbox:
        await mailbox.wait()
    assert "IDLE" not in scripted.seen


async def test_a_connection_closed_during_idle_is_an_error_at_once(
    scripted: ScriptedImap, pool: ThreadPoolExecutor
) -> None:
    scripted.on["IDLE"] = [b"+ idling\r\n", None]
    async with opened(scripted, pool) as mailbox:
        with pytest.raises(MailboxError):
            await mailbox.wait()


async def test_a_notice_before_the_start_of_idle_makes_the_agent_connect_again(
    scripted: ScriptedImap, pool: ThreadPoolExecutor
) -> None:
    scripted.on["IDLE"] = [EXISTS + b"+ idling\r\n"]
    async with opened(scripted, pool) as mailbox:
        with pytest.raises(MailboxError):
            await mailbox.wait()


async def test_idle_is_renewed(scripted: ScriptedImap, pool: ThreadPoolExecutor) -> None:
    async with opened(scripted, pool, renew_seconds=0.01) as mailbox:
        await mailbox.wait()
        await mailbox.wait()
    assert scripted.seen.count("DONE") == 2


async def test_a_server_without_idle_is_polled(scripted: ScriptedImap, pool: ThreadPoolExecutor) -> None:
    scripted.capabilities = "IMAP4rev1"
    async with opened(scripted, pool, poll_seconds=0.01) as mailbox:
        await mailbox.wait()
        await mailbox.unanswered()
    assert scripted.seen.count("SEARCH") == 2
    assert "IDLE" not in scripted.seen


async def test_waiting_takes_no_thread(scripted: ScriptedImap) -> None:
    with ThreadPoolExecutor(1) as pool:
        async with opened(scripted, pool) as first, opened(scripted, pool) as second, opened(scripted, pool) as third:
            waiting = [asyncio.create_task(mailbox.wait()) for mailbox in (first, second)]
            await until(lambda: scripted.seen.count("IDLE") == 2)
            assert await third.unanswered() == []
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)


async def test_cancelling_during_a_command_leaves_no_thread_behind(scripted: ScriptedImap) -> None:
    scripted.on["SEARCH"] = [b"* SEARCH"]  # and nothing more
    with ThreadPoolExecutor(1) as pool:
        mailbox = Mailbox(scripted.login, pool)
        await mailbox.open()
        search = asyncio.create_task(mailbox.unanswered())
        await until(lambda: "SEARCH" in scripted.seen)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        await mailbox.close()


async def test_mail_delivered_to_dovecot_wakes(dovecot: Dovecot, pool: ThreadPoolExecutor) -> None:
    async with opened(dovecot, pool) as mailbox:
        waiting = asyncio.create_task(mailbox.wait())
        await asyncio.to_thread(dovecot.put, "watch", letter(to="watch@mailsim.test"))
        await waiting
        while not await mailbox.unanswered():  # Dovecot may have something else to say first
            await mailbox.wait()


async def test_a_cancellation_that_comes_together_with_the_end_of_the_connection_is_heard() -> None:
    """As when the daemon is killed: its IMAP connection and the cast's lifeline end in the same moment."""

    class Connected:
        def __init__(self, sock: socket.socket) -> None:
            self.socket = lambda: sock

    loop = asyncio.get_running_loop()
    mail, server = socket.socketpair()
    lifeline, parent = socket.socketpair()
    with mail, server, lifeline, parent:
        waiting = asyncio.create_task(watch.readable(Connected(mail), 60))
        await asyncio.sleep(0)
        loop.add_reader(lifeline, waiting.cancel)
        server.close()
        parent.close()
        await asyncio.wait([waiting])
        loop.remove_reader(lifeline)
    assert waiting.cancelled()


async def test_new_mail_is_searched_for_and_fetched_by_its_uid(
    scripted: ScriptedImap, pool: ThreadPoolExecutor
) -> None:
    """imapclient raises ValueError at `fetch("n:*")`, so no command of ours has an open range."""
    async with opened(scripted, pool) as mailbox:
        scripted.on["SEARCH"] = [b"* SEARCH 7\r\n{tag} OK done\r\n"]
        scripted.on["FETCH"] = [b"* 1 FETCH (UID 7 BODY[]<0> {5}\r\nhello)\r\n{tag} OK done\r\n"]
        assert [await mailbox.fetch(uid) for uid in await mailbox.unanswered()] == [b"hello"]
    assert "FETCH" in scripted.seen
    assert not [line for line in scripted.lines if ":*" in line]
