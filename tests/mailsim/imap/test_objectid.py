"""OBJECTID's THREADID is the archive's thread id (RFC 8474), and special uses go to the mailboxes named for them."""

import pytest


async def test_messages_of_a_thread_have_its_id(office, inbox):
    await office.put("Message-ID: <1@threaded>\n\nx\n")
    await office.put("Message-Id: (a comment)\n <2@threaded>\n\nx\n")
    await inbox.ask("NOOP")
    assert await inbox.ask("FETCH 1:* THREADID") == [
        "* 1 FETCH (THREADID (abcd1234))",
        "* 2 FETCH (THREADID (abcd1234))",
        "OK FETCH done",
    ]


@pytest.mark.parametrize("header", ["Message-ID: <3@unknown>", "Message-ID: nonsense", "Subject: none at all"])
async def test_a_message_the_archive_does_not_know_has_none(office, inbox, header):
    await office.put(f"{header}\n\nx\n")
    await inbox.ask("NOOP")
    assert await inbox.ask("FETCH 1 THREADID") == ["* 1 FETCH (THREADID NIL)", "OK FETCH done"]


async def test_search_finds_the_messages_of_a_thread(office, inbox):
    for number in (3, 1, 2):
        await office.put(f"Message-ID: <{number}@threaded>\n\nx\n")
    await inbox.ask("NOOP")
    assert await inbox.ask("SEARCH THREADID abcd1234") == ["* SEARCH 2 3", "OK SEARCH done"]
    assert await inbox.ask("SEARCH THREADID other") == ["* SEARCH", "OK SEARCH done"]


async def test_create_with_the_use_that_the_name_has(connect):
    client = await connect("me")
    await client.ask("DELETE Sent")
    assert (await client.ask("CREATE Sent (USE (\\sent))"))[-1].startswith("OK [MAILBOXID")
    assert '* LIST (\\HasNoChildren \\Sent) "/" Sent' in await client.ask('LIST "" Sent')


@pytest.mark.parametrize("arguments", ["Mine (USE (\\Sent))", "Sent2 (USE (\\Sent))", "Mine (USE (\\Junk \\Sent))"])
async def test_create_with_another_use_is_refused_and_makes_nothing(connect, arguments):
    client = await connect("me")
    assert (await client.ask(f"CREATE {arguments}"))[-1].startswith("NO [USEATTR]")
    assert (await client.ask(f"SELECT {arguments.split()[0]}"))[-1].startswith("NO [NONEXISTENT]")


async def test_id_tells_who_each_side_is(connect):
    client = await connect()
    assert (await client.ask('ID ("name" "test" "version" NIL)'))[0].startswith('* ID ("name" "mailsim" "version" "')
    assert (await client.ask("ID NIL"))[-1] == "OK ID done"
