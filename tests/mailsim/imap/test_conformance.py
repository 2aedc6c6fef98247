"""Where Dovecot's ImapTest once found this server at fault, each in one conversation."""

MAIL = "Subject: x\n\nx\n"


async def test_what_is_appended_or_copied_is_recent_to_the_first_session(connect):
    client = await connect("me", "INBOX")
    await client.ask("APPEND INBOX (\\Flagged) {1+}\r\nx")
    assert "* 1 FETCH (FLAGS (\\Flagged \\Recent))" in await client.ask("FETCH 1 FLAGS")
    await client.ask("COPY 1 INBOX")
    assert "* 2 FETCH (FLAGS (\\Flagged \\Recent))" in await client.ask("FETCH 2 FLAGS")
    await client.ask("COPY 1 Archive")
    other = await connect("me")
    assert "* STATUS Archive (RECENT 1)" in await other.ask("STATUS Archive (RECENT)")
    assert "* 1 RECENT" in await other.ask("SELECT Archive")
    assert "* 0 RECENT" in await other.ask("SELECT INBOX")


async def test_a_name_that_is_no_modified_utf7_is_refused_and_lists_nothing(connect):
    client = await connect("me")
    name = "!#$&'+,-.0123456789:;<=>?@^_`|[}"
    assert (await client.ask(f"SELECT {name}"))[-1].startswith("NO [CANNOT]")
    assert await client.ask(f'LIST "" {name}%*') == ["OK LIST done"]


async def test_the_first_word_of_modseqs_is_answered_with_the_highest(inbox, office):
    await office.put(MAIL)
    await inbox.ask("NOOP")
    await inbox.talk(
        """
        C: a FETCH 1 MODSEQ
        S: * OK [HIGHESTMODSEQ …] …
        S: * 1 FETCH (MODSEQ (…))
        S: a OK FETCH done
        C: b FETCH 1 MODSEQ
        S: * 1 FETCH (MODSEQ (…))
        S: b OK FETCH done
        """
    )


async def modseqs(client) -> list[str]:
    lines = await client.ask("FETCH 1:* MODSEQ")
    return [line.split("(")[-1].rstrip(")") for line in lines if "FETCH (MODSEQ" in line]


async def test_the_modseq_of_a_search_is_that_of_what_it_tells(inbox, office):
    for _ in range(3):
        await office.put(MAIL)
    await inbox.ask("NOOP")
    for number in (1, 3, 2):
        await inbox.ask(f"STORE {number} +FLAGS.SILENT (\\Seen)")
    first, second, third = await modseqs(inbox)
    for returns, told in (("MIN", f"MIN 1 MODSEQ {first}"), ("MAX", f"MAX 3 MODSEQ {third}")):
        assert (await inbox.ask(f"SEARCH RETURN ({returns}) MODSEQ 1"))[0].endswith(told)
    assert (await inbox.ask("SEARCH RETURN (MIN MAX) MODSEQ 1"))[0].endswith(f"MIN 1 MAX 3 MODSEQ {third}")
    assert (await inbox.ask("SEARCH RETURN (MIN COUNT) MODSEQ 1"))[0].endswith(f"MIN 1 COUNT 3 MODSEQ {second}")


async def test_binary_of_quoted_printable_drops_the_white_space_that_was_added_on_the_way(inbox, office):
    await office.put(b"Content-Transfer-Encoding: quoted-printable\r\n\r\na  \r\nb \t= \r\n=63\r\nd \t")
    await inbox.ask("NOOP")
    await inbox.talk(
        """
        C: a FETCH 1 BINARY.PEEK[1]
        S: * 1 FETCH (BINARY[1] {10}
        S: a
        S: b \tc
        S: d)
        S: a OK FETCH done
        """
    )


