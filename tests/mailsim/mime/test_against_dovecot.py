"""The same messages in a Maildir, asked of Dovecot 2.3 and of ours: every answer must be the same.

Where Dovecot gives up on broken input and we read on (an address list parted by semicolons, a parameter value with a
slash and no quotes), or where it leaves RFC 2046 (the line end before a delimiter), no message is here.
"""

import imaplib
import os
import pwd
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailsim.mime import bodystructure, envelope, parse, section

IMAP = shutil.which("imap", path="/usr/lib/dovecot:/usr/libexec/dovecot")
DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
VERSION = subprocess.check_output([DOVECOT, "--version"], text=True).split()[0] if DOVECOT else "none"
pytestmark = pytest.mark.skipif(
    IMAP is None or not VERSION.startswith("2.3."),
    reason=f"needs the imap process of Dovecot 2.3 (Dovecot found: {VERSION})",
)

SECTIONS = """
HEADER; TEXT; HEADER.FIELDS (SUBJECT FROM CONTENT-TYPE); HEADER.FIELDS.NOT (SUBJECT); 1; 1.MIME; 1.HEADER; 1.TEXT; 1.2;
2; 2.MIME; 2.HEADER; 2.TEXT; 2.HEADER.FIELDS (SUBJECT); 2.HEADER.FIELDS.NOT (SUBJECT); 2.2; 2.2.MIME; 3; 3.MIME; 4
"""
MESSAGES = {
    "plain": "Subject: x\nFrom: a <a@b>\n\nhello\n",
    "empty header": "\nbody\n",
    "no header": "just a body line\nand more\n",
    "no blank line": "Subject: x\nFrom: a@b\n",
    "no final line end": "Subject: x\n\nbody",
    "folds": "Subject: a\n  b\n\tc\nFrom: x\n  <a@b>,\n\tc@d\nIn-Reply-To: <a>\n\t<b>\n\n",
    "repeated fields": "Subject: 1\nSubject: 2\nFrom: a@b\nFrom: c@d\nMessage-ID: <1>\nMessage-ID: <2>\n\n",
    "odd white space": "Subject :  x  \nFrom : a@b\nTo:\ta@b\nNoColonLine\nDate: \t d \t\nCc: c@d\n\n",
    "eight bits": "Subject: wörld\nFrom: Ü <ü@x>\nContent-Type: text/plain; charset=ü\n\nÿ",
    "quotes": 'Subject: "a" \\ "b" "c"\nFrom: "a \\"b" <"q r"@s>, "John Doe", "" <e@f>, "q\\\\q"@x\n\n',
    "groups": 'From: G1: a@b, C <c@d>; , z@z, G2:;\nTo: u:;\nCc: "G x": a@b;\nBcc: g: a@b\n\n',
    "routes": "From: <@a:b@c>\nTo: X <@a, @b : c@d>\nCc: <@a:>\n\n",
    "comments": "From: (c) p@q (Comment)\nTo: A (c1) B <a@b> (c2)\nCc: a(c)@(d)b(e)\nBcc: (x (y) z) a@b\n\n",
    "odd addresses": "From: a@[1.2.3.4]\nTo: foo\nCc: foo bar, <only@x>, <nohost>, <>\nBcc: @b\n\n",
    "encoded words": "Subject: =?utf-8?q?=C3=B6?=\nFrom: =?utf-8?b?YQ==?=\n  =?utf-8?b?YQ==?= <a@b>\n\n",
    "content fields": (
        'Content-Type: text/plain; charset=utf-8 (comment); x="a;b"\n'
        "Content-Transfer-Encoding: Quoted-Printable (foo)\nContent-ID: <x>\nContent-Description: a  b\n"
        'Content-MD5: abc\nContent-Language: en, de\nContent-Disposition: attachment; filename="a b"\n'
        "Content-Location: http://x\n\nx"
    ),
    "case is kept": "Content-Type: TEXT/Html; CharSet=UTF-8\n\n",
    "type only": "Content-Type: text\n\n",
    "parameter without value": "Content-Type: text/html; charset\n\n",
    "unquoted words": "Content-Type: text/html; name=a b c; charset=x\n\n",
    "unquoted encoded word": "Content-Type: text/html; name==?utf-8?q?a_b?=; charset=x\n\n",
    "folded quotes": 'Content-Type: text/html;\n\tname="a\n\tb"; charset=""\n\n',
    "continuations": "Content-Type: a/x; f*1=b; f*0=a; z=1\nContent-Disposition: b; F*0*=u''a%20; f*1=\"b%c\"\n\n",
    "late charset": "Content-Type: a/x; f*0=a; f*1*=b%20\nContent-Disposition: attachment; f*=u''x\n\n",
    "missing continuation": "Content-Type: a/x; f*0=a; f*2=c\nContent-Disposition: attachment; f*1=b\n\n",
    "multipart": (
        "Content-Type: multipart/mixed; boundary=a\n\npre\n--a\n\none\n--a\nContent-Type: text/html\n\n<p>\n\n"
        "--a--\nepi\n"
    ),
    "never closed": "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo",
    "no parts": "Content-Type: multipart/mixed; boundary=a\n\nnothing\n",
    "closed at once": "Content-Type: multipart/mixed; boundary=a\n\nnothing\n--a--\nepi\n",
    "no boundary": "Content-Type: multipart/mixed\n\n--a\n\none\n--a--\n",
    "empty parts": "Content-Type: multipart/mixed; boundary=a\n\n--a\n--a\n\nx\n--a\n\n--a--\n",
    "header-only part": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n\nx\n--a--\n"
    ),
    "empty body": "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n--a\n\n\n--a--\n",
    "no blank line before the first part": "Content-Type: multipart/mixed; boundary=a\n--a\n\none\n--a--\n",
    "longer inner boundary": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=ab\n\n"
        "--ab\n\n1\n--ab\n\n2\n--ab--\nepilogue\n--a\n\nout\n--a--\n"
    ),
    "longer outer boundary": (
        "Content-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/x; boundary=a\n\n--a\n\n1\n"
        "--a\n\n2\n--a--\nepilogue\n--ab\n\nout\n--ab--\n"
    ),
    "boundary with dashes": 'Content-Type: multipart/mixed; boundary="a--"\n\n--a--\n\nx\n--a----\n',
    "line longer than the boundary": "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--abc\n\ny\n--a--\n",
    "white space behind the boundary": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a  \n\nx\n--a \t\n\ny\n--a--  \n"
    ),
    "inner multipart never closed": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/x; boundary=b\n\n--b\n\n1\n"
        "--a\n\n2\n--a--\n"
    ),
    "delimiter in the epilogue": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\nepi\n--a\n\ntwo\n--a--\n"
    ),
    "message": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\nContent-Type: message/rfc822\n\n"
        "Subject: in\nFrom: a@b\n\nbody\n\n--a--\n"
    ),
    "message in a message": (
        "Content-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=q\n\n--q\n\nx\n--q\n"
        "Content-Type: message/rfc822\n\nSubject: in in\n\nbody\n--q--\nepi"
    ),
    "empty message": "Content-Type: message/rfc822\n\n",
    "message without a header": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\n\nbody\n--a--\n"
    ),
    "digest": (
        "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: d1\nFrom: a@b\n\nb1\n--a\n"
        "Content-Type: text/plain\n\nt\n--a\n\n\nno header\n--a--\n"
    ),
    "extended multipart": (
        "Content-Type: multipart/mixed; boundary=a\nContent-Disposition: inline; x=y\nContent-Language: en\n"
        "Content-Location: loc\n\n--a\n\nx\n--a--"
    ),
    "a NUL": 'Subject: a\x00b\nFrom: "x\x00y" <a@b>\n\nx\x00y\n',
    "a bare CR": "Subject: a\rb\nFrom: a@b\n\nx\ry\n",
    "too deep": "Content-Type: message/rfc822\n\n" * 120,
}


