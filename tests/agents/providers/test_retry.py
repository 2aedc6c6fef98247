"""Patience with a busy service, and what a Retry-After means."""

import random
from collections.abc import Sequence

import pytest

from mailsim_agents.errors import ProviderRefused, ProviderUnavailable
from mailsim_agents.providers import Answer
from mailsim_agents.providers.failures import from_status, retry_after
from mailsim_agents.providers.retry import Patient

DATE = "Sat, 21 Nov 2026 06:00:00 GMT"


class Moody:
    """A provider that raises what it is given, in order, and then answers."""

    name = "moody"

    def __init__(self, errors: Sequence[Exception]) -> None:
        self.errors, self.asked = list(errors), 0

    async def answer(self, request):
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return Answer("at last", "m")

    async def verify(self): ...

    async def close(self): ...


@pytest.fixture
def patient():
    def make(*errors: Exception, retries: int = 2) -> tuple[Patient, Moody, list[float]]:
        moody, waited = Moody(errors), []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)

        return Patient(moody, retries, random.Random(1), sleep), moody, waited

    return make


async def test_a_busy_service_is_asked_again_after_a_growing_wait(patient, request_):
    provider, _, waited = patient(ProviderUnavailable("busy"), ProviderUnavailable("busy"))
    assert (await provider.answer(request_)).text == "at last"
    assert 0.5 <= waited[0] <= 1 and 1 <= waited[1] <= 2


async def test_the_last_error_goes_on(patient, request_):
    provider, moody, _ = patient(*[ProviderUnavailable("busy")] * 3)
    with pytest.raises(ProviderUnavailable):
        await provider.answer(request_)
    assert moody.asked == 3


async def test_a_refusal_is_not_tried_again(patient, request_):
    provider, moody, _ = patient(ProviderRefused("no"))
    with pytest.raises(ProviderRefused):
        await provider.answer(request_)
    assert moody.asked == 1


async def test_the_service_says_how_long_to_wait(patient, request_):
    provider, _, waited = patient(ProviderUnavailable("busy", 20))
    await provider.answer(request_)
    assert 20 <= waited[0] <= 20.5


async def test_a_long_wait_is_left_to_the_agent(patient, request_):
    provider, moody, waited = patient(ProviderUnavailable("busy", 3600))
    with pytest.raises(ProviderUnavailable):
        await provider.answer(request_)
    assert (moody.asked, waited) == (1, [])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Sat, 21 Nov 2026 06:01:00 GMT", "date": DATE}, 60),
        ({"retry-after": "Sat, 21 Nov 2026 05:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Sat, 21 Nov 2026 06:01:00 GMT"}, None),
        ({"retry-after": "soon", "date": DATE}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers, seconds):
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("body", ["", "<html>busy</html>", None, {"error": None}, {"error": ["x"]}, "plain words"])
def test_any_body_of_an_error_makes_a_sentence(body):
    error = from_status("It", 503, {}, body, key=None, source="$KEY")
    assert str(error).startswith("It cannot answer now: 503")
    assert "<" not in str(error)
