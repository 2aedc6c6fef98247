"""The envelope's one line of JSON."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.spool import Envelope

ENVELOPES = st.builds(
    Envelope,
    recipients=st.lists(st.text()).map(tuple),
    received=st.datetimes(timezones=st.just(UTC)),
    archived=st.booleans(),
    **{name: st.text() for name in ("id", "account", "sender", "message_id", "thread_id", "given_id", "digest")},
)


@given(ENVELOPES)
def test_it_is_one_line_and_comes_back_the_same(envelope: Envelope) -> None:
    assert len(envelope.to_json().encode().splitlines()) == 1
    assert Envelope.from_json(envelope.to_json()) == envelope


@given(st.text() | st.binary() | st.recursive(st.integers() | st.text(), st.lists).map(repr))
def test_anything_else_is_a_value_error(line: str | bytes) -> None:
    with pytest.raises(ValueError):
        Envelope.from_json(line)


@pytest.mark.parametrize(
    ("field", "value"), [("recipients", '"a"'), ("received", "1"), ("received", '"2026-01-01"'), ("thread_id", "[]")]
)
def test_a_field_of_the_wrong_type_is_a_value_error(field: str, value: str) -> None:
    good = Envelope("1", "me", "a", (), "<m>", "t", datetime(2026, 1, 1, tzinfo=UTC), "<m>", "d").to_json()
    import json

    with pytest.raises(ValueError):
        Envelope.from_json(json.dumps(json.loads(good) | {field: json.loads(value)}))
