"""AUTH (RFC 4954): PLAIN and LOGIN as aiosmtpd asks for them, SCRAM-SHA-256 (RFC 7677) of our own."""

import asyncio
import base64
import binascii
import logging
import secrets
from typing import Any, NoReturn

from aiosmtpd.smtp import MISSING, SMTP, LoginPassword

from mailsim.accounts import Account, Accounts
from mailsim.errors import Rejection, TemporaryRejection
from mailsim.guard import LoginGuard
from mailsim.scram import Challenge, Malformed

log = logging.getLogger(__name__)


class Login:
    """Finds out who a client is. One for each connection, which ends after `most` wrong passwords."""

    def __init__(self, accounts: Accounts, guard: LoginGuard, most: int) -> None:
        self._accounts, self._guard, self._most = accounts, guard, most
        self._wrong = 0

    async def account(self, server: SMTP, args: list[str]) -> Account | None:
        """Who proved to be who they say. `args` are the mechanism and, if there is one, the initial response.

        None if the client gave up, which has been answered. Raises Rejection.
        """
        if args[0] == "SCRAM-SHA-256":
            return await self._scram(server, args[1:])
        if args[0] not in ("PLAIN", "LOGIN"):
            raise Rejection(504, "5.5.4", "there is AUTH PLAIN, LOGIN and SCRAM-SHA-256")
        ask = server.auth_PLAIN if args[0] == "PLAIN" else server.auth_LOGIN
        result = await ask(server, args)
        if not result.success:
            return None
        assert isinstance(result.auth_data, LoginPassword)
        return await self._with_password(server, result.auth_data)

    async def _with_password(self, server: SMTP, login: LoginPassword) -> Account:
        """Whatever is not UTF-8 is nobody's."""
        user, password = (text.decode("utf-8", "replace") for text in login)
        async with self._guard.turn(self._name(user), _host(server)):
            account = await self._accounts.verify_soon(user, password)
        return account or await self._refuse(server, user)

    async def _scram(self, server: SMTP, initial: list[str]) -> Account | None:
        try:
            first = _decoded(initial[0]) if initial else await server.challenge_auth("")
            if first is MISSING:
                return None
            challenge = Challenge.of(first, secrets.token_urlsafe(18), self._accounts.verifier)
            final = await server.challenge_auth(challenge.message)
            if final is MISSING:
                return None
            proof = challenge.judge(final)
        except Malformed as error:
            raise Rejection(501, "5.5.2", str(error)) from error
        account = self._accounts.find(challenge.user)
        if proof is None or account is None or challenge.identity not in (None, challenge.user):
            await self._refuse(server, challenge.user)
        return None if await server.challenge_auth(proof) is MISSING else account

    async def _refuse(self, server: SMTP, user: str) -> NoReturn:
        """A wrong password costs its sender time, and sooner or later the connection."""
        log.warning("%s: wrong user or password for %.100r", _host(server), user)
        penalty = self._guard.wrong(self._name(user), _host(server))
        self._wrong += 1
        await asyncio.sleep(penalty.seconds)
        if penalty.locked_out or self._wrong >= self._most:
            raise TemporaryRejection(421, "4.7.0", "too many failed logins")
        raise Rejection(535, "5.7.8", "wrong user or password")

    def _name(self, user: str) -> str:
        account = self._accounts.find(user)
        return account.name if account else ""


def _host(server: SMTP) -> str:
    assert server.session
    peer: Any = server.session.peer
    return str(peer[0])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Malformed("that is not base64") from error
