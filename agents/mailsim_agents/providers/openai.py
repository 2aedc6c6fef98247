"""OpenAI's chat completions, and any server that speaks them: vLLM, llama.cpp, proxies (`base_url`)."""

import random
from typing import Any, ClassVar

import openai

from mailsim_agents.errors import ProviderError, ProviderRefused, ProviderUnavailable
from mailsim_agents.providers import failures
from mailsim_agents.providers.base import Answer, Request
from mailsim_agents.providers.dialogue import messages, system_text, without_thinking
from mailsim_agents.providers.settings import REMOTE, LlmSettings

KEY = "OPENAI_API_KEY"


class OpenAI:
    """Through the official `openai` SDK. `top_k` is not OpenAI's; servers that know it take it under `body`."""

    name = "openai"
    title: ClassVar[str] = "OpenAI"
    default_url: ClassVar[str | None] = None
    supported: ClassVar[frozenset[str]] = REMOTE | {"temperature", "top_p", "seed"}
    needs: ClassVar[frozenset[str]] = frozenset({"model"})

    def __init__(self, settings: LlmSettings, rng: random.Random) -> None:
        self.settings = settings
        self._url = settings.base_url or self.default_url
        self._key = settings.api_key(KEY)
        if self._key is None and self._url is None:
            raise ProviderRefused(f"{self.title} needs an API key, and {settings.key_source(KEY)} has none")
        self._client = openai.AsyncOpenAI(
            api_key=self._key or "none",  # the SDK insists on one; a local server ignores it
            base_url=self._url,
            timeout=settings.timeout,
            max_retries=0,
            default_headers=settings.headers,
        )

    async def answer(self, request: Request) -> Answer:
        try:
            completion = await self._client.chat.completions.create(**self._arguments(request))
        except (openai.OpenAIError, ValueError) as error:
            raise self._explain(error) from error
        return self._read(completion)

    async def verify(self) -> None:
        """Ask for the list of models, which costs nothing."""
        try:
            known = [model.id async for model in self._client.models.list()]
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            raise self._explain(error) from error
        self._check(known)

    async def close(self) -> None:
        await self._client.close()

    def _check(self, known: list[str]) -> None:
        if self._url is None and self.settings.model not in known:
            raise ProviderRefused(f"{self.title} has no model `{self.settings.model}` for this key")

    def _arguments(self, request: Request) -> dict[str, Any]:
        settings = self.settings
        arguments = settings.chosen("temperature", "top_p", "seed") | {
            "model": settings.model,
            "messages": [{"role": "system", "content": system_text(request)}, *messages(request)],
            "extra_body": settings.body,
        }
        if settings.stop:
            arguments["stop"] = list(settings.stop)
        if settings.max_tokens:  # OpenAI's newer models refuse the old name, other servers know no other
            name = "max_tokens" if self._url else "max_completion_tokens"
            arguments[name] = settings.max_tokens
        if request.seed is not None:
            arguments["seed"] = request.seed
        return arguments

    def _read(self, completion: Any) -> Answer:
        choices = getattr(completion, "choices", None)
        if not choices or choices[0].message is None:
            raise ProviderUnavailable(f"{self.title} answered with something that is no chat completion")
        text = without_thinking(choices[0].message.content or "")
        if not text and choices[0].finish_reason == "length":
            raise ProviderRefused(f"{self.title} spent `max_tokens` before its first word: raise it")
        if not text:
            raise ProviderUnavailable(f"{self.title} gave an empty answer")
        usage = completion.usage
        counted = (usage.prompt_tokens, usage.completion_tokens) if usage else (None, None)
        return Answer(text, completion.model or self.settings.model, *counted)

    def _explain(self, error: Exception) -> ProviderError:
        if isinstance(error, openai.APIStatusError):
            if error.status_code == 404 and self.settings.model:
                return ProviderRefused(f"{self.title} knows no model `{self.settings.model}` (404)")
            return failures.from_status(
                self.title, error.status_code, error.response.headers, error.body,
                key=self._key, source=self.settings.key_source(KEY),
            )  # fmt: skip
        if isinstance(error, openai.APITimeoutError):
            return ProviderUnavailable(f"{self.title} gave no answer in {self.settings.timeout:g} s")
        if isinstance(error, openai.APIConnectionError):
            return ProviderUnavailable(f"{self.title} cannot be reached at {self._client.base_url}")
        return ProviderUnavailable(f"{self.title} answered with something unreadable")
