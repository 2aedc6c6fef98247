"""The commands as a client and the server speak them (RFC 3501, section 8 of which is such a conversation)."""

HELLO = """
    From: Ann <ann@mailsim.test>
    To: me@mailsim.test
    Subject: hello
    Message-ID: <1@mailsim.test>
    Date: Mon, 1 Jul 2024 10:00:00 +0200

    A body.
    """


async def test_login_and_logout(connect, office):
    client = await connect()
    await client.talk(
        f"""
        C: a LOGIN me {office.accounts.password("me")}
        S: a OK [CAPABILITY IMAP4rev1 …] welcome
        C: b LOGOUT
        S: * BYE …
        S: b OK LOGOUT done
        S:
        """
    )


async def test_capability_before_login_offers_passwords_on_loopback(connect):
    client = await connect()
    assert "AUTH=PLAIN" in (await client.ask("CAPABILITY"))[0]


async def test_select_describes_the_mailbox(connect, office):
    await office.put(HELLO)
    client = await connect("me")
    await client.talk(
        r"""
        C: a SELECT inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] …
        S: * 1 EXISTS
        S: * … RECENT
        S: * OK [UNSEEN 1] …
        S: * OK [UIDVALIDITY …] …
        S: * OK [UIDNEXT 2] …
        S: * OK [HIGHESTMODSEQ …] …
        S: * OK [MAILBOXID (…)] …
        S: a OK [READ-WRITE] SELECT done
        """
    )


async def test_append_fetch_store_expunge(inbox):
    await inbox.talk(
        r"""
        C: a APPEND INBOX (\Flagged work) " 1-Jul-2024 10:00:00 +0200" {25+}
        C: Subject: x
        C:
        C: A short one
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft work)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft work \*)] …
        S: * 1 EXISTS
        S: * 1 RECENT
        S: a OK [APPENDUID … 1] APPEND done
        C: b FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (UID 1 FLAGS (\Flagged \Recent work) INTERNALDATE " 1-Jul-2024 08:00:00 +0000" RFC822.SIZE 25)
        S: b OK FETCH done
        C: c STORE 1 +FLAGS (\Deleted)
        S: * 1 FETCH (FLAGS (\Deleted \Flagged \Recent work))
        S: c OK STORE done
        C: d EXPUNGE
        S: * 1 EXPUNGE
        S: d OK EXPUNGE done
        """
    )


async def test_fetch_of_structure_and_sections(inbox, office):
    await office.put(HELLO)
    await inbox.ask("NOOP")
    await inbox.talk(
        r"""
        C: a FETCH 1 (ENVELOPE)
        S: * 1 FETCH (ENVELOPE ("Mon, 1 Jul 2024 10:00:00 +0200" "hello" (("Ann" NIL "ann" "mailsim.test")) …))
        S: a OK FETCH done
        C: b FETCH 1 BODY
        S: * 1 FETCH (BODY ("text" "plain" …))
        S: b OK FETCH done
        C: c FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (Subject)] {18}
        S: Subject: hello
        S:
        S: )
        S: c OK FETCH done
        C: d FETCH 1 BODY.PEEK[1]<2.4>
        S: * 1 FETCH (BODY[1]<2> "body")
        S: d OK FETCH done
        C: e FETCH 1 BODY.PEEK[1]<100.4>
        S: * 1 FETCH (BODY[1]<100> "")
        S: e OK FETCH done
        C: f FETCH 1 BODY.PEEK[7]
        S: * 1 FETCH (BODY[7] NIL)
        S: f OK FETCH done
        C: g UID FETCH 1 RFC822.TEXT
        S: * 1 FETCH (UID 1 RFC822.TEXT {9}
        S: A body.
        S:  FLAGS (\Recent \Seen))
        S: g OK FETCH done
        """
    )


async def test_reading_a_body_sets_seen_unless_peeking_or_read_only(office, connect):
    await office.put(HELLO)
    client = await connect("me")
    await client.ask("EXAMINE INBOX")
    assert "Seen" not in " ".join(await client.ask("FETCH 1 BODY[TEXT]"))
    await client.ask("SELECT INBOX")
    assert "Seen" not in " ".join(await client.ask("FETCH 1 BODY.PEEK[TEXT]"))
    assert "Seen" in " ".join(await client.ask("FETCH 1 BODY[TEXT]"))


async def test_a_fetch_of_no_such_number_is_bad(inbox):
    assert (await inbox.ask("FETCH * FLAGS"))[-1].startswith("BAD")  # in an empty mailbox not even `*` is one
    assert (await inbox.ask("UID FETCH 1:* FLAGS")) == ["OK FETCH done"]


