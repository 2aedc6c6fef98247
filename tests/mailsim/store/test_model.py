"""Two mailboxes against a model: whatever sessions, other programs and restarts do, in any order."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailsim.store import Change, Mailbox, Store, contents, files
from mailsim_common.clock import SystemClock

NAMES = ("INBOX", "Sent")
names = st.sampled_from(NAMES)
flag_sets = st.sets(st.sampled_from(["\\Seen", "\\Flagged", "Work", "$Forwarded"]))
choices = st.sets(st.integers(0, 5), max_size=3)


class NoSync:
    """A disk that never waits."""

    async def durable(self, *_: Path) -> None: ...


class Client:
    """A listener that keeps count as an IMAP session does: UIDs only ever come at the end."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.uids = list(mailbox.uids)
        mailbox.subscribe(self)

    def arrived(self, uids: Sequence[int]) -> None:
        assert list(uids) == sorted(uids) and (not self.uids or uids[0] > self.uids[-1])
        self.uids += uids

    def flags_changed(self, uids: Sequence[int], actor: object) -> None:
        assert set(uids) <= set(self.uids)

    def expunged(self, uids: Sequence[int]) -> None:
        self.uids = [uid for uid in self.uids if uid not in uids]


class MailboxMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mailsim-model-"))
        self.runner = asyncio.Runner()
        self.patches = [
            mock.patch.object(files, "flush", lambda paths: None),
            mock.patch.multiple(contents, DOUBT=0.0, REST=0, STALE=3, LATEST=2),
        ]
        for patch in self.patches:
            patch.start()
        self.model: dict[str, dict[int, tuple[bytes, frozenset[str]]]] = {name: {} for name in NAMES}
        self.next_uid = dict.fromkeys(NAMES, 1)
        self.written = 0
        self.mailboxes: dict[str, Mailbox] = {}
        self.restart()

    def teardown(self) -> None:
        for patch in self.patches:
            patch.stop()
        self.runner.close()
        shutil.rmtree(self.folder)

    def run(self, coroutine):
        return self.runner.run(coroutine)

    def chosen(self, name: str, choice: set[int]) -> list[int]:
        uids = sorted(self.model[name])
        return [uids[number] for number in sorted(choice) if number < len(uids)]

    def content(self) -> bytes:
        self.written += 1
        return b"Subject: %d\r\n\r\n" % self.written

    def expect(self, name: str, content: bytes, flags: frozenset[str]) -> int:
        uid = self.next_uid[name]
        self.next_uid[name] += 1
        self.model[name][uid] = (content, flags)
        return uid

    def on_disk(self, name: str, uid: int) -> Path:
        folder = self.folder / "mail" / "me" / ("" if name == "INBOX" else f".{name}")
        return folder / self.mailboxes[name].message(uid).file

    @rule()
    def restart(self) -> None:
        """Also a crash: nothing is closed."""

        async def open_all() -> None:
            store = Store(self.folder / "mail", self.folder / "cache", lambda content: {}, SystemClock(), NoSync())
            for name in NAMES:
                opened = await store.account("me").open(name)
                if name in self.mailboxes:
                    assert opened.uidvalidity == self.mailboxes[name].uidvalidity
                self.mailboxes[name] = opened

        self.run(open_all())
        self.clients = {name: Client(mailbox) for name, mailbox in self.mailboxes.items()}

    @rule(name=names, flags=flag_sets)
    def append(self, name: str, flags: set[str]) -> None:
        content = self.content()
        given = self.run(self.mailboxes[name].append(content, flags, None))
        assert given == self.expect(name, content, frozenset(flags))

    @rule(name=names, choice=choices, how=st.sampled_from(Change), flags=flag_sets)
    def store(self, name: str, choice: set[int], how: Change, flags: set[str]) -> None:
        uids = self.chosen(name, choice)
        self.run(self.mailboxes[name].change_flags(uids, how, flags))
        for uid in uids:
            content, before = self.model[name][uid]
            self.model[name][uid] = (content, how.of(before, frozenset(flags)))

    @rule(name=names, choice=choices)
    def expunge(self, name: str, choice: set[int]) -> None:
        uids = self.chosen(name, choice)
        assert self.run(self.mailboxes[name].expunge(uids)) == uids
        for uid in uids:
            del self.model[name][uid]

    @rule(source=names, other=names, choice=choices, move=st.booleans())
    def copy(self, source: str, other: str, choice: set[int], move: bool) -> None:
        uids = self.chosen(source, choice)
        mailbox = self.mailboxes[source]
        pairs = self.run((mailbox.move if move else mailbox.copy)(uids, self.mailboxes[other]))
        assert pairs == [(uid, self.expect(other, *self.model[source][uid])) for uid in uids]
        for uid in uids if move else ():
            del self.model[source][uid]

    @rule(name=names)
    def select(self, name: str) -> None:
        self.mailboxes[name].claim_recent()
        assert self.mailboxes[name].recent_count() == 0

    @rule(name=names)
    def another_program_delivers(self, name: str) -> None:
        content = self.content()
        folder = self.folder / "mail" / "me" / ("" if name == "INBOX" else f".{name}")
        (folder / "new" / f"{self.written}.other").write_bytes(content)
        self.expect(name, content, frozenset())

    @rule(name=names, choice=choices)
    def another_program_flags(self, name: str, choice: set[int]) -> None:
        for uid in self.chosen(name, choice):
            path = self.on_disk(name, uid)
            path.rename(path.parent.parent / "cur" / f"{path.name.partition(':')[0]}:2,RT")
            self.model[name][uid] = (self.model[name][uid][0], frozenset({"\\Answered", "\\Deleted"}))

    @rule(name=names, choice=choices)
    def another_program_deletes(self, name: str, choice: set[int]) -> None:
        for uid in self.chosen(name, choice):
            self.on_disk(name, uid).unlink()
            del self.model[name][uid]

    @invariant()
    def both_agree(self) -> None:
        for name, mailbox in self.mailboxes.items():
            self.run(mailbox.refresh())
            found = {message.uid: (mailbox.content(message.uid), message.flags) for message in mailbox}
            assert found == self.model[name]
            assert list(mailbox.uids) == sorted(found) == self.clients[name].uids
            assert mailbox.uidnext == self.next_uid[name]


MailboxMachine.TestCase.settings = settings(deadline=None, max_examples=25, stateful_step_count=25)
TestMailboxes = MailboxMachine.TestCase
