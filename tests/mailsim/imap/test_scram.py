"""AUTHENTICATE SCRAM-SHA-256 over the socket."""

import base64

import pytest

from mailsim.accounts import Accounts
from mailsim.config import Limits
from tests.scram import Scram


async def begin(client, scram: Scram) -> str:
    """Returns the server's challenge."""
    client.send(f"a AUTHENTICATE SCRAM-SHA-256 {scram.first}")
    line = await client.line()
    assert line.startswith("+ ")
    return line[2:]


@pytest.fixture
def scram(office) -> Scram:
    return Scram("me", office.accounts.password("me"))


async def test_it_is_offered(connect):
    assert " AUTH=SCRAM-SHA-256" in (await (await connect()).ask("CAPABILITY"))[0]


async def test_both_sides_prove_that_they_know_the_password(connect, scram):
    client = await connect()
    client.send(scram.final(await begin(client, scram)))
    assert await client.line() == f"+ {scram.expected}"
    await client.talk("C: \nS: a OK [CAPABILITY …] welcome")
    assert (await client.ask("SELECT INBOX"))[-1].startswith("OK")


async def test_without_an_initial_response(connect, scram):
    client = await connect()
    await client.talk("C: a AUTHENTICATE SCRAM-SHA-256\nS: +…")
    client.send(scram.first)
    client.send(scram.final((await client.line())[2:]))
    assert (await client.line())[2:] == scram.expected
    await client.talk("C: \nS: a OK …")


async def test_the_address_is_a_user_name_too_and_may_be_named_as_identity(connect, office):
    scram = Scram("me@mailsim.test", office.accounts.password("me"), "y,a=me@mailsim.test,")
    client = await connect()
    client.send(scram.final(await begin(client, scram)))
    assert await client.line() == f"+ {scram.expected}"
    await client.talk("C: \nS: a OK …")


@pytest.mark.parametrize("user", ["me", "nobody"])
async def test_a_wrong_password_and_an_unknown_user_look_the_same(connect, user):
    client, scram = await connect(), Scram(user, "wrong")
    client.send(scram.final(await begin(client, scram)))
    assert await client.line() == "a NO [AUTHENTICATIONFAILED] wrong user or password"


async def test_an_unknown_user_is_asked_with_the_same_salt_each_time(connect):
    client = await connect()
    salts = set()
    for _ in range(2):
        salts.add(base64.b64decode(await begin(client, Scram("nobody", "x"))).split(b",")[1])
        await client.talk("C: *\nS: a BAD cancelled")
    assert len(salts) == 1


async def test_two_challenges_are_never_the_same(connect, scram):
    client = await connect()
    first = await begin(client, scram)
    await client.talk("C: *\nS: a BAD cancelled")
    assert await begin(client, scram) != first


async def test_a_replayed_answer_is_refused(connect, scram):
    client, thief = await connect(), await connect()
    answer = scram.final(await begin(client, scram))
    await begin(thief, scram)
    thief.send(answer)
    assert (await thief.line()).startswith("a BAD")


async def test_nobody_logs_in_for_somebody_else(connect, office):
    scram = Scram("me", office.accounts.password("me"), "n,a=you,")
    client = await connect()
    client.send(f"a AUTHENTICATE SCRAM-SHA-256 {scram.first}")
    assert (await client.line()).startswith("a NO [AUTHORIZATIONFAILED]")


async def test_channel_binding_is_not_offered(connect):
    assert "PLUS" not in (await (await connect()).ask("CAPABILITY"))[0]
    client, scram = await connect(), Scram("me", "x", "p=tls-unique,,")
    client.send(f"a AUTHENTICATE SCRAM-SHA-256 {scram.first}")
    assert (await client.line()).startswith("a BAD")


async def test_an_answer_after_the_proof_is_refused(connect, scram):
    client = await connect()
    client.send(scram.final(await begin(client, scram)))
    await client.line()
    await client.talk("C: eA==\nS: a BAD …")
    assert (await client.ask("SELECT INBOX"))[-1].startswith("BAD")


class TestFailures:
    @pytest.fixture
    def limits(self):
        return Limits(failed_logins=2)

    async def test_they_count_as_wrong_passwords(self, connect):
        client = await connect()
        for _ in range(2):
            scram = Scram("me", "wrong")
            client.send(scram.final(await begin(client, scram)))
            said = await client.line()
        assert said == "* BYE too many wrong passwords"


async def test_a_verified_login_costs_no_hashing_and_a_changed_password_is_not_remembered(office, monkeypatch):
    accounts: Accounts = office.accounts
    password = accounts.password("me")
    assert await accounts.verify_soon("me", password)
    hashed = []
    monkeypatch.setattr("mailsim.accounts.Verifier.accepts", lambda self, text: hashed.append(text) or False)
    assert await accounts.verify_soon("me", password)
    assert not hashed
    passwd = next(iter(accounts._state.glob("passwd")))
    passwd.write_text(passwd.read_text() + "\n")
    assert await accounts.verify_soon("me", password) is None
    assert hashed == [password]