async def test_what_is_appended_in_binary_is_kept_to_the_byte_and_goes_out_as_base64(inbox):
    header = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    body = b"\0\xe4\n\r\n\n\n"
    inbox.send(b"a APPEND INBOX ~{%d+}\r\n%b%b\r\n" % (len(header + body), header, body))
    await inbox.talk("S: * 1 EXISTS\nS: * 1 RECENT\nS: a OK [APPENDUID … 1] APPEND done")
    inbox.send("b FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1] BODY.PEEK[1])")
    assert await inbox.line() == "* 1 FETCH (BINARY.SIZE[1] 7 BINARY[1] ~{7}"
    assert await inbox.reader.readexactly(len(body)) == body
    await inbox.talk("S:  BODY[1] {14}\nS: AOQKDQoKCg==\nS: )\nS: b OK FETCH done")


async def test_childinfo_is_for_mailboxes_that_are_not_told_themselves(connect):
    client = await connect("me")
    await client.ask("CREATE a/b")
    await client.ask("SUBSCRIBE a/b")
    parent = await client.ask('LIST (SUBSCRIBED RECURSIVEMATCH) "" a RETURN (SUBSCRIBED)')
    assert parent == ['* LIST (\\NonExistent) "/" a ("CHILDINFO" ("SUBSCRIBED"))', "OK LIST done"]
    both = await client.ask('LIST (SUBSCRIBED RECURSIVEMATCH) "" (a a/b) RETURN (SUBSCRIBED)')
    assert both == ['* LIST (\\Subscribed) "/" a/b', "OK LIST done"]


async def test_recursivematch_goes_with_a_selection(connect):
    client = await connect("me")
    assert (await client.ask('LIST (RECURSIVEMATCH REMOTE) "" ""'))[-1].startswith("BAD")


async def test_from_is_looked_for_in_the_address_without_its_comments(inbox, office):
    await office.put("From: <ann (who?)@ (where?) mailsim.test>\nTo: friends: Bob <bob@mailsim.test>;\n\nx\n")
    await inbox.ask("NOOP")
    for key in ("FROM ann@mailsim.test", "TO friends", 'TO "Bob <bob@mailsim.test>"'):
        assert (await inbox.ask(f"SEARCH {key}"))[0] == "* SEARCH 1", key


async def test_subjects_are_sorted_as_in_capitals(inbox, office):
    for subject in ("_", "B", "[x]", "a"):
        await office.put(f"Subject: {subject}\n\nx\n")
    await inbox.ask("NOOP")
    assert (await inbox.ask("SORT (SUBJECT) US-ASCII ALL"))[0] == "* SORT 4 2 3 1"


async def test_a_message_knows_its_parent_better_than_others_do(inbox, office):
    for name, references in (("a", ""), ("b", "<a@x> <c@x>"), ("c", "<b@x>")):
        await office.put(f"Message-ID: <{name}@x>\nReferences: {references}\n\nx\n")
    await inbox.ask("NOOP")
    (line, _) = await inbox.ask("THREAD REFERENCES US-ASCII ALL")
    assert line == "* THREAD (1)(3 2)"


async def test_a_store_on_what_another_session_expunged_changes_the_rest(inbox, office, connect):
    for _ in range(2):
        await office.put(MAIL)
    await inbox.ask("NOOP")
    other = await connect("me", "INBOX")
    await other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await other.ask("EXPUNGE")
    await inbox.talk(
        r"""
        C: a STORE 1:2 +FLAGS (\Seen)
        S: * 2 FETCH (FLAGS (\Recent \Seen))
        S: a OK [EXPUNGEISSUED] …
        """
    )


async def test_a_copy_of_what_another_session_expunged_copies_nothing(inbox, office, connect):
    for _ in range(2):
        await office.put(MAIL)
    await inbox.ask("NOOP")
    other = await connect("me", "INBOX")
    await other.ask("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await other.ask("EXPUNGE")
    assert (await inbox.ask("COPY 1:2 Archive"))[-1].startswith("NO [EXPUNGEISSUED]")
    assert "* STATUS Archive (MESSAGES 0)" in await inbox.ask("STATUS Archive (MESSAGES)")
