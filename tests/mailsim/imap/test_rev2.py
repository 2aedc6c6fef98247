"""IMAP4rev2 (RFC 9051), for a client that enables it; appendix E lists what is other than in IMAP4rev1."""

import pytest

MAIL = "Subject: x\n\nx\n"


@pytest.fixture
async def rev2(connect):
    client = await connect("me")
    await client.talk("C: a ENABLE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: a OK ENABLE done")
    return client


async def test_both_revisions_are_offered(connect):
    words = (await (await connect()).ask("CAPABILITY"))[0].split()
    assert {"IMAP4rev1", "IMAP4rev2"} <= set(words)


async def test_search_is_answered_with_esearch(office, rev2):
    for _ in range(3):
        await office.put(MAIL)
    await rev2.ask("SELECT INBOX")
    await rev2.talk("""
        C: a SEARCH ALL
        S: * ESEARCH (TAG "a") ALL 1:3
        S: a OK SEARCH done
        C: b UID SEARCH 2
        S: * ESEARCH (TAG "b") UID ALL 2
        S: b OK SEARCH done
        C: c SEARCH SUBJECT other
        S: * ESEARCH (TAG "c")
        S: c OK SEARCH done
        C: d SEARCH RETURN (COUNT) ALL
        S: * ESEARCH (TAG "d") COUNT 3
        S: d OK SEARCH done
    """)


async def test_select_tells_the_list_entry_and_nothing_of_recent_or_unseen(office, rev2):
    await office.put(MAIL)
    said = await rev2.ask("SELECT INBOX")
    assert '* LIST (\\HasNoChildren) "/" "INBOX"' in said
    assert not [line for line in said if "RECENT" in line.upper() or "UNSEEN" in line]


async def test_the_list_entry_tells_a_special_use(rev2):
    assert '* LIST (\\HasNoChildren \\Sent) "/" "Sent"' in await rev2.ask("SELECT Sent")


async def test_leaving_a_mailbox_for_another_is_told(rev2):
    await rev2.ask("SELECT INBOX")
    assert (await rev2.ask("EXAMINE Sent"))[0].startswith("* OK [CLOSED]")


async def test_no_message_is_recent(office, rev2, tmp_path):
    await rev2.ask("SELECT INBOX")
    source = tmp_path / "mail"
    source.write_bytes(MAIL.encode())
    await office.store.deliver("me", source, "1.unique.host")
    assert await rev2.ask("NOOP") == ["* 1 EXISTS", "OK NOOP done"]
    assert await rev2.ask("FETCH 1 FLAGS") == ["* 1 FETCH (FLAGS ())", "OK FETCH done"]
    assert await rev2.ask("STORE 1 +FLAGS (\\Seen)") == ["* 1 FETCH (FLAGS (\\Seen))", "OK STORE done"]


async def test_a_client_of_revision_1_still_sees_it(office, connect, tmp_path):
    source = tmp_path / "mail"
    source.write_bytes(MAIL.encode())
    await office.store.deliver("me", source, "1.unique.host")
    client = await connect("me")
    assert "* 1 RECENT" in await client.ask("SELECT INBOX")
    assert await client.ask("FETCH 1 FLAGS") == ["* 1 FETCH (FLAGS (\\Recent))", "OK FETCH done"]
    await client.ask("ENABLE IMAP4rev2")
    assert await client.ask("FETCH 1 FLAGS") == ["* 1 FETCH (FLAGS ())", "OK FETCH done"]


async def test_mailbox_names_are_utf_8(connect, rev2):
    await rev2.talk("""
        C: a CREATE "Übersicht/日本"
        S: a OK …
        C: b LIST "" Übersicht*
        S: b BAD …
        C: c LIST "" "Übersicht*"
        S: * LIST (\\NonExistent \\HasChildren) "/" "Übersicht"
        S: * LIST (\\HasNoChildren) "/" "Übersicht/日本"
        S: c OK LIST done
        C: d STATUS "Übersicht/日本" (MESSAGES)
        S: * STATUS "Übersicht/日本" (MESSAGES 0)
        S: d OK STATUS done
    """)
    old = await connect("me")
    assert '* LIST (\\HasNoChildren) "/" &ANw-bersicht/&ZeVnLA-' in await old.ask('LIST "" *')


async def test_status_counts_deleted_messages_and_octets(office, rev2):
    await office.put(MAIL, flags=["\\Deleted"])
    await office.put(MAIL)
    size = 2 * len(MAIL.replace("\n", "\r\n"))
    assert f'* STATUS "INBOX" (DELETED 1 SIZE {size})' in await rev2.ask("STATUS INBOX (DELETED SIZE)")


async def test_a_part_of_a_message_may_begin_beyond_four_gigabytes(office, rev2):
    await office.put(MAIL)
    await rev2.ask("SELECT INBOX")
    assert '* 1 FETCH (BODY[]<5000000000> "")' in await rev2.ask("FETCH 1 BODY.PEEK[]<5000000000.9000000000>")


async def test_list_may_select_the_subscribed_as_lsub_did(rev2):
    said = await rev2.ask('LIST (SUBSCRIBED) "" S*')
    assert said == ['* LIST (\\HasNoChildren \\Subscribed \\Sent) "/" "Sent"', "OK LIST done"]
