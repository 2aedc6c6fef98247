"""Client libraries as people use them: imaplib of the standard library, and imapclient, which the agents use."""

import asyncio
import imaplib
from collections.abc import Callable
from typing import Any

import pytest
from imapclient import IMAPClient

MAIL = b"Subject: hello\r\nMessage-ID: <1@x>\r\n\r\nA body.\r\n"


@pytest.fixture
async def imapclient(office):
    """Runs a function with a logged-in IMAPClient in a thread of its own."""

    async def run(work: Callable[[IMAPClient], Any]) -> Any:
        def in_thread() -> Any:
            with IMAPClient(office.at.host, office.at.port, ssl=False, timeout=20) as client:
                client.login("me", office.accounts.password("me"))
                return work(client)

        return await asyncio.to_thread(in_thread)

    return run


async def test_imaplib_appends_searches_and_fetches(office):
    def work() -> None:
        with imaplib.IMAP4(office.at.host, office.at.port, timeout=20) as client:
            client.login("me", office.accounts.password("me"))
            client.select()
            client.append("INBOX", r"(\Flagged)", None, MAIL)
            assert client.search(None, "FLAGGED") == ("OK", [b"1"])
            status, data = client.fetch("1", "(FLAGS BODY.PEEK[])")
            assert (status, data[0][1]) == ("OK", MAIL)

    await asyncio.to_thread(work)


async def test_imapclient_reads_what_it_appended(imapclient):
    def work(client: IMAPClient) -> Any:
        client.select_folder("INBOX")
        client.append("INBOX", MAIL, flags=[b"\\Seen"])
        (uid,) = client.search(["SUBJECT", "hello"])
        return client.fetch([uid], ["ENVELOPE", "FLAGS", "RFC822.SIZE", "BODYSTRUCTURE", "INTERNALDATE"])[uid]

    message = await imapclient(work)
    assert message[b"ENVELOPE"].subject == b"hello"
    assert message[b"RFC822.SIZE"] == len(MAIL)
    assert set(message[b"FLAGS"]) == {b"\\Recent", b"\\Seen"}


async def test_imapclient_finds_special_folders_and_moves(imapclient):
    def work(client: IMAPClient) -> Any:
        client.append("Drafts", MAIL)
        client.select_folder(client.find_special_folder(b"\\Drafts"))
        client.move(client.search(), "Sent")
        return client.folder_status("Sent", ["MESSAGES"])[b"MESSAGES"], client.search()

    assert await imapclient(work) == (1, [])


async def test_imapclient_names_folders_in_any_script(imapclient):
    def work(client: IMAPClient) -> Any:
        client.create_folder("Entwürfe/日本")
        client.subscribe_folder("Entwürfe/日本")
        return [name for _, _, name in client.list_sub_folders()]

    assert "Entwürfe/日本" in await imapclient(work)


async def test_imapclient_hears_of_a_message_that_came_just_before_idle(imapclient, office):
    loop = asyncio.get_running_loop()

    def work(client: IMAPClient) -> Any:
        client.select_folder("INBOX")
        assert client.has_capability("IDLE")  # it asks the server once, which would tell it the news
        asyncio.run_coroutine_threadsafe(office.put(MAIL), loop).result()
        client.idle()
        heard = client.idle_check(timeout=10)
        client.idle_done()
        return heard

    assert (1, b"EXISTS") in await imapclient(work)
