"""Lengths of time as people read them."""

from datetime import timedelta

import pytest

from mailsim.archive.times import span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 ms"),
        (0.04, "40 ms"),
        (0.42, "0.4 s"),
        (9.97, "10 s"),
        (59.6, "1 min"),
        (3599, "1 h"),
        (7500, "2 h 5 min"),
        (100800, "1 d 4 h"),
    ],
)
def test_a_span_shows_its_largest_units(seconds, text):
    assert span(timedelta(seconds=seconds)) == text
