"""The ledger knows what was accepted, and never what was not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsim.spool import Accepted, Envelope, Ledger, Spool

Make = Callable[..., Envelope]
Open = Callable[[], Spool]
GIVEN = {"given_id": "<a@b>"}


async def test_an_acceptance_is_known_after_a_restart(spool: Spool, envelope: Make, open_spool: Open) -> None:
    put = envelope(**GIVEN)
    await spool.put(put, [b"x"])
    expected = Accepted(put.id, "me", "digest", frozenset(put.recipients))
    assert spool.ledger.find("<a@b>") == open_spool().ledger.find("<a@b>") == expected


async def test_it_is_known_when_the_message_has_long_been_delivered(
    spool: Spool, envelope: Make, open_spool: Open
) -> None:
    put = envelope(**GIVEN)
    await spool.put(put, [b"x"])
    spool.finish(put.id)
    await spool.settle()
    for _ in range(2):
        assert open_spool().ledger.find("<a@b>") is not None


async def test_a_line_whose_message_never_became_durable_does_not_count(
    spool: Spool, envelope: Make, open_spool: Open, tmp_path: Path
) -> None:
    put = envelope(**GIVEN)
    await spool.put(put, [b"x"])
    for file in (tmp_path / "spool/queue").iterdir():
        file.unlink()  # as after a power cut that kept the ledger's line and not the message
    assert open_spool().ledger.find("<a@b>") is None


async def test_a_waiting_message_whose_line_was_lost_is_known(
    spool: Spool, envelope: Make, open_spool: Open, tmp_path: Path
) -> None:
    await spool.put(envelope(**GIVEN), [b"x"])
    (tmp_path / "spool/accepted.log").unlink()
    assert open_spool().ledger.find("<a@b>") is not None


async def test_recipients_of_a_second_submission_are_added(spool: Spool, envelope: Make, open_spool: Open) -> None:
    first = envelope(recipients=("a@x",), **GIVEN)
    await spool.put(first, [b"x"])
    await spool.put(envelope(recipients=("b@x",), archived=True, **GIVEN), [b"x"])
    for ledger in (spool.ledger, open_spool().ledger):
        found = ledger.find("<a@b>")
        assert found
        assert (found.id, found.recipients) == (first.id, {"a@x", "b@x"})


async def test_a_second_submission_that_fails_leaves_the_first_known(spool: Spool, envelope: Make, disk: Any) -> None:
    await spool.put(envelope(recipients=("a@x",), **GIVEN), [b"x"])
    disk.error = OSError(5, "no")
    with pytest.raises(OSError):
        await spool.put(envelope(recipients=("b@x",), **GIVEN), [b"x"])
    found = spool.ledger.find("<a@b>")
    assert found
    assert found.recipients == {"a@x"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary() | st.sampled_from([b'{"done": 1}', b'{"id": "1"}', b"[" * 100_000, b"NaN", b'{"done": "1"}']))
def test_any_junk_in_the_file_is_passed_over(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "accepted.log"
    good = b'{"id": "1", "account": "me", "given_id": "<a@b>", "digest": "d", "recipients": []}'
    path.write_bytes(junk + b"\n" + good + b'\n{"done": "1"}\n')
    ledger = Ledger(path)
    ledger.load([])
    assert ledger.find("<a@b>") is not None


async def test_the_oldest_are_forgotten(
    spool: Spool, envelope: Make, open_spool: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailsim.spool.ledger.KEPT", 2)
    for number in range(3):
        put = envelope(given_id=f"<{number}@x>")
        await spool.put(put, [b"x"])
        spool.finish(put.id)
    await spool.settle()
    for ledger in (spool.ledger, open_spool().ledger):
        assert [ledger.find(f"<{number}@x>") is not None for number in range(3)] == [False, True, True]