async def test_copy_and_move_tell_the_new_uids(inbox, office):
    await office.put(HELLO)
    await office.put(HELLO)
    await inbox.ask("NOOP")
    await inbox.talk(
        """
        C: a COPY 1:2 Archive
        S: a OK [COPYUID … 1:2 1:2] COPY done
        C: b UID MOVE 2 Archive
        S: * OK [COPYUID … 2 3] moved
        S: * 2 EXPUNGE
        S: b OK MOVE done
        C: c COPY 1 Nowhere
        S: c NO [TRYCREATE] there is no such mailbox
        C: d APPEND Nowhere {1+}
        C: x
        S: d NO [TRYCREATE] there is no such mailbox
        """
    )


async def test_uid_expunge_removes_only_what_it_names(inbox, office):
    for _ in range(3):
        await office.put(HELLO, flags=["\\Deleted"])
    await inbox.ask("NOOP")
    await inbox.talk(
        """
        C: a UID EXPUNGE 2
        S: * 2 EXPUNGE
        S: a OK EXPUNGE done
        """
    )


async def test_close_expunges_silently_and_unselect_does_not(connect, office):
    await office.put(HELLO, flags=["\\Deleted"])
    client = await connect("me", "INBOX")
    assert await client.ask("UNSELECT") == ["OK UNSELECT done"]
    assert "* 1 EXISTS" in await client.ask("SELECT INBOX")
    assert await client.ask("CLOSE") == ["OK CLOSE done"]
    assert "* 0 EXISTS" in await client.ask("SELECT INBOX")
    assert (await client.ask("CLOSE")) == ["OK CLOSE done"]
    assert (await client.ask("CLOSE"))[-1] == "BAD select a mailbox first"


