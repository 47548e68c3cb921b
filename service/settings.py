"""The settings of the service: one frozen value, read once from the environment (`PASSERELLE_…`).

A wrong value stops the start with the variable, its value and what is allowed. Host and port are options of the
command only: container platforms set variables of such names themselves.
"""

import difflib
import ipaddress
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

import limits
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from translator.engines.ctranslate2 import ComputeType
from translator.errors import InputError

PREFIX = "PASSERELLE_"
MISSPELT_LIKENESS = 0.8
"""Of a name to a setting's. Container platforms set variables of the prefix too; those are less alike."""

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
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="`auto` is the GPU where there is one")
    compute_type: ComputeType = Field(default="default", description="of CTranslate2: int8 on a CPU, float16 on a GPU")
    threads: Count | None = Field(default=None, description="processors for the model; all by default")
    memory_entries: int = Field(
        default=10_000, ge=0, description="segments the translation memory holds; 0 turns it off"
    )
    memory_path: Path | None = Field(default=None, description="file that keeps the translation memory over restarts")

    state_dir: Path = Field(default_factory=default_state_dir, description="keys, usage, jobs and glossaries")
    open: bool = Field(default=False, description="serve everyone without a key, on any address")
    trusted_proxies: Names = Field(
        default=(), description="addresses or networks whose X-Forwarded-* headers are believed"
    )
    cors_origins: Names = Field(default=(), description="origins whose pages may call the service; none by default")

    max_body_bytes: Count = Field(default=1 << 20, description="of a request")
    max_upload_bytes: Count = Field(default=30 << 20, description="of a request with a document")
    max_texts: Count = Field(default=50, description="in one request")
    max_characters: Count = Field(default=100_000, description="in all texts of one request")
    request_timeout_s: Seconds = Field(default=60, description="until a request that is still translated is given up")
    body_timeout_s: Seconds = Field(default=30, description="in which a request's body has to be there")
    max_concurrent: Count = Field(default=128, description="translation calls in flight; one thread each")
    max_concurrent_per_key: Count | None = Field(default=None, description="of these, for one key or address")
    rate_limit: str | None = Field(default=None, description="requests a key or address may make, such as `600/minute`")

    max_queue_tokens: Count = Field(default=65_536, description="source pieces that may wait; beyond, requests get 503")
    max_batch_tokens: Count = Field(default=1024, description="source pieces of one batch")
    max_batch_ms: Seconds = Field(default=50, description="time that a batch is meant to take at most")
    max_wait_ms: float = Field(default=2, ge=0, description="how long a batch that is not full waits for more")

    job_workers: Count = Field(default=1, description="documents translated at the same time")
    job_lease_s: Seconds = Field(
        default=15, description="after which another process takes over the jobs of a dead one"
    )
    job_expiry_h: Seconds = Field(default=24, description="after which jobs and their files are deleted")
    max_jobs_per_key: Count = Field(default=100, description="jobs that one key may have on disk")

    shutdown_timeout_s: Seconds = Field(default=60, description="that running requests have after SIGTERM")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level of the logs"
    )
    otel: bool = Field(
        default=False, description="send a span of each request to where the `OTEL_EXPORTER_OTLP_…` variables say"
    )

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
            InputError: a variable has a value that is not allowed, or almost the name of a setting; the message names
                all of these.
        """
        complaints = [*_misspelt(cls.model_fields)]
        try:
            settings = cls()
        except ValidationError as error:
            complaints += map(_complaint, error.errors())
        if complaints:
            raise InputError("; ".join(complaints))
        return settings


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


def _misspelt(fields: Iterable[str]) -> Iterator[str]:
    known = [field.upper() for field in fields]
    for variable in os.environ:
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper().startswith(PREFIX) and name not in known:
            for meant in difflib.get_close_matches(name, known, n=1, cutoff=MISSPELT_LIKENESS):
                yield f"{variable} is no setting; is {PREFIX}{meant} meant?"


def _complaint(detail: object) -> str:
    assert isinstance(detail, dict)
    name = PREFIX + str(detail["loc"][0]).upper()
    return f"{name}={detail['input']!r}: {detail['msg'].removeprefix('Value error, ')}"
