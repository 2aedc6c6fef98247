"""A body as its writer meant it: text made harmless, alternatives chosen, quotes and signature told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.archive.blocks import Kind, split_blocks
from mailsim.archive.body import read_body
from mailsim.archive.clean import clean, one_line


def kinds(text):
    return [(block.kind.value, block.text) for block in split_blocks(text)]


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[2J\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never closed\nstill here", "\nstill here"),
        ("\x1bPdevice control\x1b\\x", "x"),
        ("\x1b(0x", "x"),
        ("user\u202etxt.exe\u2066", "usertxt.exe"),
        ("a\x00b\x08c\x7f", "abc"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("tab\tstays", "tab\tstays"),
        ("\udcff", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_hostile_characters_are_made_harmless(hostile, harmless):
    assert clean(hostile) == harmless


@given(st.text())
def test_clean_text_has_no_control_character_and_stays_as_it_is(text):
    cleaned = clean(text)
    assert not [char for char in cleaned if ord(char) < 32 and char not in "\n\t"]
    assert clean(cleaned) == cleaned
    cleaned.encode()


def test_a_name_is_one_line_of_bounded_length():
    assert one_line(" a\r\n b ") == "a b"
    assert len(one_line("x" * 9000)) == 500


def test_quote_attribution_and_signature_are_told_from_the_text():
    text = "I agree.\n\nOn Sat, 21 Nov 2026 at 10:00, Eliza wrote:\n> Do you?\n\nAnd more.\n-- \nParry"
    assert kinds(text) == [
        ("text", "I agree.\n"),
        ("quote", "On Sat, 21 Nov 2026 at 10:00, Eliza wrote:\n> Do you?\n"),
        ("text", "And more."),
        ("signature", "-- \nParry"),
    ]


def test_an_attribution_of_two_lines_belongs_to_the_quote():
    text = "Yes.\n\nOn Sat, 21 Nov 2026 at 10:00, Eliza\n<eliza@mailsim.test> wrote:\n\n> Do you?"
    assert [kind for kind, _ in kinds(text)] == ["text", "quote"]
    assert kinds(text)[0][1] == "Yes.\n"


def test_a_sentence_above_the_attribution_stays_text():
    assert kinds("I came at 10:00.\nEliza wrote:\n> Do you?")[0] == ("text", "I came at 10:00.")


def test_words_that_only_look_like_an_attribution_stay_text():
    assert kinds("You asked me this:\n> Do you?")[0] == ("text", "You asked me this:")


def test_a_quote_below_the_signature_is_a_quote():
    assert [kind for kind, _ in kinds("Yes.\n-- \nParry\n\n> Do you?")] == ["text", "signature", "quote"]


def test_dashes_in_a_quote_begin_no_signature():
    assert [kind for kind, _ in kinds("> a\n> -- \n> b\nYes.")] == ["quote", "text"]


@given(st.lists(st.sampled_from(["> q", "text", "", "-- ", "x wrote:", "on 2026:", ">", " "])).map("\n".join))
def test_blocks_joined_are_the_body_again(text):
    blocks = split_blocks(text)
    assert "\n".join(block.text for block in blocks) == text
    assert all(block.kind in Kind for block in blocks)


MULTIPART = 'MIME-Version: 1.0\nContent-Type: multipart/{}; boundary="b"\n'


def part(kind, text, more=""):
    return f"--b\nContent-Type: {kind}\n{more}\n{text}\n"


def test_of_alternatives_the_plain_text_is_read(mail):
    text = part("text/plain; charset=utf-8", "plain ü") + part("text/html", "<b>rich</b>") + "--b--"
    assert read_body(mail(text=text, more=MULTIPART.format("alternative"))).text == "plain ü"


def test_html_alone_is_read_as_text(mail):
    page = "<style>p{}</style><p>One &amp;\ntwo</p><script>alert(1)</script><div>three<br>four</div>"
    assert read_body(mail(text=page, more="Content-Type: text/html\n")).text == "One & two\n\nthree\nfour"


def test_attachments_are_named_and_not_shown(mail):
    text = part("text/plain", "See below.") + part(
        "image/png", "AAAA", 'Content-Disposition: attachment; filename="cat\x1b[1m.png"\n'
    )
    body = read_body(mail(text=text + part("application/pdf", "x") + "--b--", more=MULTIPART.format("mixed")))
    assert body == ("See below.", ("cat.png", "application/pdf"))


def test_flowed_paragraphs_are_put_together(mail):
    text = "A long \nparagraph.\n> quoted \n> words\n-- \nMe"
    body = read_body(mail(text=text, more="Content-Type: text/plain; format=flowed\n"))
    assert body.text == "A long paragraph.\n> quoted words\n-- \nMe"


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit", "nonsense"])
@pytest.mark.parametrize("charset", ["utf-8", "nonsense", "rot13", "utf-16"])
def test_odd_encodings_and_charsets_still_give_text(mail, encoding, charset):
    more = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n"
    assert isinstance(read_body(mail(text="a=C3=BC=\xff !", more=more)).text, str)


@given(st.lists(st.sampled_from(["<![foo", "<!", "<!--", "<p>", "</p", "<script>", "&#0;", "&lt;", "text", ">", "<?"])))
def test_any_markup_gives_text_without_scripts(mail, pieces):
    assert "\x00" not in read_body(mail(text="".join(pieces), more="Content-Type: text/html\n")).text


@given(st.binary(max_size=300))
def test_any_bytes_have_a_body(raw):
    assert read_body(raw).text == clean(read_body(raw).text)


@pytest.mark.parametrize(
    "piece", ["<a ", "<!", "<!--", "<script>", "<", "&#", "\x1b]", "* ", " ", "> \n", "x wrote:\n>\n"]
)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_megabyte_of_hostile_pieces_is_read_without_getting_lost(mail, piece, kind):
    text = piece * (1_000_000 // len(piece))
    split_blocks(read_body(mail(text=text, more=f"Content-Type: text/{kind}; format=flowed\n")).text)