def built(random_: random.Random, depth: int = 0) -> list[str]:
    """A message or part of random structure, as lines, each multipart with a boundary of its own length."""
    kind = random_.choice(["text", "text", "multipart", "message", "application"]) if depth < 4 else "text"
    fields = random_.sample(
        ["Subject: s", "From: A B <a@b>, c@d", "Content-ID: <i>", "Content-Language: en", "X-Y: z"], 3
    )
    if kind == "multipart":
        boundary = "b" * random_.randint(1, 3) + str(depth)
        lines = [*fields, f'Content-Type: multipart/x; boundary="{boundary}"', "", "preamble"]
        for _ in range(random_.randint(1, 3)):
            lines += ["--" + boundary, *built(random_, depth + 1)]
        return [*lines, f"--{boundary}--", "epilogue"]
    if kind == "message":
        return [*fields, "Content-Type: message/rfc822", "", *built(random_, depth + 1)]
    return [*fields, f"Content-Type: {kind}/x; name=n", "", *["line"] * random_.randint(1, 3)]


MESSAGES |= {f"random {seed}": "\n".join(built(random.Random(seed))) for seed in range(40)}


def content(name: str) -> bytes:
    return MESSAGES[name].replace("\n", "\r\n").encode("latin-1")


@pytest.fixture(scope="module")
def dovecot() -> Iterator[imaplib.IMAP4]:
    """A session with Dovecot's IMAP process over pipes: no port, no daemon, no login.

    It refuses to serve root, and its user must be able to walk the path, so that pytest's private tmp_path is no place.
    """
    owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        for part in ("cur", "new", "tmp"):
            (home / "Maildir" / part).mkdir(parents=True)
        for number, name in enumerate(MESSAGES, 1):
            (home / f"Maildir/cur/{number:04}.M1P1.test:2,").write_bytes(content(name))
        (home / "dovecot.conf").write_text(
            f"base_dir={home}\nmail_location=maildir:{home}/Maildir\nlog_path={home}/log\nssl=no\nfirst_valid_uid=1\n"
            f"first_valid_gid=1\nmail_uid={owner.pw_uid}\nmail_gid={owner.pw_gid}\nstats_writer_socket_path=\n"
        )
        for path in [home, *home.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)
        command = f"HOME={home} USER={owner.pw_name} exec {IMAP} -c {home}/dovecot.conf 2>/dev/null"
        with imaplib.IMAP4_stream(command) as session:
            session.select("INBOX", readonly=True)
            yield session


