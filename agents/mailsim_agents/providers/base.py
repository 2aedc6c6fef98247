"""What an agent asks of a language model, whoever serves it: one Request, one Answer, one small Protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation: who said it, its plain text, and whether the answering persona wrote it."""

    speaker: str
    text: str
    own: bool


@dataclass(frozen=True, slots=True)
class Request:
    """Everything an answer may depend on: instructions, the conversation (oldest first), its subject, and a seed.

    `turns` is empty where the persona writes first; `seed` wins over the one in the settings.
    """

    system: str
    turns: Sequence[Turn]
    subject: str
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of one mail, the model that wrote it as the service names it, and the tokens it counted."""

    text: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None


class Provider(Protocol):
    """One service that answers as a persona.

    A provider keeps nothing between two calls: whatever it must know of the conversation is in the request. So an
    agent may be killed and started again at any moment, and a provider may serve any number of personas at once.
    """

    name: str

    async def answer(self, request: Request) -> Answer:
        """Write the next mail; its text is never empty.

        Raises ProviderUnavailable where a later try may succeed (rate limit, overload, network), with the seconds
        the service asked for in `retry_after`; raises ProviderRefused where only a person can mend it (key, model).
        """
        ...

    async def verify(self) -> None:
        """Find out, without paying for an answer, whether the service can be used; raises as `answer` does."""
        ...

    async def close(self) -> None:
        """Give back connections; the provider is not used afterwards."""
        ...
