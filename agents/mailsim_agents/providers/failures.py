"""What a service's HTTP error means to an agent: try again later, or ask a person."""

import email.utils
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mailsim_agents.errors import ProviderError, ProviderRefused, ProviderUnavailable

_LONGEST = 300  # characters of a service's own words worth showing
_TEMPORARY = frozenset({408, 409, 425, 429})


def from_status(
    service: str, status: int, headers: Mapping[str, str], body: object, *, key: str | None, source: str
) -> ProviderError:
    """The error for an HTTP `status` >= 400 of `service`.

    `body` is the answer's text or decoded JSON. `key` is blotted out of it, since some services quote it back;
    `source` says in words where the key came from.
    """
    if status in (401, 403):
        return ProviderRefused(f"{service} refuses the API key from {source} ({status}): check it")
    words = f"{status} {_words(body, key)}".strip()
    if status in _TEMPORARY or status >= 500:
        return ProviderUnavailable(f"{service} cannot answer now: {words}", retry_after(headers))
    return ProviderRefused(f"{service} refuses the request: {words}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of the Retry-After header (RFC 9110 section 10.2.3), a number or a date; None without a usable one.

    A date is read against the answer's own Date header, so that a wrong clock on this machine does not matter.
    """
    value = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value)) if value[:1].isdigit() else max(0.0, _until(value, headers))
    except (ValueError, TypeError, OverflowError):
        return None


def _until(value: str, headers: Mapping[str, str]) -> float:
    then = email.utils.parsedate_to_datetime(value)
    now = email.utils.parsedate_to_datetime(headers["date"]) if "date" in headers else None
    if now is None:
        raise ValueError("a date to wait for, and none to count from")
    return (_aware(then) - _aware(now)).total_seconds()


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _words(body: object, key: str | None) -> str:
    """The service's own explanation on one line; OpenAI, Anthropic and Ollama each nest it differently."""
    text = " ".join(str(_message(body)).split())
    if key:
        text = text.replace(key, "[key]")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _message(body: Any) -> Any:
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return "" if body.lstrip().startswith("<") else body
    while isinstance(body, dict):
        body = body.get("error") or body.get("message") or ""
    return body or ""
