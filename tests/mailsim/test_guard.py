"""The price of wrong passwords."""

import asyncio
from datetime import UTC, datetime, timedelta

from mailsim.guard import FORGET, LONGEST, MOST, LoginGuard

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def guard(clock: Clock | None = None, free: int = 3) -> LoginGuard:
    return LoginGuard(clock or Clock(), free, delay=1.0)


def test_each_wrong_password_costs_more_than_the_one_before():
    door = guard()
    assert [door.wrong("me", HERE).seconds for _ in range(4)] == [1, 2, 3, 4]


def test_the_delay_has_an_end():
    door = guard()
    for _ in range(2 * LONGEST):
        penalty = door.wrong("me", HERE)
    assert penalty.seconds == LONGEST


def test_a_pair_is_locked_out_after_its_free_tries():
    door = guard(free=3)
    assert [door.wrong("me", HERE).locked_out for _ in range(4)] == [False, False, True, True]


def test_neither_another_address_nor_another_account_pays_for_it():
    door = guard(free=1)
    assert door.wrong("me", HERE).locked_out
    assert door.wrong("me", THERE).seconds == 1
    assert door.wrong("you", HERE).seconds == 1


def test_an_ipv6_network_is_one_address():
    door = guard()
    assert door.wrong("me", "2001:db8::1").seconds == 1
    assert door.wrong("me", "2001:db8::ffff:2%eth0").seconds == 2
    assert door.wrong("me", "2001:db8:0:1::1").seconds == 1


def test_it_forgets_after_a_while():
    clock = Clock()
    door = guard(clock)
    door.wrong("me", HERE)
    clock.time += FORGET + timedelta(seconds=1)
    door.wrong("you", HERE)
    assert door.wrong("me", HERE).seconds == 1


def test_a_single_pair_is_forgotten_too():
    clock = Clock()
    door = guard(clock)
    door.wrong("me", HERE)
    clock.time += FORGET + timedelta(seconds=1)
    assert door.wrong("me", HERE).seconds == 1


def test_it_remembers_no_more_than_it_has_room_for():
    door = guard()
    door.wrong("first", HERE)
    for number in range(MOST):
        door.wrong("me", str(number))
    assert door.wrong("first", HERE).seconds == 1


async def test_passwords_of_a_locked_out_pair_are_checked_one_after_the_other():
    door = guard(free=1)
    door.wrong("me", HERE)
    under_way = []

    async def check() -> None:
        async with door.turn("me", HERE):
            under_way.append(1)
            assert len(under_way) == 1
            await asyncio.sleep(0)
            under_way.pop()

    await asyncio.gather(*(check() for _ in range(5)))


async def test_others_do_not_wait_for_their_turn():
    door = guard(free=1)
    door.wrong("me", HERE)
    async with door.turn("me", HERE), door.turn("me", THERE), door.turn("you", HERE):
        pass
