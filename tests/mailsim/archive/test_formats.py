"""Every format of a transcript: what it shows, and that nothing in a message can break out of it."""

import contextlib
import html.parser
import io
import json
import mailbox
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from mailsim.archive import FORMATS, render, show_message
from mailsim.archive.formats.markdown import _harmless
from mailsim.archive.formats.mbox import _QUOTED, read_mbox

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=http://evil/x.png onerror=alert(1)>',
    "</style></title></details><h1>owned</h1>",
    "<!-- <meta http-equiv=refresh content='0;url=http://evil'>",
    "javascript:alert(1) &lt;b&gt; &#60;script&#62; \\<b> ![x](http://evil/x.png) [y](javascript:z)",
    "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\x9b31m \x00",
    "# heading\n\n=====\n---\n```\nfence\n~~~\n<details>\n\n[r]: http://evil",
    "From nobody Sat Nov 21 06:23:55 2026\n>From somebody\n.\n",
    "Zalgo h̷̢̛e̸ 👩‍👩‍👧 שלום {{7*7}} %s %(x)s [bold]x[/bold] [/]",
]


@pytest.fixture
def nasty(transcribe, mail):
    people = [f'"{" ".join(text.split())}" <eve{number}@mailsim.test>' for number, text in enumerate(NASTY)]
    people = [re.sub(r'(?<=.)"(?=.*" <)', "'", person) for person in people]
    return transcribe(
        *(
            mail(str(number), text=text, sender=people[number], subject=" ".join(text.split()), parents=["0"][:number])
            for number, text in enumerate(NASTY)
        )
    )


@pytest.fixture
def pair(transcribe, mail):
    reply = "Why?\n\nOn 21 Nov 2026, Eliza wrote:\n> Hello.\n\n-- \nParry"
    return transcribe(
        mail("a"), mail("b", text=reply, sender="Parry <parry@mailsim.test>", to="eliza@mailsim.test", parents=["a"])
    )


class Page(html.parser.HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_renders_every_nasty_thread(nasty, fmt):
    made = render(nasty, fmt)
    assert made
    if isinstance(made, str):
        made.encode()


def test_html_of_nasty_messages_has_only_our_own_tags(nasty):
    page = Page(render(nasty, "html"))
    assert not {"script", "img", "iframe", "object", "form", "link", "base"} & set(page.tags)
    assert page.tags.count("h1") == 1
    assert page.tags.count("article") == len(NASTY)
    assert [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style")] == []


def test_html_links_lead_nowhere_but_to_its_own_messages(nasty):
    page = Page(render(nasty, "html"))
    assert all(value.startswith("#m") for name, value in page.attributes if name == "href")


def test_html_forbids_scripts_and_loads_by_its_policy(pair):
    page = render(pair, "html")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in page.replace("http-equiv", "")


def test_html_is_free_of_control_and_bidi_characters(nasty):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", render(nasty, "html"))


def test_html_gives_two_speakers_a_column_each(pair):
    page = render(pair, "html")
    assert '<body class="columns-2">' in page
    assert page.count('class="card lane-0 colour-0"') == page.count('class="card lane-1 colour-1"') == 1


def test_html_gives_many_speakers_lanes_of_one_column(nasty):
    assert '<body class="lanes">' in render(nasty, "html")


def test_html_folds_the_quote_away_and_keeps_it(pair):
    page = render(pair, "html")
    assert "<summary>2 quoted lines</summary>" in page
    assert "&gt; Hello." in page
    assert '<div class="signature">Parry</div>' in page


def test_html_shows_the_time_since_the_last_message(pair):
    assert render(pair, "html").count('<span class="gap">+1 min</span>') == 1


def test_markdown_has_a_heading_a_message_whatever_they_say(nasty):
    tokens = MarkdownIt("commonmark", {"html": True}).parse(render(nasty, "md"))
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h1"] + ["h2"] * len(NASTY)
    assert not {token.type for token in tokens} & {"fence", "html_block", "hr"}


MARKUP = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "b>",
            "[x]",
            "(y)",
            "!",
            "\\",
            "`",
            "```",
            "~~~",
            "#",
            "=",
            "---",
            "\n",
            " ",
            "    ",
            "- ",
            "1. ",
            "* ",
            "a",
            "|",
            "&lt;",
            "<!--",
            ":",
            "http://e",
            "***",
            "> ",
            "+",
            "\t",
            "0)",
        ]
    )
).map("".join)


