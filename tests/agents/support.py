"""A real Dovecot, a relay that delivers into it, and letters: what the tests of the agents have in common."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import AuthResult, Envelope
from imapclient import IMAPClient

from mailsim_agents.config import Login, Server
from mailsim_agents.errors import ProviderRefused, ProviderUnavailable
from mailsim_agents.persona import parse
from mailsim_agents.providers.base import Answer, Request
from tests.dovecot import PASSWORD

DOMAIN = "mailsim.test"
PERSONA = parse("# Physicist: Sheldon (en) [m]\nKnows better.", Path("sheldon.md"))


@dataclass(frozen=True)
class Dovecot:
    """A running server that takes any user with PASSWORD."""

    port: int

    def login(self, account: str) -> Login:
        return Login(Server("127.0.0.1", self.port), f"{account}@{DOMAIN}", PASSWORD)

    def client(self, account: str) -> IMAPClient:
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20)
        client.login(f"{account}@{DOMAIN}", PASSWORD)
        return client

    def put(self, account: str, content: bytes, folder: str = "INBOX") -> None:
        with self.client(account) as client:
            client.append(folder, content)

    def messages(self, account: str, folder: str) -> list[tuple[bytes, set[bytes]]]:
        """Content and flags of everything in the folder, oldest first."""
        with self.client(account) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            data = client.fetch(client.search(), ["BODY.PEEK[]", "FLAGS"])
            return [(data[uid][b"BODY[]"], set(data[uid][b"FLAGS"]) - {b"\\Recent"}) for uid in sorted(data)]


@dataclass
class Relay:
    """A submission server that knows a Message-ID it took before, delivers into Dovecot, and refuses as told."""

    deliver: Callable[[str, bytes], None] = lambda recipient, content: None
    taken: list[bytes] = field(default_factory=list)
    logins: int = 0
    duplicates: int = 0
    on_mail: Callable[[], str | None] = lambda: None
    on_rcpt: Callable[[str], str | None] = lambda recipient: None
    on_data: Callable[[], str | None] = lambda: None
    duplicate_reply: str = "250 2.0.0 taken before"
    port: int = 0
    ids: set[str] = field(default_factory=set)
    transports: list[asyncio.BaseTransport] = field(default_factory=list)

    @property
    def login(self) -> Login:
        return Login(Server("127.0.0.1", self.port), f"me@{DOMAIN}", PASSWORD)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, _: Any) -> str:
        refusal, self.on_mail = self.on_mail(), lambda: None
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, _: Any) -> str:
        refusal = self.on_rcpt(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if refusal := self.on_data():
            return refusal
        content = bytes(envelope.content or b"")
        message_id = str(message_from_bytes(content)["Message-ID"])
        if message_id in self.ids:
            self.duplicates += 1
            return self.duplicate_reply
        self.ids.add(message_id)
        self.taken.append(content)
        for recipient in envelope.rcpt_tos:
            await asyncio.to_thread(self.deliver, recipient, content)
        return "250 OK"

    def hang_up(self) -> None:
        for transport in self.transports:
            transport.close()

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        self.transports.append(server.transport)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; the test's time-out ends a wait in vain."""
    while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.02)


def letter(
    text: str = "How are you?",
    *,
    to: str,
    sender: str = "Me <me@mailsim.test>",
    message_id: str = "<1@me>",
    subject: str = "Hello",
    **more: str,
) -> bytes:
    fields = {"From": sender, "To": to, "Subject": subject, "Message-ID": message_id}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{head}\r\n{text}\r\n".encode()


class Parrot:
    """A provider that never says the same thing twice, so that a second answer would show."""

    name = "parrot"

    def __init__(self, *_: object) -> None:
        self.said = 0
        self.asked: list[Request] = []
        self.failures: list[Exception] = []

    async def answer(self, request: Request) -> Answer:
        if self.failures:
            raise self.failures.pop(0)
        self.said += 1
        self.asked.append(request)
        return Answer(f"Answer {self.said}.", "parrot-1")

    async def verify(self) -> None: ...

    async def close(self) -> None: ...


class Dumb(Parrot):
    """A provider whose service does not let it in."""

    async def verify(self) -> None:
        raise ProviderRefused("the key is wrong")


class Away(Parrot):
    """A provider whose service cannot be reached."""

    async def verify(self) -> None:
        raise ProviderUnavailable("nobody there")


@dataclass
class ScriptedImap:
    """An IMAP server that says what a test wants it to: `on` maps a command's name to what follows its receipt.

    A reply is a list of segments, each sent as one write with a pause after it; `None` closes the connection.
    `{tag}` stands for the command's tag. What is not scripted is answered as a small, well-behaved server would.
    """

    capabilities: str = "IMAP4rev1 IDLE MOVE UIDPLUS"
    on: dict[str, list[bytes | None]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    @property
    def login(self) -> Login:
        return Login(Server("127.0.0.1", self.port), "me", "secret")

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        writer.write(b"* OK ready\r\n")
        idle_tag = ""
        while line := await reader.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            words = rest.upper().split() or [tag.upper()]
            name = words[1] if words[0] == "UID" else words[0]
            tag, idle_tag = (idle_tag, tag) if name == "DONE" else (tag, tag if name == "IDLE" else idle_tag)
            self.seen.append(name)
            self.lines.append(rest)
            for segment in self.on.get(name) or self._usual(name):
                if segment is None:
                    writer.close()
                    return
                writer.write(segment.replace(b"{tag}", tag.encode()))
                await writer.drain()
                if name == "STARTTLS" and self.tls is not None:
                    await writer.start_tls(self.tls)
                else:
                    await asyncio.sleep(0.02)  # keeps the segments apart
        writer.close()

    def _usual(self, name: str) -> list[bytes | None]:
        untagged = {
            "CAPABILITY": f"* CAPABILITY {self.capabilities}\r\n",
            "LIST": '* LIST (\\Drafts) "/" Drafts\r\n* LIST (\\Sent) "/" Sent\r\n',
            "SELECT": "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n",
            "SEARCH": "* SEARCH\r\n",
        }
        if name == "IDLE":
            return [b"+ idling\r\n"]
        return [untagged.get(name, "").encode() + b"{tag} OK done\r\n"]
