"""Many messages: long work gives way, and sessions share what they can."""

import asyncio

from mailsim.store import Change, Mailbox

MANY = 250


async def test_others_have_their_turn_while_many_flags_change(inbox: Mailbox) -> None:
    uids = await inbox.append_many([(b"Subject: x\r\n\r\n", (), None)] * MANY)
    store = asyncio.create_task(inbox.change_flags(uids, Change.ADD, ["\\Seen"]))
    await asyncio.sleep(0)
    assert inbox.message(uids[0]).flags
    assert not inbox.message(uids[-1]).flags
    assert await store == uids
    assert set(inbox.flags()) == {frozenset({"\\Seen"})}


async def test_the_uids_that_a_session_holds_do_not_change_under_it(inbox: Mailbox) -> None:
    uids = await inbox.append_many([(b"Subject: x\r\n\r\n", (), None)] * 3)
    held = inbox.uids
    await inbox.expunge(uids[:1])
    await inbox.append(b"Subject: y\r\n\r\n", (), None)
    assert list(held) == uids
    assert list(inbox.uids) == [*uids[1:], uids[-1] + 1]


async def test_the_flags_of_all_are_those_of_this_moment(inbox: Mailbox) -> None:
    uids = await inbox.append_many([(b"Subject: x\r\n\r\n", (), None)] * 2)
    assert list(inbox.flags()) == [frozenset(), frozenset()]
    await inbox.change_flags(uids[1:], Change.ADD, ["\\Flagged"])
    assert list(inbox.flags()) == [frozenset(), frozenset({"\\Flagged"})]
