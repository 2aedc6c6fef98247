"""What wrong passwords cost: guessing gets nobody in, and locks nobody out."""

import asyncio
import contextlib
import ipaddress
from collections import OrderedDict
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailsim_common.clock import Clock

FORGET = timedelta(minutes=15)  # after the last wrong password
LONGEST = 30  # times the delay
MOST = 10_000  # pairs remembered


@dataclass(slots=True)
class _Record:
    """The wrong passwords of one pair. `turn` is held while one is being checked."""

    last: datetime
    count: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Penalty:
    """How many seconds the refusal has to wait, and whether the connection ends with it."""

    seconds: float
    locked_out: bool


class LoginGuard:
    """Counts wrong passwords for each pair of account and client address (of IPv6, the /64 network).

    Each makes the next refusal wait longer, also on another connection. A pair that had `free` of them within the last
    minutes is locked out: a wrong password then waits longest and ends its connection, and its passwords are checked
    one after the other, however many connections bring them.

    What is never refused is the right password. On one machine, or behind one router, everybody has the same address,
    so a lock-out that did refuse it would let anybody lock the owner out with a few wrong words. It would also gain
    nothing: a password here is random (`Accounts`), so that even a thousand guesses a second find none.
    """

    def __init__(self, clock: Clock, free: int, delay: float = 1.0) -> None:
        """`delay`: seconds that the first refusal waits, the second twice as long, and so on."""
        self._clock, self._free, self._delay = clock, free, delay
        self._records: OrderedDict[tuple[str, str], _Record] = OrderedDict()  # the latest failure last

    def turn(self, account: str, address: str) -> AbstractAsyncContextManager[object]:
        """To be held while a password is checked; `account` is "" for whoever is unknown."""
        record = self._records.get((account, _network(address)))
        return record.turn if record and record.count >= self._free else contextlib.nullcontext()

    def wrong(self, account: str, address: str) -> Penalty:
        """Count a wrong password; returns what it costs."""
        key, now = (account, _network(address)), self._clock.now()
        self._forget(now)
        record = self._records.setdefault(key, _Record(now))
        record.last, record.count = now, record.count + 1
        self._records.move_to_end(key)
        return Penalty(self._delay * min(record.count, LONGEST), record.count >= self._free)

    def _forget(self, now: datetime) -> None:
        while self._records:
            oldest = next(iter(self._records.values()))
            if len(self._records) < MOST and now - oldest.last <= FORGET:
                break
            self._records.popitem(last=False)


def _network(address: str) -> str:
    """One client may have all of a /64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a Unix socket has no address
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else address