@given(MARKUP)
def test_markdown_text_cannot_become_anything_that_loads_or_breaks_out(text):
    page = f"# t\n\n{_harmless(text)}\n\n## end\n"
    tokens = MarkdownIt("commonmark", {"html": True}).parse(page)
    inline = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_inline", "image", "link_open"} & set(inline)
    assert not {token.type for token in tokens} & {"html_block", "fence", "hr"}
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2"]


@pytest.mark.parametrize("fmt", ["md", "txt"])
def test_text_formats_send_nothing_to_the_terminal_but_text(nasty, fmt):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", render(nasty, fmt))


def test_txt_has_the_conversation_and_then_each_speaker_alone(pair):
    text = render(pair, "txt")
    assert re.findall(r"^\[\d\].*|^Everything.*", text, re.MULTILINE) == [
        "[1] Eliza, 06:23:55",
        "[2] Parry, 06:24:55, 1 min later",
        "Everything Eliza wrote",
        "[1]",
        "Everything Parry wrote",
        "[2]",
    ]
    assert "> Hello." not in text


def test_jsonl_has_a_line_a_message_with_the_documented_keys(nasty):
    lines = render(nasty, "jsonl").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["number"] for record in records] == list(range(1, len(NASTY) + 1))
    documented = re.findall(r"^\| ([a-z_, ]+) \|", FORMATS["jsonl"].__globals__["__doc__"], re.MULTILINE)[1:]
    assert list(records[0]) == [key for row in documented for key in row.split(", ")]


def test_jsonl_tells_own_words_from_the_whole_body(pair):
    record = json.loads(render(pair, "jsonl").splitlines()[1])
    assert (record["text"], record["signature"], record["seconds_since_last"]) == ("Why?", "Parry", 60.0)
    assert "> Hello." in record["body"]
    assert (record["sender"], record["recipients"]) == ("parry@mailsim.test", ["eliza@mailsim.test"])


def test_mbox_comes_back_byte_for_byte(nasty):
    assert list(read_mbox(render(nasty, "mbox"))) == [message.raw for message in nasty.messages]


def test_the_standard_library_reads_the_mbox(nasty, tmp_path):
    path = tmp_path / "thread.mbox"
    path.write_bytes(render(nasty, "mbox"))
    with contextlib.closing(mailbox.mbox(path, create=False)) as box:
        ids = [message["Message-ID"] for message in box]
    assert ids == [message.entry.message_id for message in nasty.messages]


LINES = st.lists(
    st.sampled_from([b"From ", b">From ", b">>From x", b"from ", b"", b"a", b" From ", b"\rFrom ", b"\xff"])
)


@given(st.lists(LINES, min_size=1))
def test_any_messages_come_back_from_an_mbox(messages):
    raws = [b"".join(line + b"\r\n" for line in lines) for lines in messages]
    quoted = (_QUOTED.sub(rb">\1", raw.replace(b"\r\n", b"\n")) for raw in raws)
    data = b"".join(b"From a@x Sat Nov 21 06:23:55 2026\n" + content + b"\n" for content in quoted)
    assert list(read_mbox(data)) == raws


def shown(transcript, **options):
    out = io.StringIO()
    for message in transcript.messages:
        show_message(Console(file=out, width=60, **options), message)
    return out.getvalue()


def test_a_terminal_gets_colour_for_the_speaker(pair):
    assert "\x1b[1;36mEliza" in shown(pair, force_terminal=True, color_system="standard", _environ={})


def test_a_pipe_gets_plain_text(pair):
    assert shown(pair) == "  1 Eliza to Parry\n    Hello.\n\n  2 Parry to eliza  +1 min\n    Why?\n\n"


def test_a_terminal_gets_no_escape_sequence_of_a_message(nasty):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown(nasty))
    assert "[bold]x[/bold] [/]" in shown(nasty)


def test_a_message_without_words_says_so(transcribe, mail):
    assert "[no words of its own]" in shown(transcribe(mail(text="> only a quote")))
