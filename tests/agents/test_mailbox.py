"""The agent's mailbox against a real Dovecot."""

from concurrent.futures import Executor
from dataclasses import replace

import pytest

from mailsim_agents.errors import MailboxError
from mailsim_agents.mailbox import ANSWERED, DRAFTED, NO_ANSWER, REFUSED, SEEN, Mailbox
from tests.agents.support import Dovecot, ScriptedImap, letter


async def test_unanswered_lists_new_mail_oldest_first(dovecot: Dovecot, account: str, mailbox: Mailbox) -> None:
    for number in range(3):
        dovecot.put(account, letter(to=account, message_id=f"<{number}@me>"))
    uids = await mailbox.unanswered()
    assert len(uids) == 3
    assert uids == sorted(uids)


@pytest.mark.parametrize("flag", [ANSWERED, NO_ANSWER, REFUSED, DRAFTED])
async def test_settled_mail_is_listed_no_more_after_a_restart_either(
    dovecot: Dovecot, account: str, mailbox: Mailbox, pool: Executor, flag: str
) -> None:
    dovecot.put(account, letter(to=account))
    [uid] = await mailbox.unanswered()
    await mailbox.settle(uid, flag, SEEN)
    assert await mailbox.unanswered() == []
    again = Mailbox(dovecot.login(account), pool)
    await again.open()
    assert await again.unanswered() == []
    await again.close()


async def test_fetch_gives_the_message_and_none_for_one_that_is_gone(
    dovecot: Dovecot, account: str, mailbox: Mailbox
) -> None:
    dovecot.put(account, letter(to=account))
    [uid] = await mailbox.unanswered()
    assert await mailbox.fetch(uid) == letter(to=account)
    assert await mailbox.fetch(uid + 1) is None


async def test_a_draft_is_found_by_its_message_id_filed_and_discarded(mailbox: Mailbox) -> None:
    content = letter(to="you@mailsim.test", message_id="<d@me>")
    await mailbox.save_draft(content)
    await mailbox.save_draft(letter(to="you@mailsim.test", message_id="<other@me>"))
    assert await mailbox.find_draft("<d@me>") == content
    assert not await mailbox.is_sent("<d@me>")
    await mailbox.file_sent("<d@me>")
    assert await mailbox.find_draft("<d@me>") is None
    assert await mailbox.is_sent("<d@me>")
    await mailbox.discard_draft("<other@me>")
    assert await mailbox.find_draft("<other@me>") is None


async def test_a_thread_is_found_in_inbox_and_sent(dovecot: Dovecot, account: str, mailbox: Mailbox) -> None:
    root, reply, sibling, stranger = (
        letter(to=account, message_id="<root@me>"),
        letter(to=account, message_id="<reply@me>", References="<root@me>"),
        letter(to=account, message_id="<sibling@me>", References="<root@me> <missing@me>"),
        letter(to=account, message_id="<stranger@me>"),
    )
    for content in (root, sibling, stranger):
        dovecot.put(account, content)
    dovecot.put(account, reply, "Sent")
    found = await mailbox.thread(["<root@me>", "<reply@me>"])
    assert {stored.content for stored in found} == {root, reply, sibling}
    assert await mailbox.thread([]) == []


async def test_a_wrong_password_is_an_error_that_does_not_show_it(dovecot: Dovecot, pool: Executor) -> None:
    mailbox = Mailbox(replace(dovecot.login("any"), password="hush"), pool)
    with pytest.raises(MailboxError) as caught:
        await mailbox.open()
    assert "hush" not in str(caught.value)


async def test_folders_a_server_lacks_are_made(scripted: ScriptedImap, pool: Executor) -> None:
    scripted.on["LIST"] = [b"{tag} OK none\r\n"]
    mailbox = Mailbox(scripted.login, pool)
    await mailbox.open()
    await mailbox.close()
    assert scripted.seen.count("CREATE") == 2


async def test_a_server_that_keeps_no_keywords_does_not_get_the_same_mail_twice(
    scripted: ScriptedImap, pool: Executor
) -> None:
    scripted.on["SEARCH"] = [b"* SEARCH 1\r\n{tag} OK done\r\n"]
    scripted.on["STORE"] = [b"{tag} NO no keywords here\r\n"]
    mailbox = Mailbox(scripted.login, pool)
    await mailbox.open()
    assert await mailbox.unanswered() == [1]
    await mailbox.settle(1, NO_ANSWER)
    assert await mailbox.unanswered() == []
    await mailbox.close()
