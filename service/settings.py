"""The settings of the service: one frozen value, read once from the environment (`PASSERELLE_…`).

A wrong value stops the start with the variable, its value and what is allowed. Host and port are options of the
command only: container platforms set variables of such names themselves.
"""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal, Self

import limits
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from translator.errors import InputError

PREFIX = "PASSERELLE_"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Names = Annotated[tuple[str, ...], NoDecode]


def default_state_dir() -> Path:
    """Where keys, jobs and glossaries are kept, by the XDG convention."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "passerelle"


class Settings(BaseSettings):
    """See `Settings.read`. Lists are written with commas."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    model: str = Field(default="shipped", description="`shipped`, a model directory, or a model hub name")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "default"
    threads: Count | None = None
    memory_entries: int = Field(
        default=10_000, ge=0, description="segments the translation memory holds; 0 turns it off"
    )
    memory_path: Path | None = Field(default=None, description="file that keeps the translation memory over restarts")

    state_dir: Path = Field(default_factory=default_state_dir)
    open: bool = Field(default=False, description="serve everyone without a key, on any address")
    trusted_proxies: Names = Field(
        default=(), description="addresses or networks whose X-Forwarded-* headers are believed"
    )
    cors_origins: Names = Field(default=(), description="origins whose pages may call the service; none by default")

    max_body_bytes: Count = 1 << 20
    max_upload_bytes: Count = 30 << 20
    max_texts: Count = 50
    max_characters: Count = 100_000
    request_timeout_s: Seconds = 60
    body_timeout_s: Seconds = 30
    max_concurrent: Count = Field(default=128, description="translation calls in flight; one thread each")
    max_concurrent_per_key: Count | None = None
    rate_limit: str | None = Field(default=None, description="requests a key or address may make, such as `600/minute`")

    max_queue_tokens: Count = 65_536
    max_batch_tokens: Count = 1024
    max_batch_ms: Seconds = 150
    max_wait_ms: float = Field(default=2, ge=0)
    length_tolerance: int = Field(
        default=0, ge=0, description="pieces by which segments of one batch may differ in length"
    )

    job_workers: Count = 1
    job_lease_s: Seconds = 15
    job_expiry_h: Seconds = 24
    max_jobs_per_key: Count = Field(default=100, description="jobs that one key may have on disk")

    shutdown_timeout_s: Seconds = 60
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("rate_limit")
    @classmethod
    def _rate(cls, value: str | None) -> str | None:
        return None if value is None else checked_rate(value)

    @classmethod
    def read(cls) -> Self:
        """The settings of this process's environment.

        Raises:
            InputError: a variable has a value that is not allowed; the message names all of these.
        """
        try:
            return cls()
        except ValidationError as error:
            raise InputError("; ".join(_complaint(detail) for detail in error.errors())) from None


def checked_rate(value: str) -> str:
    """`value`, if it is a rate such as ``10/second``.

    Raises:
        ValueError: it is not.
    """
    try:
        limits.parse(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a rate; write it as `600/minute`, `10/second` or `5 per 2 hour`") from None
    return value


def _complaint(detail: object) -> str:
    assert isinstance(detail, dict)
    name = PREFIX + str(detail["loc"][0]).upper()
    return f"{name}={detail['input']!r}: {detail['msg'].removeprefix('Value error, ')}"
