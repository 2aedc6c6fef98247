"""Several sessions on one mailbox, and what each may be told when (RFC 3501 sections 5.2 and 7.4.1, RFC 2177)."""

import asyncio
from pathlib import Path

MAIL = "Subject: x\n\nx\n"


async def test_a_delivery_reaches_an_idle_client(inbox, office, tmp_path: Path):
    file = tmp_path / "mail"
    file.write_bytes(b"Subject: x\r\n\r\nx\r\n")
    await inbox.talk("C: a IDLE\nS: + idling")
    await office.store.deliver("me", file, "1.unique.host")
    await inbox.talk(
        """
        S: * 1 EXISTS
        S: * 1 RECENT
        C: DONE
        S: a OK IDLE done
        C: b FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS (\\Recent))
        S: b OK FETCH done
        """
    )


async def test_what_came_before_idle_is_told_after_the_continuation(inbox, office):
    await office.put(MAIL)
    await inbox.talk(
        """
        C: a IDLE
        S: + idling
        S: * 1 EXISTS
        S: * 1 RECENT
        """
    )


async def test_the_continuation_of_idle_comes_alone(inbox, office):
    """A client that reads both at once leaves the notice in its buffer and waits for the socket."""
    await office.put(MAIL)
    inbox.send("a IDLE")
    assert await inbox.reader.read(1000) == b"+ idling\r\n"
    assert await inbox.reader.read(1000) == b"* 1 EXISTS\r\n* 1 RECENT\r\n"


async def test_idle_ends_with_done_and_with_nothing_else(inbox):
    await inbox.talk(
        """
        C: a IDLE
        S: + idling
        C: b NOOP
        S: a BAD expected DONE
        C: c IDLE
        S: + idling
        C: done
        S: c OK IDLE done
        """
    )


async def test_flags_set_in_one_session_are_told_in_the_other(inbox, connect, office):
    await office.put(MAIL)
    other = await connect("me", "INBOX")
    await other.ask("STORE 1 +FLAGS (\\Flagged)")
    assert "* 1 FETCH (FLAGS (\\Flagged))" in await inbox.ask("NOOP")


async def test_no_expunge_is_told_during_fetch_store_and_search(inbox, connect, office):
    for _ in range(2):
        await office.put(MAIL)
    await inbox.ask("NOOP")
    other = await connect("me", "INBOX")
    await other.ask("STORE 1 +FLAGS (\\Deleted)")
    await other.ask("EXPUNGE")
    await inbox.talk(
        """
        C: a FETCH 2 UID
        S: * 2 FETCH (UID 2)
        S: a OK FETCH done
        C: b FETCH 1:2 UID
        S: * 2 FETCH (UID 2)
        S: b NO [EXPUNGEISSUED] some of the messages no longer exist
        C: c SEARCH ALL
        S: * SEARCH 2
        S: c OK SEARCH done
        C: d STORE 2 +FLAGS.SILENT (\\Seen)
        S: d OK STORE done
        C: e UID FETCH 2 FLAGS
        S: * 2 FETCH (UID 2 FLAGS (\\Recent \\Seen))
        S: * 1 EXPUNGE
        S: e OK FETCH done
        """
    )


async def test_a_message_is_recent_to_one_session_only(connect, office, tmp_path: Path):
    file = tmp_path / "mail"
    file.write_bytes(b"Subject: x\r\n\r\nx\r\n")
    await office.store.deliver("me", file, "1.unique.host")
    first, second = await connect("me"), await connect("me")
    assert "* 1 RECENT" in await first.ask("EXAMINE INBOX")
    assert "* 1 RECENT" in await first.ask("SELECT INBOX")
    assert "* 0 RECENT" in await second.ask("SELECT INBOX")


async def test_a_mailbox_deleted_under_a_session_ends_it_politely(connect):
    first, second = await connect("me"), await connect("me")
    await first.ask("CREATE Work")
    await second.ask("SELECT Work")
    await first.ask("DELETE Work")
    assert (await second.ask("NOOP"))[-1].startswith("NO [NONEXISTENT]")


async def test_a_long_answer_leaves_other_connections_their_turn(inbox, connect, office):
    await office.put(MAIL + "x" * 100_000)
    await inbox.ask("NOOP")
    other = await connect("me", "INBOX")
    for _ in range(200):
        inbox.send("a FETCH 1 BODY.PEEK[]")  # far more than the socket takes, and nobody reads it
    assert await asyncio.wait_for(other.ask("NOOP"), 5) == ["OK NOOP done"]