Ask = Callable[[str, str], Any]


@pytest.fixture
def ask(dovecot: imaplib.IMAP4, read_wire: Callable[[bytes], Any]) -> Ask:
    """A function from a message's name and a FETCH item to Dovecot's answer, read."""

    def fetch(name: str, item: str) -> Any:
        number = list(MESSAGES).index(name) + 1
        _, pieces = dovecot.fetch(str(number), f"({item})")
        wire = b"".join(b"\r\n".join(piece) if isinstance(piece, tuple) else piece for piece in pieces)
        answer = re.sub(rb"^\d+ \([A-Z]+(\[[^\]]*\])? ", b"", wire)
        return read_wire(answer.removesuffix(b")"))

    return fetch


@pytest.mark.parametrize("name", MESSAGES)
def test_envelope(name: str, ask: Ask, read_wire: Callable[[bytes], Any]) -> None:
    assert read_wire(envelope(parse(content(name)))) == ask(name, "ENVELOPE")


@pytest.mark.parametrize("extended", [False, True], ids=["BODY", "BODYSTRUCTURE"])
@pytest.mark.parametrize("name", MESSAGES)
def test_structure(name: str, extended: bool, ask: Ask, read_wire: Callable[[bytes], Any]) -> None:
    ours = read_wire(bodystructure(parse(content(name)), extended))
    assert ours == ask(name, "BODYSTRUCTURE" if extended else "BODY")


@pytest.mark.parametrize("name", MESSAGES)
def test_sections(name: str, ask: Ask) -> None:
    data = content(name)
    root = parse(data)
    for wanted in SECTIONS.replace("\n", " ").split(";"):
        match = re.fullmatch(r"((?:\d+\.?)*)([A-Z.]*)(?: \((.*)\))?", wanted.strip())
        assert match
        path = tuple(int(number) for number in match[1].strip(".").split(".") if number)
        ours = section(data, root, path, match[2], (match[3] or "").encode().split())
        assert (ours or b"") == ask(name, f"BODY.PEEK[{wanted.strip()}]"), wanted