async def test_examine_changes_nothing(connect, office):
    await office.put(HELLO)
    client = await connect("me")
    answer = await client.ask("EXAMINE INBOX")
    assert answer[-1] == "OK [READ-ONLY] EXAMINE done"
    assert "* OK [PERMANENTFLAGS ()] these can be changed" in answer
    for command in ("STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "MOVE 1 Trash"):
        assert (await client.ask(command)) == ["NO [READ-ONLY] the mailbox was opened read-only"]


async def test_the_archive_cannot_be_changed_by_its_readers(connect, office):
    await office.put(HELLO, account="archive")
    client = await connect("archive")
    assert (await client.ask("SELECT INBOX"))[-1] == "OK [READ-ONLY] SELECT done"
    for command in ("STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "CREATE x", "DELETE Sent", "RENAME Sent x", "COPY 1 Trash"):
        assert (await client.ask(command))[-1] == "NO [NOPERM] the archive cannot be changed"
    client.send("a APPEND INBOX {1+}\r\nx")
    assert (await client.line()) == "a NO [NOPERM] the archive cannot be changed"


async def test_search_finds_by_every_kind_of_key(inbox, office):
    await office.put(HELLO, flags=["\\Seen", "work"])
    await office.put(HELLO.replace("hello", "=?utf-8?q?gr=C3=BC=C3=9Fe?=").replace("A body", "x" * 500))
    await inbox.ask("NOOP")
    found = {
        "ALL": "1 2",
        "SEEN": "1",
        "UNSEEN": "2",
        "KEYWORD WORK": "1",
        "UNKEYWORD work": "2",
        "NOT SEEN": "2",
        "OR SEEN UNSEEN": "1 2",
        "(SEEN KEYWORD work) 1:*": "1",
        "SUBJECT HELLO": "1",
        "HEADER Message-ID 1@": "1 2",
        'HEADER Nowhere ""': "",
        "FROM ann": "1 2",
        "BODY body": "1",
        "TEXT ann@": "1 2",
        "SENTON 1-Jul-2024": "1 2",
        "SENTBEFORE 1-Jul-2024": "",
        "SINCE 1-Jan-2024": "1 2",
        "BEFORE 1-Jan-2024": "",
        "LARGER 500": "2",
        "SMALLER 500": "1",
        "UID 2:*": "2",
        "2": "2",
        "7:9": "",
        "YOUNGER 1000": "1 2",
        "OLDER 1000": "",
    }
    for keys, expected in found.items():
        answer = await inbox.ask(f"SEARCH {keys}")
        assert answer == [f"* SEARCH {expected}".rstrip(), "OK SEARCH done"], keys
    inbox.send("a SEARCH CHARSET UTF-8 SUBJECT {7+}\r\nGRÜSSE")
    await inbox.talk("S: * SEARCH 2\nS: a OK SEARCH done")
    assert await inbox.ask("SEARCH CHARSET KOI8-R ALL") == [
        "NO [BADCHARSET (US-ASCII UTF-8)] this server searches in US-ASCII and UTF-8"
    ]


async def test_extended_search_answers_and_saves(inbox, office):
    for flags in ([], ["\\Flagged"], ["\\Flagged"]):
        await office.put(HELLO, flags=flags)
    await inbox.ask("NOOP")
    await inbox.talk(
        r"""
        C: a SEARCH RETURN (MIN MAX COUNT ALL) FLAGGED
        S: * ESEARCH (TAG "a") MIN 2 MAX 3 ALL 2:3 COUNT 2
        S: a OK SEARCH done
        C: b UID SEARCH RETURN (SAVE) FLAGGED
        S: b OK SEARCH done
        C: c FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: c OK FETCH done
        """
    )


async def test_list_tells_folders_with_their_use(connect):
    client = await connect("me")
    assert r'* LIST (\HasNoChildren \Sent) "/" Sent' in await client.ask('LIST "" *')
    assert await client.ask('LIST "" ""') == [r'* LIST (\Noselect) "/" ""', "OK LIST done"]
    assert await client.ask("NAMESPACE") == ['* NAMESPACE (("" "/")) NIL NIL', "OK NAMESPACE done"]


async def test_wildcards_stop_at_the_separator_or_do_not(connect):
    client = await connect("me")
    for name in ("Work", "Work/2024", "Work/2024/July"):
        assert (await client.ask(f"CREATE {name}"))[-1].startswith("OK")
    assert await client.ask('LIST "" W%') == [r'* LIST (\HasChildren) "/" Work', "OK LIST done"]
    assert len(await client.ask('LIST "" W*')) == 4
    assert len(await client.ask('LIST "Work/" %')) == 2
    assert await client.ask('LIST "" ' + "%" * 200 + "zz") == ["OK LIST done"]


async def test_lists_may_be_extended(connect):
    client = await connect("me")
    await client.ask("CREATE Work/2024")
    await client.ask("SUBSCRIBE Work/2024")
    assert await client.ask('LIST (SUBSCRIBED) "" W*') == [
        r'* LIST (\HasNoChildren \Subscribed) "/" Work/2024',
        "OK LIST done",
    ]
    assert await client.ask('LIST "" (INBOX) RETURN (STATUS (MESSAGES UNSEEN))') == [
        '* LIST () "/" INBOX',
        "* STATUS INBOX (MESSAGES 0 UNSEEN 0)",
        "OK LIST done",
    ]
    assert len(await client.ask('LIST (SPECIAL-USE) "" *')) == 6


async def test_subscriptions(connect):
    client = await connect("me")
    await client.ask("CREATE Entw&APw-rfe")
    await client.ask("SUBSCRIBE Entw&APw-rfe")
    assert r'* LSUB () "/" Entw&APw-rfe' in await client.ask('LSUB "" *')
    await client.ask("UNSUBSCRIBE Entw&APw-rfe")
    assert r'* LSUB () "/" Entw&APw-rfe' not in await client.ask('LSUB "" *')


async def test_status_counts(connect, office):
    await office.put(HELLO, flags=["\\Seen", "\\Deleted"])
    await office.put(HELLO)
    client = await connect("me")
    await client.talk(
        """
        C: a STATUS inbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT DELETED SIZE)
        S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY … UNSEEN 1 RECENT 2 DELETED 1 SIZE …)
        S: a OK STATUS done
        C: b STATUS Nowhere (MESSAGES)
        S: b NO [NONEXISTENT] there is no such mailbox
        """
    )


async def test_renaming_inbox_moves_its_messages(connect, office):
    await office.put(HELLO)
    client = await connect("me")
    await client.ask("RENAME INBOX Old")
    answer = await client.ask("STATUS Old (MESSAGES)") + await client.ask("STATUS INBOX (MESSAGES)")
    assert answer[::2] == ["* STATUS Old (MESSAGES 1)", "* STATUS INBOX (MESSAGES 0)"]


async def test_sort_and_thread(inbox, office):
    for number, (subject, references) in enumerate(
        [("zebra", ""), ("Re: apple", "<0@x>"), ("apple", ""), ("Re: zebra", "<0@x> <1@x>")]
    ):
        await office.put(f"Message-ID: <{number}@x>\nReferences: {references}\nSubject: {subject}\n\nx\n")
    await inbox.ask("NOOP")
    assert (await inbox.ask("SORT (SUBJECT ARRIVAL) UTF-8 ALL"))[0] == "* SORT 2 3 1 4"
    assert (await inbox.ask("SORT (REVERSE ARRIVAL SUBJECT) UTF-8 1:2"))[0] in ("* SORT 2 1", "* SORT 1 2")
    assert (await inbox.ask("THREAD REFERENCES UTF-8 ALL"))[0] == "* THREAD (1 2 4)(3)"
    assert (await inbox.ask("THREAD ORDEREDSUBJECT UTF-8 ALL"))[0] == "* THREAD (1 4)(2 3)"


async def test_condstore_spares_what_changed_meanwhile(inbox, office):
    await office.put(HELLO)
    await office.put(HELLO)
    await inbox.ask("NOOP")
    before = (await inbox.ask("FETCH 1 MODSEQ"))[-2].split("(")[-1].rstrip(")")
    await inbox.ask("STORE 1 +FLAGS.SILENT (\\Seen)")
    answer = await inbox.ask(f"STORE 1:2 (UNCHANGEDSINCE {int(before) + 1}) +FLAGS (\\Flagged)")
    assert answer[-1] == "OK [MODIFIED 1] some changed meanwhile"
    assert len(await inbox.ask(f"FETCH 1:2 (UID) (CHANGEDSINCE {int(before) + 1})")) == 3


async def test_qresync_tells_what_went_and_what_changed(connect, office):
    for _ in range(3):
        await office.put(HELLO)
    client = await connect("me", "INBOX")
    status = (await client.ask("STATUS INBOX (UIDVALIDITY HIGHESTMODSEQ)"))[-2]
    uidvalidity, modseq = status.rstrip(")").split()[-3::2]
    await client.ask("UID STORE 2 +FLAGS.SILENT (\\Deleted)")
    await client.ask("EXPUNGE")
    await client.ask("UID STORE 3 +FLAGS.SILENT (\\Seen)")
    other = await connect("me")
    assert await other.ask("ENABLE QRESYNC") == ["* ENABLED QRESYNC", "OK ENABLE done"]
    answer = await other.ask(f"SELECT INBOX (QRESYNC ({uidvalidity} {modseq}))")
    assert "* VANISHED (EARLIER) 2" in answer
    (changed,) = (line for line in answer if "FETCH" in line)
    assert changed.startswith("* 2 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (")


async def test_utf8_accept_has_names_as_they_are(connect):
    client = await connect("me")
    await client.ask("ENABLE UTF8=ACCEPT")
    assert (await client.ask('CREATE "Entwürfe"'))[-1].startswith("OK")
    assert r'* LIST (\HasNoChildren) "/" "Entwürfe"' in await client.ask('LIST "" *')


async def test_several_messages_are_appended_at_once(inbox):
    inbox.send("a APPEND INBOX {1+}\r\nx (\\Seen) {1+}\r\ny")
    await inbox.talk(
        """
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a OK [APPENDUID … 1:2] APPEND done
        """
    )


async def test_binary_is_decoded(inbox, office):
    await office.put("Content-Transfer-Encoding: base64\n\naABp\n")
    await inbox.ask("NOOP")
    inbox.send("a FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1])")
    await inbox.talk(
        """
        S: * 1 FETCH (BINARY.SIZE[1] 3 BINARY[1] ~{3}
        S: h…i)
        S: a OK FETCH done
        """
    )


async def test_id_names_the_server(connect):
    client = await connect()
    assert (await client.ask('ID ("name" "test")'))[0].startswith('* ID ("name" "mailsim"')


async def test_commands_out_of_place_are_bad(connect):
    client = await connect()
    assert await client.ask("SELECT INBOX") == ["BAD log in first"]
    assert await client.ask("FETCH 1 FLAGS") == ["BAD select a mailbox first"]
    assert await client.ask("IDLE") == ["BAD log in first"]


async def test_a_failure_shows_nothing_of_its_cause(inbox, office, monkeypatch, caplog):
    def broken(*_args):
        raise RuntimeError("/secret/path")

    monkeypatch.setattr("mailsim.imap.view.View.numbers", broken)
    answer = await inbox.ask("FETCH 1 FLAGS")
    assert answer == ["NO [SERVERBUG] something went wrong here; the server's log has more"]
    assert "/secret/path" in caplog.text
