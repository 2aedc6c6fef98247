"""STARTTLS with a CA of one's own."""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailsim_agents.config import Login, Server
from mailsim_agents.errors import MailboxError, SubmitTemporary
from mailsim_agents.mailbox import Mailbox
from mailsim_agents.submit import Submitter
from tests.agents.support import PASSWORD, Relay, ScriptedImap, letter


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    now = datetime.now(UTC)
    builder = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = folder / f"{len(list(folder.iterdir()))}.pem"
    path.write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(encoding)
        + key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


def server_context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def login(port: int, ca: Path) -> Login:
    return Login(Server.parse(f"127.0.0.1:{port}", ca), "me@mailsim.test", PASSWORD)


async def listen(factory: Callable[[], asyncio.Protocol]) -> tuple[asyncio.Server, int]:
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def test_mail_is_submitted_over_starttls_to_a_server_the_ca_vouches_for(tmp_path: Path) -> None:
    relay, ca, stranger = Relay(), certificate(tmp_path), certificate(tmp_path)
    context = server_context(ca)
    server, port = await listen(
        lambda: SMTP(
            relay,
            hostname="relay",
            tls_context=context,
            require_starttls=True,
            authenticator=relay.authenticate,
            auth_required=True,
        )
    )
    submitter = Submitter(login(port, ca))
    await submitter.send("me@mailsim.test", ["you@mailsim.test"], letter(to="you@mailsim.test"))
    await submitter.close()
    assert len(relay.taken) == 1
    with pytest.raises(SubmitTemporary):
        await Submitter(login(port, stranger)).send("me@mailsim.test", ["you@mailsim.test"], letter(to="you"))
    server.close()


async def test_a_mailbox_is_watched_over_starttls(tmp_path: Path, scripted: ScriptedImap, pool: Executor) -> None:
    ca, stranger = certificate(tmp_path), certificate(tmp_path)
    scripted.capabilities += " STARTTLS"
    scripted.tls = server_context(ca)
    scripted.on["IDLE"] = [b"+ idling\r\n* 1 EXISTS\r\n"]
    mailbox = Mailbox(login(scripted.port, ca), pool)
    await mailbox.open()
    assert await mailbox.unanswered() == []
    await mailbox.wait()
    scripted.on["IDLE"] = [b"+ idling\r\n", b"* 2 EXISTS\r\n"]
    await mailbox.unanswered()
    await mailbox.wait()
    await mailbox.close()
    with pytest.raises(MailboxError, match="CERTIFICATE_VERIFY_FAILED"):
        await Mailbox(login(scripted.port, stranger), pool).open()
    assert scripted.seen.index("STARTTLS") < scripted.seen.index("LOGIN")
