"""Anthropic's Messages API."""

import random
from typing import Any, ClassVar

import anthropic

from mailsim_agents.errors import ProviderError, ProviderRefused, ProviderUnavailable
from mailsim_agents.providers import failures
from mailsim_agents.providers.base import Answer, Request
from mailsim_agents.providers.dialogue import messages, system_text
from mailsim_agents.providers.settings import REMOTE, LlmSettings

KEY = "ANTHROPIC_API_KEY"
DEFAULT_MAX_TOKENS = 4096  # the API demands a number; thinking counts too


class Anthropic:
    """Through the official `anthropic` SDK.

    Since version 2026-10-21 the API refuses temperature, top_p and top_k, even at their defaults, and it never had
    a seed. With `headers: {anthropic-version: "2023-06-01"}` an older model still takes them, under `body`.
    """

    name = "anthropic"
    supported: ClassVar[frozenset[str]] = REMOTE
    needs: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(self, settings: LlmSettings, rng: random.Random) -> None:
        self.settings = settings
        self._key = settings.api_key(KEY)
        if self._key is None:
            raise ProviderRefused(f"Anthropic needs an API key, and {settings.key_source(KEY)} has none")
        self._client = anthropic.AsyncAnthropic(
            api_key=self._key,
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_retries=0,
            default_headers=settings.headers,
        )

    async def answer(self, request: Request) -> Answer:
        try:
            message = await self._client.messages.create(**self._arguments(request))
        except (anthropic.AnthropicError, ValueError) as error:
            raise self._explain(error) from error
        return self._read(message)

    async def verify(self) -> None:
        """Ask for the model's description, which costs nothing."""
        try:
            await self._client.models.retrieve(self.settings.model)
        except (anthropic.AnthropicError, ValueError) as error:
            raise self._explain(error) from error

    async def close(self) -> None:
        await self._client.close()

    def _arguments(self, request: Request) -> dict[str, Any]:
        settings = self.settings
        arguments: dict[str, Any] = {
            "model": settings.model,
            "max_tokens": settings.max_tokens or DEFAULT_MAX_TOKENS,
            "system": system_text(request),
            "messages": messages(request),
            "extra_body": settings.body,
        }
        if settings.stop:
            arguments["stop_sequences"] = list(settings.stop)
        return arguments

    def _read(self, message: Any) -> Answer:
        blocks = getattr(message, "content", None)
        if not isinstance(blocks, list):
            raise ProviderUnavailable("Anthropic answered with something that is no message")
        text = "".join(block.text for block in blocks if block.type == "text").strip()
        if not text and message.stop_reason == "max_tokens":
            raise ProviderRefused("Anthropic spent `max_tokens` before the first word: raise it")
        if not text:
            raise ProviderUnavailable(f"Anthropic gave an empty answer (stop reason: {message.stop_reason})")
        usage = message.usage
        counted = (usage.input_tokens, usage.output_tokens) if usage else (None, None)
        return Answer(text, message.model or self.settings.model, *counted)

    def _explain(self, error: Exception) -> ProviderError:
        if isinstance(error, anthropic.APIStatusError):
            if error.status_code == 404:
                return ProviderRefused(f"Anthropic knows no model `{self.settings.model}` (404)")
            return failures.from_status(
                "Anthropic", error.status_code, error.response.headers, error.body,
                key=self._key, source=self.settings.key_source(KEY),
            )  # fmt: skip
        if isinstance(error, anthropic.APITimeoutError):
            return ProviderUnavailable(f"Anthropic gave no answer in {self.settings.timeout:g} s")
        if isinstance(error, anthropic.APIConnectionError):
            return ProviderUnavailable(f"Anthropic cannot be reached at {self._client.base_url}")
        return ProviderUnavailable("Anthropic answered with something unreadable")
