"""What an agent asks of its provider: who it is, how mail is written, and what has been said."""

from dataclasses import dataclass

from mailsim_agents.conversation import Conversation
from mailsim_agents.persona import Persona
from mailsim_agents.providers.base import Request


@dataclass(frozen=True, slots=True)
class Author:
    """A persona with a mailbox: who writes, from which address, in which language.

    `instructions` are what all personas of the world are told beside their own description.
    """

    persona: Persona
    address: str
    language: str
    instructions: str = ""

    @property
    def name(self) -> str:
        return self.persona.name

    @property
    def signature(self) -> str:
        return self.persona.signature


def request(author: Author, conversation: Conversation, seed: int) -> Request:
    """The prompt, in no service's terms; the parent is the last turn."""
    system = "\n\n".join(part for part in (author.persona.text, author.instructions, _task(author)) if part)
    return Request(system, conversation.turns, conversation.subject, seed)


def _task(author: Author) -> str:
    """Last, because what stands late in a prompt is heeded best."""
    return (
        f"You are {author.name} <{author.address}>. Write the body of your answer to the last email, in the language "
        f"`{author.language}`, as {author.name} and nobody else. Write no headers, no subject, no quotes of earlier "
        "mail and no signature; they are added for you."
    )
