"""aioimaplib. It cannot do STARTTLS."""

import aioimaplib

from tests.conftest import PATIENCE
from tests.e2e.clients.support import Office


async def test_idle_tells_of_new_mail(office: Office) -> None:
    client = aioimaplib.IMAP4_SSL("localhost", office.imaps, ssl_context=office.tls)
    await client.wait_hello_from_server()
    assert (await client.login("aioimaplib@mailsim.test", office.password("aioimaplib"))).result == "OK"
    await client.select("INBOX")
    waiting = await client.idle_start(timeout=PATIENCE)
    office.submit("me", "aioimaplib", "wake up")
    assert b"1 EXISTS" in await client.wait_server_push(PATIENCE)
    client.idle_done()
    await waiting
    header = await client.fetch("1", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert b"Subject: wake up\r\n\r\n" in header.lines
    await client.logout()
