"""Properties of the grammar: what is accepted prints back to an equal command, and no bytes do worse than BAD."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailsim.imap.errors import Bad, No
from mailsim.imap.wire import fetch, general, keys, listing, login, mailboxes, messages, search
from mailsim.imap.wire.command import Command, Tagged
from mailsim.imap.wire.parse import Unreadable, parse, unparse
from mailsim.imap.wire.reader import LineTooLong, Oversize, Reader
from mailsim.imap.wire.sequence import SequenceSet, compact
from mailsim.store import Change


def tuples(each: st.SearchStrategy, at_least: int = 0) -> st.SearchStrategy[tuple]:
    return st.lists(each, min_size=at_least, max_size=4).map(tuple)


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
printable = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
mailbox = printable.map(lambda name: "INBOX" if name.upper() == "INBOX" else name)
number = st.integers(1, 2**32 - 1)
modseq = st.integers(0, 2**63 - 1)
ranges = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
sequence_sets = st.lists(ranges, min_size=1, max_size=4).map(lambda pairs: SequenceSet(tuple(pairs))) | st.just(
    SequenceSet(saved=True)
)
keyword = st.text(st.sampled_from("abcXYZ0123456789$_-.+&'#!"), min_size=1, max_size=10)
flag = keyword | st.sampled_from(["\\Seen", "\\Deleted", "\\Answered", "\\Flagged", "\\Draft", "\\Recent"])
flags = st.lists(flag, max_size=4).map(tuple)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.builds(
    lambda moment, zone: moment.replace(microsecond=0, tzinfo=zone),
    st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)),
    zones,
)
days = st.dates(date(1000, 1, 1))
by_uid = st.booleans()


def key_trees(inner: st.SearchStrategy[keys.Key]) -> st.SearchStrategy[keys.Key]:
    return (
        st.builds(keys.Not, inner)
        | st.builds(keys.Either, inner, inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda several: keys.Both(tuple(several)))
    )


search_keys = st.recursive(
    st.just(keys.All())
    | st.builds(keys.Flagged, flag, st.booleans())
    | st.builds(keys.Header, keyword.map(str.upper), text)
    | st.builds(keys.Contains, st.sampled_from(["BODY", "TEXT"]), text)
    | st.builds(keys.Dated, st.sampled_from(["", "SENT"]), st.sampled_from(["BEFORE", "ON", "SINCE"]), days)
    | st.builds(keys.Compared, st.sampled_from(["LARGER", "SMALLER", "YOUNGER", "OLDER", "MODSEQ"]), number)
    | st.builds(keys.Identified, st.sampled_from(["EMAILID", "THREADID"]), keyword)
    | st.builds(keys.Among, sequence_sets, st.booleans()),
    key_trees,
    max_leaves=6,
)
key_lists = st.lists(search_keys, min_size=1, max_size=3).map(tuple)
returns = st.none() | st.frozensets(st.sampled_from(sorted(search.RETURNS)), min_size=1)
orders = st.lists(
    st.builds(search.Order, st.sampled_from(sorted(search.ORDERS)), st.booleans()), min_size=1, max_size=3
).map(tuple)

paths = st.lists(st.integers(1, 999), max_size=3).map(tuple)
partials = st.none() | st.tuples(st.integers(0, 2**32 - 1), number)
names = st.lists(keyword.map(str.encode), min_size=1, max_size=3).map(tuple)
sections = (
    st.builds(
        fetch.Section, st.just("BODY"), paths, st.sampled_from(["", "HEADER", "TEXT"]), st.just(()), partials,
        st.booleans(),
    )
    | st.builds(
        fetch.Section, st.just("BODY"), paths, st.sampled_from(["HEADER.FIELDS", "HEADER.FIELDS.NOT"]), names,
        partials, st.booleans(),
    )
    | st.builds(fetch.Section, st.just("BINARY"), paths, st.just(""), st.just(()), partials, st.booleans())
    | st.builds(fetch.Section, st.just("BINARY.SIZE"), paths)
)  # fmt: skip
items = tuples(st.builds(fetch.Item, st.sampled_from(sorted(fetch.SIMPLE))) | sections, 1)
known = st.builds(
    mailboxes.Known, number, modseq, st.none() | sequence_sets, st.none() | st.tuples(sequence_sets, sequence_sets)
)
forms = st.sampled_from([{}, {"utf8": True}, {"binary": True}])
new_messages = st.builds(
    lambda form, *args: messages.NewMessage(*args, **form), forms, st.binary(max_size=60), flags, st.none() | moments
)
bare = [*general.COMMANDS, *login.COMMANDS, *mailboxes.COMMANDS]
bare = [cls for cls in bare if cls.read.__func__ is Command.read.__func__]

id_fields = tuples(st.tuples(st.binary(max_size=9), st.none() | st.binary(max_size=9)))
capabilities = tuples(st.sampled_from(["CONDSTORE", "QRESYNC", "X-ANY", "UTF8=ACCEPT"]), 1)
uses = tuples(st.sampled_from(["\\Sent", "\\Junk"]))
status_items = tuples(st.sampled_from(sorted(listing.STATUS_ITEMS)), 1)
mechanisms = st.sampled_from(["PLAIN", "SCRAM-SHA-256"])
algorithms = st.sampled_from(sorted(search.ALGORITHMS))
since = st.none() | modseq
commands = (
    st.sampled_from(bare).map(lambda cls: cls())
    | st.builds(general.Id, st.none() | id_fields)
    | st.builds(general.Enable, capabilities)
    | st.builds(general.Compress, st.just("DEFLATE"))
    | st.builds(login.Login, text, text)
    | st.builds(login.Authenticate, mechanisms, st.none() | st.binary(max_size=30))
    | st.builds(mailboxes.Select, mailbox, st.booleans(), st.none() | known)
    | st.builds(mailboxes.Examine, mailbox)
    | st.builds(mailboxes.Create, mailbox, uses)
    | st.builds(mailboxes.Delete, mailbox)
    | st.builds(mailboxes.Rename, mailbox, mailbox)
    | st.builds(listing.Lsub, mailbox, mailbox)
    | st.builds(listing.Status, mailbox, status_items)
    | st.builds(messages.Append, mailbox, tuples(new_messages, 1))
    | st.builds(messages.Store, sequence_sets, st.sampled_from(Change), flags, st.booleans(), since, by_uid=by_uid)
    | st.builds(messages.Copy, sequence_sets, mailbox, by_uid=by_uid)
    | st.builds(messages.Move, sequence_sets, mailbox, by_uid=by_uid)
    | st.builds(fetch.Fetch, sequence_sets, items, since, by_uid=by_uid)
    | st.builds(search.Search, key_lists, returns, by_uid=by_uid)
    | st.builds(search.Sort, orders, key_lists, returns, by_uid=by_uid)
    | st.builds(search.Thread, algorithms, key_lists, by_uid=by_uid)
)


@given(commands)
@settings(max_examples=600, deadline=None)
def test_every_command_reads_back_as_it_was_printed(command):
    printed = unparse(Tagged("a1", command))
    read = parse(printed)
    assert parse(unparse(read)) == read
    if not _has_synonyms(command):
        assert read == Tagged("a1", command)


def _has_synonyms(command: Command) -> bool:
    """`OLD` and `(RECENT UNSEEN)` have one form each, but `KEYWORD \\Recent` and `1:1` are printed shorter."""
    return isinstance(command, search.Search | search.Sort | search.Thread) or "\\Recent" in str(command)


WORDS = [
    b"a1 ", b"UID ", b"FETCH ", b"SEARCH ", b"STORE ", b"APPEND ", b"LIST ", b"SELECT ", b"1:*", b" (", b")", b"\\Seen",
    b" {3+}\r\nabc", b'"', b"BODY[", b"1.2", b"HEADER.FIELDS", b"]", b"<0.5>", b"INBOX", b" ", b"NOT ", b"OR ",
    b"RETURN ", b"&AOQ-", b"*", b"%", b"\xff", b"\0", b"NIL", b"{99999999999}\r\n", b"\r\n", b"FLAGS", b"1-Feb-2024",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS) | st.binary(max_size=4), max_size=14).map(b"".join), st.booleans())
@example(b"a SEARCH " + b"(" * 5000, False)
@example(b"a SEARCH " + b"NOT " * 5000 + b"ALL", False)
@example(b'a LOGIN "' + b"\\" * 5001, False)
@example(b"a FETCH " + b"1," * 5000 + b"1 FLAGS", False)
@example(b'a SEARCH ON "31-Feb-2024"', False)
@example(b'a APPEND x "31-Feb-2024 99:00:00 +9999" {1+}\r\nx', False)
@settings(max_examples=1500, deadline=None)
def test_any_bytes_are_a_command_or_unreadable(data, utf8):
    try:
        tagged = parse(data, utf8)
    except Unreadable:
        return
    assert parse(unparse(tagged, utf8), utf8) == tagged


@given(commands.map(lambda command: unparse(Tagged("a1", command))), st.lists(st.integers(1, 30), min_size=1))
@settings(max_examples=200, deadline=None)
def test_a_command_may_arrive_in_any_pieces(data, sizes):
    reader = Reader(message_limit=10_000)
    got, rest = [], data * 2
    while rest:
        size = sizes[len(rest) % len(sizes)]
        reader.feed(rest[:size])
        rest = rest[size:]
        while (command := reader.command()) is not None:
            got.append(command)
    assert got == [data, data]


@given(st.lists(st.sampled_from(WORDS) | st.binary(max_size=8), max_size=40))
@settings(max_examples=500, deadline=None)
def test_the_reader_holds_no_more_than_its_limits(pieces):
    reader = Reader()
    for piece in pieces:
        reader.feed(piece)
        try:
            while reader.command() is not None:
                pass
        except (Oversize, LineTooLong):
            pass
    assert len(reader) <= sum(map(len, pieces))


def test_a_synchronising_literal_is_asked_for_once():
    reader = Reader()
    reader.feed(b"a LOGIN {2}\r\n")
    assert reader.command() is None
    assert reader.prompt_due()
    assert not reader.prompt_due()
    reader.feed(b"me {0}\r\n")
    assert reader.command() is None
    assert reader.prompt_due()
    reader.feed(b"\r\n")
    assert reader.command() == b"a LOGIN {2}\r\nme {0}\r\n\r\n"


def test_a_literal_too_large_is_refused_without_being_asked_for():
    reader = Reader(message_limit=100_000)
    reader.feed(b"a APPEND INBOX {100001}\r\n")
    with pytest.raises(Oversize) as refusal:
        reader.command()
    assert refusal.value.tag == b"a"
    reader.feed(b"b NOOP\r\n")
    assert reader.command() == b"b NOOP\r\n"


def test_a_literal_too_large_that_comes_unasked_is_skipped_and_not_kept():
    reader = Reader()
    reader.feed(b"a APPEND INBOX {10000000+}\r\n")
    for _ in range(100):
        reader.feed(b"x" * 100_000)
        assert reader.command() is None
        assert len(reader) == 0
    reader.feed(b"\r\nb NOOP\r\n")
    with pytest.raises(Oversize):
        reader.command()
    assert reader.command() == b"b NOOP\r\n"


def test_a_line_without_end_is_given_up():
    reader = Reader()
    reader.feed(b"x" * 70_000)
    with pytest.raises(LineTooLong):
        reader.command()


@pytest.mark.parametrize(
    "line",
    [
        "a", "a ", "a NOPE", "a NOOP extra", "+ NOOP", "a UID NOOP", "a FETCH 0 FLAGS", "a FETCH 1 (FLAGS",
        "a FETCH 1 BODY[MIME]", "a FETCH 1 BODY[0]", "a FETCH 4294967296 FLAGS", "a SEARCH", "a SEARCH FROBNICATE",
        "a SEARCH ON 31-Feb-2024", "a LIST x", "a STORE 1 FLAG (x)", 'a LOGIN "x', "a STATUS x ()",
    ],
)  # fmt: skip
def test_what_the_grammar_does_not_allow_is_bad(line):
    with pytest.raises(Unreadable) as unreadable:
        parse(line.encode() + b"\r\n")
    assert isinstance(unreadable.value.answer, Bad)


@pytest.mark.parametrize("name", ["&bad-", "&Jjo", "&U,BTFw-&ZeVnLIqe-", "a&AGE-b", "!#$&'+,-.0123456789:;<=>?@^_`|[}"])
def test_a_name_outside_modified_utf7_is_refused_and_a_pattern_finds_nothing(name):
    with pytest.raises(Unreadable) as unreadable:
        parse(b"a SELECT %b\r\n" % name.encode())
    assert isinstance(unreadable.value.answer, No)
    assert parse(b'a LIST "" %b%%\r\n' % name.encode()).command.patterns == (name + "%",)


def test_mailbox_names_are_in_modified_utf7():
    command = parse(b"a SELECT ~peter/mail/&U,BTFw-/&ZeVnLIqe-\r\n").command
    assert command == mailboxes.Select("~peter/mail/台北/日本語")


def test_macros_stand_for_their_items():
    command = parse(b"a FETCH 1 fast\r\n").command
    assert command.items == tuple(map(fetch.Item, ("FLAGS", "INTERNALDATE", "RFC822.SIZE")))


def test_a_date_without_quotes_and_with_one_digit_is_read():
    command = parse(b"a SEARCH SINCE 1-feb-1994\r\n").command
    assert command.keys == (keys.Dated("", "SINCE", date(1994, 2, 1)),)


def test_append_takes_flags_and_date():
    command = parse(b'a APPEND x (\\seen) "17-Jul-1996 02:44:25 -0700" {1+}\r\nx\r\n').command
    (new,) = command.messages
    assert new.flags == ("\\Seen",)
    assert new.date.astimezone(UTC) == datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)


def test_the_password_is_not_in_the_text_of_a_command():
    assert "secret" not in repr(parse(b"a LOGIN me secret\r\n"))


def test_numbers_are_told_as_ranges():
    assert compact([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
