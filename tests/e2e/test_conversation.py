"""One real email starts a conversation between two personas, end to end, whatever dies in the middle."""

import os
import signal
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from imapclient import IMAPClient

from tests.conftest import Daemon, Mailsim, eventually

SEED = ("seed", "--from", "me", "--to", "eliza", "--to", "parry", "--subject", "Dinner", "--body", "Who cooks?\n")


@contextmanager
def mailbox(mailsim: Mailsim, name: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
    """An account's mailbox over IMAP with STARTTLS, trusting the world's own authority."""
    account = mailsim.account(name)
    with IMAPClient(account["imap"]["host"], account["imap"]["port"], ssl=False, timeout=30) as client:
        client.starttls(ssl.create_default_context(cafile=str(mailsim.root / ".mailsim" / "tls" / "ca.pem")))
        client.login(account["user"], account["password"])
        client.select_folder(folder, readonly=True)
        yield client


def messages(mailsim: Mailsim, name: str, folder: str = "INBOX") -> list[Message]:
    with mailbox(mailsim, name, folder) as client:
        uids = client.search("ALL")
        return [message_from_bytes(data[b"BODY[]"]) for data in client.fetch(uids, ["BODY.PEEK[]"]).values()]


def ids(found: list[Message]) -> Counter[str]:
    return Counter(str(message["Message-ID"]) for message in found)


def full_thread(mailsim: Mailsim, size: int = 10) -> None:
    def is_full() -> bool:
        threads = mailsim.json("threads")
        return bool(threads) and threads[0]["messages"] == size

    eventually(is_full, f"a thread of {size} messages")


def test_a_seed_to_two_personas_becomes_a_thread_of_the_wanted_length(
    mailsim: Mailsim, start: Callable[..., Daemon]
) -> None:
    start()
    mailsim(*SEED)
    full_thread(mailsim)
    archived = ids(messages(mailsim, "archive"))
    assert len(archived) == 10
    assert set(archived.values()) == {1}
    sent = ids(messages(mailsim, "eliza", "Sent")) + ids(messages(mailsim, "parry", "Sent"))
    assert sum(sent.values()) == 9
    assert ids(messages(mailsim, "me")) == sent
    assert len(mailsim.json("threads")) == 1


def test_replies_are_threaded_as_mail_clients_want_them(mailsim: Mailsim, start: Callable[..., Daemon]) -> None:
    start("--set", "max_messages=4")
    mailsim("seed", "--from", "me", "--to", "eliza", "--subject", "Dinner", "--body", "Who cooks?\n")
    reply = eventually(lambda: messages(mailsim, "me"))[0]
    seed = messages(mailsim, "eliza")[0]
    assert reply["In-Reply-To"] == seed["Message-ID"]
    assert reply["References"].split() == [seed["Message-ID"]]
    assert reply["Subject"] == "Re: Dinner"
    assert reply["Auto-Submitted"] == "auto-replied"
    assert "> Who cooks?" in reply.get_payload()


def test_an_answered_message_is_flagged(mailsim: Mailsim, start: Callable[..., Daemon]) -> None:
    start()
    mailsim("seed", "--from", "me", "--to", "eliza", "--subject", "Dinner", "--body", "Who cooks?\n")

    def flagged() -> bool:
        with mailbox(mailsim, "eliza") as client:
            return bool(client.search("ANSWERED SEEN"))

    eventually(flagged)


def test_zero_is_no_limit(mailsim: Mailsim, start: Callable[..., Daemon]) -> None:
    start("--set", "max_messages=0")
    mailsim(*SEED)

    def is_long() -> bool:
        threads = mailsim.json("threads")
        return bool(threads) and threads[0]["messages"] > 14

    eventually(is_long)


def cast_pid(daemon: Daemon) -> int:
    """The cast's process: the daemon's only child."""
    children = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def assert_whole(mailsim: Mailsim) -> None:
    """Ten messages, none lost and none doubled, in every mailbox they belong to."""
    full_thread(mailsim)
    archived = messages(mailsim, "archive")
    assert set(ids(archived).values()) == {1}
    for name in ("me", "eliza", "parry"):
        expected = Counter(
            str(message["Message-ID"]) for message in archived if f"{name}@mailsim.test" in str(message["To"])
        )
        assert ids(messages(mailsim, name)) == expected
    answers = Counter((str(message["From"]), message["In-Reply-To"]) for message in archived if message["In-Reply-To"])
    assert set(answers.values()) == {1}


def test_killing_the_daemon_in_mid_conversation_loses_and_doubles_nothing(
    mailsim: Mailsim, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    mailsim(*SEED)
    for size in (2, 5, 8):
        eventually(lambda size=size: (mailsim.json("threads") or [{"messages": 0}])[0]["messages"] >= size)  # type: ignore[misc]
        daemon.kill()
        daemon.start()
    assert_whole(mailsim)


def test_killing_the_cast_in_mid_conversation_loses_and_doubles_nothing(
    mailsim: Mailsim, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    eventually(lambda: "4 personas" in daemon.output())
    mailsim(*SEED)
    eventually(lambda: mailsim.json("threads"))
    os.kill(cast_pid(daemon), signal.SIGKILL)
    assert_whole(mailsim)


def test_the_cast_dies_with_the_daemon(mailsim: Mailsim, start: Callable[..., Daemon]) -> None:
    daemon = start()
    cast = cast_pid(daemon)
    daemon.kill()
    eventually(lambda: not Path(f"/proc/{cast}").exists() or "Z" in Path(f"/proc/{cast}/stat").read_text())
