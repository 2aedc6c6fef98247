"""The world's settings as the post office reads them: `config/mailsim.yaml`, and the names in `config/cast.yaml`."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, RootModel

from mailsim_common.errors import ConfigError
from mailsim_common.settings import Overrides, Settings, below, read

NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")  # always a local part that needs no quotes


@dataclass(frozen=True)
class Endpoint:
    """A host and a port to listen on; port 0 lets the system choose a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it, so that a password may pass without TLS."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name, which may lead anywhere
            return False


def parse_endpoint(value: Any) -> Any:
    """`"127.0.0.1:1025"` or `"[::1]:1025"` -> Endpoint; raises ValueError with how to write it."""
    if isinstance(value, Endpoint):
        return value
    host, colon, port = str(value).rpartition(":")
    if not colon or not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError("write it as host:port, for example 127.0.0.1:1025 (port 0 picks a free one)")
    return Endpoint(host.strip("[]"), int(port))


def _account_name(name: str) -> str:
    if not NAME.fullmatch(name) or len(name) > 64:
        raise ValueError("an account is written with small letters and digits, and single . _ - between them")
    return name


At = Annotated[Endpoint, BeforeValidator(parse_endpoint)]
AccountName = Annotated[str, AfterValidator(_account_name)]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]


class Listen(Settings):
    """Where the post office listens: with STARTTLS, and at `smtps` and `imaps` under TLS from the first byte."""

    smtp: At = Endpoint("127.0.0.1", 1025)
    imap: At = Endpoint("127.0.0.1", 1143)
    smtps: At | None = None
    imaps: At | None = None


class Limits(Settings):
    """What one client may ask of the post office."""

    message_size: Annotated[ByteSize, Field(ge=1)] = ByteSize(25 * 1024 * 1024)
    recipients: int = Field(default=100, ge=1)
    connections: int = Field(default=10_000, ge=1)
    connections_per_account: int = Field(default=100, ge=1)
    failed_logins: int = Field(default=5, ge=1)
    login_seconds: int = Field(default=120, ge=1)
    idle_seconds: int = Field(default=300, ge=1)
    hops: int = Field(default=30, ge=1)


class Person(Settings):
    """An account of a human being."""

    name: str | None = None
    language: str | None = None


class CastMember(BaseModel):
    """Of a cast member the post office reads the language, and that it exists; the rest is the agents' matter."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    language: str | None = None


class PostOffice(Settings):
    """`config/mailsim.yaml`, whole."""

    domain: Domain = "mailsim.test"
    max_messages: int = Field(default=10, ge=0)
    archive: AccountName = "archive"
    listen: Listen = Listen()
    limits: Limits = Limits()
    people: Annotated[dict[AccountName, Person], BeforeValidator(lambda value: value or {})] = Field(
        default_factory=dict
    )


class _Cast(RootModel[dict[AccountName, CastMember]]):
    """`config/cast.yaml`: a mapping of account name to who it is."""


@dataclass(frozen=True)
class World:
    """One world on disk: its folders, its post office and the names of its cast; `overrides` lie over its files."""

    root: Path
    office: PostOffice
    cast: dict[str, CastMember]
    overrides: Overrides = field(default_factory=dict)

    @property
    def mailboxes(self) -> Path:
        return self.root / "mailboxes"

    @property
    def state(self) -> Path:
        """Everything a world needs to run and nobody edits: passwords, TLS keys, spool, indexes, log."""
        return self.root / ".mailsim"


def load_world(root: Path, overrides: Overrides | None = None) -> World:
    """Read the world at `root`, `--set` overrides laid over it; raises ConfigError.

    Override paths are those of `mailsim.yaml`; `cast.…` and `llm.…` belong to the agents' files.
    """
    overrides = overrides or {}
    if not (root / "config" / "mailsim.yaml").exists():
        raise ConfigError(f"there is no world in {root.resolve()}; make one with: mailsim init {root}")
    own = {keys: value for keys, value in overrides.items() if len(keys) == 1 or keys[0] not in ("cast", "llm")}
    office = read(root / "config" / "mailsim.yaml", PostOffice, own)
    return World(root, office, _cast(root / "config" / "cast.yaml", below(overrides, "cast")), overrides)


def _cast(path: Path, overrides: Overrides) -> dict[str, CastMember]:
    return read(path, _Cast, overrides, "cast.").root if path.exists() else {}
