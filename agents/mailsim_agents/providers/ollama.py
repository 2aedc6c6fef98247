"""Ollama: models on one's own machine."""

import os
import random
from typing import Any, ClassVar

import httpx
import ollama

from mailsim_agents.errors import ProviderError, ProviderRefused, ProviderUnavailable
from mailsim_agents.providers import failures
from mailsim_agents.providers.base import Answer, Request
from mailsim_agents.providers.dialogue import messages, system_text, without_thinking
from mailsim_agents.providers.settings import REMOTE, LlmSettings

KEY = "OLLAMA_API_KEY"
TOP_LEVEL = frozenset({"think", "format"})  # keys of `body` that stand beside Ollama's options, not among them
# TypeError is what the SDK raises for an answer that is JSON and yet no object.
_FAILURES = (ollama.ResponseError, ConnectionError, httpx.HTTPError, ValueError, TypeError)


class Ollama:
    """Through the official `ollama` SDK; without `base_url` at $OLLAMA_HOST or http://127.0.0.1:11434."""

    name = "ollama"
    supported: ClassVar[frozenset[str]] = REMOTE | {"temperature", "top_p", "top_k", "seed", "keep_alive"}
    needs: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(self, settings: LlmSettings, rng: random.Random) -> None:
        self.settings = settings
        self._url = settings.base_url or os.environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434"
        self._key = settings.api_key(KEY)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._client = ollama.AsyncClient(self._url, timeout=settings.timeout, headers=headers | settings.headers)

    async def answer(self, request: Request) -> Answer:
        try:
            response = await self._client.chat(**self._arguments(request))
        except _FAILURES as error:
            raise self._explain(error) from error
        text = without_thinking(response.message.content or "")
        if not text:
            raise ProviderUnavailable(f"Ollama's model `{self.settings.model}` gave an empty answer")
        return Answer(text, response.model or self.settings.model, response.prompt_eval_count, response.eval_count)

    async def verify(self) -> None:
        try:
            await self._client.show(self.settings.model)
        except _FAILURES as error:
            raise self._explain(error) from error

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]  # the SDK left its types out

    def _arguments(self, request: Request) -> dict[str, Any]:
        body = self.settings.body
        arguments: dict[str, Any] = {key: value for key, value in body.items() if key in TOP_LEVEL}
        if self.settings.keep_alive is not None:
            arguments["keep_alive"] = self.settings.keep_alive
        return arguments | {
            "model": self.settings.model,
            "messages": [{"role": "system", "content": system_text(request)}, *messages(request)],
            "options": self._options(request),
        }

    def _options(self, request: Request) -> dict[str, Any]:
        settings = self.settings
        options = settings.chosen("temperature", "top_p", "top_k", "seed")
        options |= {key: value for key, value in settings.body.items() if key not in TOP_LEVEL}
        renamed = {
            "num_ctx": settings.context_length,
            "num_predict": settings.max_tokens,
            "stop": list(settings.stop) or None,
            "seed": request.seed,
        }
        return options | {key: value for key, value in renamed.items() if value is not None}

    def _explain(self, error: Exception) -> ProviderError:
        model = self.settings.model
        if isinstance(error, ollama.ResponseError):
            if error.status_code == 404:
                return ProviderRefused(f"Ollama has no model `{model}`; fetch it with: ollama pull {model}")
            # the SDK keeps the HTTP answer, and so Retry-After, only as the context of its own error
            cause = error.__context__
            headers = cause.response.headers if isinstance(cause, httpx.HTTPStatusError) else {}
            return failures.from_status(
                "Ollama", error.status_code, headers, error.error,
                key=self._key, source=self.settings.key_source(KEY),
            )  # fmt: skip
        if isinstance(error, httpx.TimeoutException):
            return ProviderUnavailable(f"Ollama gave no answer in {self.settings.timeout:g} s")
        if isinstance(error, ConnectionError | httpx.TransportError):
            return ProviderUnavailable(f"Ollama cannot be reached at {self._url}")
        return ProviderUnavailable("Ollama answered with something unreadable")
