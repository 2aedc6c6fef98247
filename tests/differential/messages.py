"""The messages that both servers are asked about: every oddity of RFC 2045 to 2231 and 5322 that we know of.

Where Dovecot gives up on broken input and we read on (an address list parted by semicolons, a parameter value with a
slash and no quotes), or where it leaves RFC 2046 (the line end before a delimiter), no message is here.
"""

import random

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

TEXTS = {
    "plain ascii": "Subject: Dinner\nFrom: A <a@b>\nTo: me@x\nDate: Mon, 7 Feb 1994 21:52:25 -0800\n\nwho cooks\n",
    "latin-1": "Subject: =?iso-8859-1?q?=DCbung?=\nContent-Type: text/plain; charset=iso-8859-1\n\n\xfcbung\n",
    "utf-8 in base64": (
        "Subject: =?utf-8?b?w5xidW5n?= two\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: base64\n\nw5xidW5nIG1hY2h0IGRlbiBNZWlzdGVy\n"
    ),
    "quoted-printable": (
        "Subject: qp\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "<p>soft=\nbreak =C3=BCbung</p>\n"
    ),
    "needle in an attachment's name": (
        "Subject: attached\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/plain\n\nsee it\n"
        '--q\nContent-Type: application/pdf; name="needle.pdf"\nContent-Transfer-Encoding: base64\n\nAAEC/w==\n--q--\n'
    ),
    "needle in a message inside": (
        "Subject: forwarded\nContent-Type: message/rfc822\n\nSubject: needle inside\nFrom: deep@x\n\nneedle body\n"
    ),
    "no date": "Subject: undated\nFrom: b@b\nTo: you@x\nCc: me@x\n\nneedle\n",
    "no zone": "Subject: Zulu\nDate: Tue, 8 Feb 1994 01:00:00\nFrom: c@c\n\nx\n",
    "short year": "Subject: short\nDate: 9 Feb 94 01:00 GMT\nFrom: d@d\n\nx\n",
    "month without sense": "Subject: nonsense\nDate: Mon, 32 Foo 1994 25:61:00 +0000\nFrom: e@e\n\nx\n",
    "named zone": "Subject: named zone\nDate: Wed, 9 Feb 1994 23:30:00 EST\nFrom: f@f\n\nx\n",
    "comment in the date": "Subject: commented\nDate: Thu, 10 Feb 1994 12:00:00 +0100 (CET)\nFrom: g@g\n\nx\n",
    "far east": "Subject: re: Fwd: Dinner\nDate: 10 Feb 1994 00:30:00 +1400\nFrom: =?utf-8?q?=C3=84nne?= <z@z>\n\nx\n",
    "list tag": 'Subject: [list] Re: dinner (fwd)\nFrom: "Zoë" <m@m>, n@n\nDate: 11 Feb 1994 12:00:00 +0000\n\nx\n',
    "empty subject": "Subject:\nFrom: o@o\nDate: Sat, 12 Feb 1994 12:00:00 +0000\n\nx\n",
    "two subjects": "Subject: first one\nSubject: second one\nFrom: p@p\nDate: Sun, 13 Feb 1994 12:00:00 +0000\n\nx\n",
    "group": "Subject: to a group\nTo: friends: q@q, r@r;\nBcc: hidden@x\nFrom: s@s\nX-Empty:\nX-Tag: a needle\n\nx\n",
}

THREADS = {
    "root": "Subject: Weather\nMessage-ID: <1@t>\nDate: 1 Jan 2024 10:00:00 +0000\n\nx\n",
    "answer": (
        "Subject: Re: Weather\nMessage-ID: <2@t>\nReferences: <1@t>\nIn-Reply-To: <1@t>\n"
        "Date: 1 Jan 2024 11:00:00 +0000\n\nx\n"
    ),
    "answer to the answer": (
        "Subject: Re: Weather\nMessage-ID: <3@t>\nReferences: <1@t>\n <2@t>\nDate: 1 Jan 2024 12:00:00 +0000\n\nx\n"
    ),
    "second answer": (
        "Subject: Re: Weather\nMessage-ID: <4@t>\nReferences: <1@t>\nDate: 1 Jan 2024 11:30:00 +0000\n\nx\n"
    ),
    "by In-Reply-To alone": (
        "Subject: other words\nMessage-ID: <5@t>\nIn-Reply-To: <2@t> of yesterday\n"
        "Date: 1 Jan 2024 13:00:00 +0000\n\nx\n"
    ),
    "child of a missing parent": (
        "Subject: Lost\nMessage-ID: <7@t>\nReferences: <6@t>\nDate: Tue, 2 Jan 2024 10:00:00 +0000\n\nx\n"
    ),
    "sibling under the missing parent": (
        "Subject: Lost too\nMessage-ID: <8@t>\nReferences: <6@t>\nDate: Tue, 2 Jan 2024 11:00:00 +0000\n\nx\n"
    ),
    "same subject, no references": (
        "Subject: Re: [list] weather\nMessage-ID: <9@t>\nDate: Wed, 3 Jan 2024 10:00:00 +0000\n\nx\n"
    ),
    "no message id": "Subject: alone\nDate: Thu, 4 Jan 2024 10:00:00 +0000\n\nx\n",
    "double message id": "Subject: twin\nMessage-ID: <1@t>\nDate: Fri, 5 Jan 2024 10:00:00 +0000\n\nx\n",
    "loop one way": "Subject: loop\nMessage-ID: <a@l>\nReferences: <b@l>\nDate: 6 Jan 2024 10:00:00 +0000\n\nx\n",
    "loop the other": "Subject: loop\nMessage-ID: <b@l>\nReferences: <a@l>\nDate: 6 Jan 2024 11:00:00 +0000\n\nx\n",
    "its own parent": "Subject: self\nMessage-ID: <s@l>\nReferences: <s@l>\nDate: 7 Jan 2024 10:00:00 +0000\n\nx\n",
    "broken references": (
        "Subject: broken\nMessage-ID: <x@t>\nReferences: no id here <1@t\nDate: Mon, 8 Jan 2024 10:00:00 +0000\n\nx\n"
    ),
    "earlier than its parent": (
        "Subject: Re: Weather\nMessage-ID: <10@t>\nReferences: <1@t> <4@t>\nDate: 31 Dec 2023 10:00:00 +0000\n\nx\n"
    ),
    "undated": "Subject: Re: lost\nMessage-ID: <11@t>\nReferences: <6@t> <7@t>\n\nx\n",
}
