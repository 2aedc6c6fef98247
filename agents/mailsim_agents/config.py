"""A world as the agents read it: `config/cast.yaml`, `config/llm/*.yaml`, personas, and the logins of their servers."""

import enum
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, RootModel

from mailsim_agents.persona import Persona, shared_instructions
from mailsim_agents.persona import load as load_persona
from mailsim_agents.providers import LlmSettings, read_settings
from mailsim_common.errors import ConfigError
from mailsim_common.settings import Overrides, Settings, below, build
from mailsim_common.yamlfile import YamlFile, load

IDLE_LONGEST = 29 * 60  # RFC 2177: a server may log out whoever idles for half an hour


class Mode(enum.StrEnum):
    """What becomes of a draft: the agent sends it, or it waits in Drafts for a person."""

    AUTO = "auto"
    DRAFT = "draft"


class Member(Settings):
    """One entry of `config/cast.yaml`."""

    persona: str
    """The file in `personas/`."""
    llm: str
    """The name of a file in `config/llm/`, without `.yaml`."""
    mode: Mode = Mode.AUTO
    language: str | None = None
    idle: float = Field(25 * 60, gt=0, le=IDLE_LONGEST)
    """Seconds after which IDLE is renewed."""
    poll: float = Field(30, gt=0)
    """Seconds between two looks into the mailbox, on a server without IDLE."""


class _Cast(RootModel[dict[str, Member]]):
    """`config/cast.yaml`: a mapping of account name to who it is."""


@dataclass(frozen=True)
class Server:
    """A mail server and how to reach it; `tls` is None for plain text, which is for this machine only."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    @classmethod
    def parse(cls, text: str, ca: Path | None = None) -> "Server":
        """`"127.0.0.1:1143"` or `"[::1]:1143"`, with the CA whose certificates to trust; raises ConfigError.

        Without `ca`, the machine's own CAs are trusted, and on this machine plain text is.
        """
        host, colon, port = text.rpartition(":")
        if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ConfigError(f"{text}: write the server as host:port, for example 127.0.0.1:1143")
        server = cls(host.strip("[]"), int(port))
        return server if ca is None and server.is_loopback else cls(server.host, server.port, _trust(ca))

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, so that a password may pass without TLS."""
        return self.host.startswith(("127.", "::1", "localhost"))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Login:
    """A user at a server. The password never shows in a log or an error."""

    server: Server
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class CastMember:
    """One agent to be: its account, its entry, and the persona read from its file."""

    account: str
    member: Member
    persona: Persona
    instructions: str
    """What all personas of the world are told beside their own description."""

    @property
    def language(self) -> str:
        """What it writes in: the cast's word counts before the persona's."""
        return self.member.language or self.persona.language


@dataclass(frozen=True)
class World:
    """The agents' half of a world. `llms` holds the settings of each LLM that the cast uses."""

    root: Path
    cast: tuple[CastMember, ...]
    llms: dict[str, LlmSettings]


def load_world(root: Path, overrides: Overrides | None = None) -> World:
    """Read cast, personas and LLM files; raises ConfigError that names file, line and key.

    Override paths are `cast.<account>.<key>` and `llm.<name>.<key>`.
    """
    overrides = overrides or {}
    if stray := next((keys for keys in overrides if keys[0] not in ("cast", "llm")), None):
        raise ConfigError(f"--set {'.'.join(map(str, stray))}: the agents know `cast.…` and `llm.…` only")
    file = load(root / "config" / "cast.yaml")
    members = build(file, _Cast, below(overrides, "cast"), "cast.").root
    cast = tuple(_cast_member(root, file, account, member) for account, member in members.items())
    users = {member.llm: account for account, member in members.items()}
    llms = {name: _llm(root, name, file, account, overrides) for name, account in users.items()}
    return World(root, cast, llms)


def password(secrets: Path, account: str) -> str:
    """The password in `secrets/<account>`; raises ConfigError if this user may not read it."""
    try:
        return (secrets / account).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"no password that you may read: {error.strerror}", secrets / account) from error


def _cast_member(root: Path, file: YamlFile, account: str, member: Member) -> CastMember:
    path = root / "personas" / member.persona
    if not path.is_file():
        raise ConfigError(f"{account}.persona: there is no {path}", file.path, file.line((account, "persona")))
    persona = load_persona(path)
    shared = shared_instructions(path.parent, member.language or persona.language)
    return CastMember(account, member, persona, shared)


def _llm(root: Path, name: str, file: YamlFile, account: str, overrides: Overrides) -> LlmSettings:
    path = root / "config" / "llm" / f"{name}.yaml"
    if not path.is_file():
        raise ConfigError(f"{account}.llm: there is no {path}", file.path, file.line((account, "llm")))
    return read_settings(path, below(overrides, "llm", name))


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"no CA certificate that can be read: {error}", ca) from error
