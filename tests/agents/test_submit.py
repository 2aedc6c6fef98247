"""Submission against a real relay."""

import asyncio
from dataclasses import replace

import pytest

from mailsim_agents.config import Login, Server
from mailsim_agents.errors import SubmitRefused, SubmitTemporary
from mailsim_agents.submit import Submitter
from tests.agents.support import Relay, letter

ME, YOU, OTHER = "me@mailsim.test", "you@mailsim.test", "other@mailsim.test"


def mail(number: int) -> bytes:
    return letter(to=YOU, message_id=f"<{number}@me>")


async def test_a_connection_is_kept_for_the_next_mail(relay: Relay) -> None:
    submitter = Submitter(relay.login)
    for number in range(3):
        await submitter.send(ME, [YOU], mail(number))
    await submitter.close()
    assert (len(relay.taken), relay.logins) == (3, 1)


async def test_the_bytes_arrive_as_they_are_dots_included(relay: Relay) -> None:
    submitter = Submitter(relay.login)
    content = letter(".\r\n..two\r\n.", to=YOU)
    await submitter.send(ME, [YOU], content)
    await submitter.close()
    assert relay.taken == [content]


@pytest.mark.parametrize("how", ["closed by the server", "421"])
async def test_a_kept_connection_that_died_is_renewed(relay: Relay, how: str) -> None:
    submitter = Submitter(relay.login)
    await submitter.send(ME, [YOU], mail(1))
    if how == "421":
        relay.on_mail = lambda: "421 4.4.2 idle for too long"
    else:
        relay.hang_up()
    await submitter.send(ME, [YOU], mail(2))
    await submitter.close()
    assert (len(relay.taken), relay.logins) == (2, 2)


@pytest.mark.parametrize("reply", ["250 2.0.0 taken before", "554 5.6.0 Message-ID already used"])
async def test_a_mail_the_relay_took_before_counts_as_sent(relay: Relay, reply: str) -> None:
    relay.duplicate_reply = reply
    submitter = Submitter(relay.login)
    for _ in range(2):
        await submitter.send(ME, [YOU], mail(1))
    await submitter.close()
    assert len(relay.taken) == 1


async def test_a_5xx_reply_is_final_and_a_4xx_reply_is_not(relay: Relay) -> None:
    replies = ["554 5.7.1 this thread is full", "451 4.3.0 later"]
    relay.on_data = lambda: replies.pop(0) if replies else None
    submitter = Submitter(relay.login)
    with pytest.raises(SubmitRefused, match=r"554 5\.7\.1 this thread is full"):
        await submitter.send(ME, [YOU], mail(1))
    with pytest.raises(SubmitTemporary, match="451"):
        await submitter.send(ME, [YOU], mail(1))
    await submitter.send(ME, [YOU], mail(1))
    await submitter.close()


async def test_an_unknown_recipient_does_not_hold_up_the_others(relay: Relay) -> None:
    relay.on_rcpt = lambda address: "550 5.1.1 unknown" if address == OTHER else None
    submitter = Submitter(relay.login)
    await submitter.send(ME, [OTHER, YOU], mail(1))
    with pytest.raises(SubmitRefused, match="550"):
        await submitter.send(ME, [OTHER], mail(2))
    await submitter.close()
    assert len(relay.taken) == 1


async def test_a_recipient_that_must_wait_holds_up_the_mail_for_all(relay: Relay) -> None:
    relay.on_rcpt = lambda address: "450 4.2.1 busy" if address == OTHER else None
    submitter = Submitter(relay.login)
    with pytest.raises(SubmitTemporary, match="450"):
        await submitter.send(ME, [YOU, OTHER], mail(1))
    await submitter.send(ME, [YOU], mail(2))
    await submitter.close()
    assert len(relay.taken) == 1


async def test_a_wrong_password_and_a_server_that_is_away_are_no_fault_of_the_mail(relay: Relay) -> None:
    submitter = Submitter(replace(relay.login, password="wrong"))
    with pytest.raises(SubmitTemporary, match="535") as caught:
        await submitter.send(ME, [YOU], mail(1))
    assert "wrong" not in str(caught.value)
    await submitter.close()
    away = replace(relay.login, server=replace(relay.login.server, port=1))
    with pytest.raises(SubmitTemporary):
        await Submitter(away).send(ME, [YOU], mail(1))
    await asyncio.sleep(0)


@pytest.mark.parametrize("reply", [b"250 OK\r\n", None], ids=["a reply", "the end of the connection"])
async def test_a_cancellation_that_comes_together_with_this_is_heard(reply: bytes | None) -> None:
    """As when the daemon is killed: its SMTP connection and the cast's lifeline end in the same moment."""
    waiting = asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        for answer in (b"250-me\r\n250 AUTH PLAIN\r\n", b"235 welcome\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readline()  # MAIL FROM
        waiting.set()
        await reader.readline()
        writer.close()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
        login = Login(Server("127.0.0.1", server.sockets[0].getsockname()[1]), "me", "secret")
        submitter = Submitter(login)
        sending = asyncio.create_task(submitter.send("me@here", ["you@here"], b"\r\nhi\r\n"))
        await waiting.wait()
        assert submitter._smtp is not None and submitter._smtp.protocol is not None
        protocol = submitter._smtp.protocol
        if reply:
            protocol.data_received(reply)
        else:
            protocol.connection_lost(None)
        sending.cancel()
        await asyncio.wait([sending])
        await submitter.close()
    assert sending.cancelled()
