"""The console script: the library's command, and `serve` and `keys` added to it."""

import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Annotated, Final

import typer
import uvicorn

from service import logs
from service.app import create_app
from service.auth import is_loopback
from service.connections import Connection
from service.runtime import Runtime
from service.settings import Settings, checked_rate
from service.store import Keys, Store
from translator import cli
from translator.errors import InputError, PasserelleError

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 5000
KEEP_ALIVE_S: Final = 30
"""Longer than clients usually reuse a connection, so that none is closed under a request on its way."""
MAX_CONNECTIONS_FACTOR: Final = 8
"""Connections for each translation that may run; beyond, uvicorn answers 503 itself."""

SWITCH_INTERVAL_S: Final = 0.001
"""Python's own 5 ms are what a short request may wait, at each step on its way, for a thread with an article."""

keys_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


class Server(uvicorn.Server):
    """Uvicorn, which tells the runtime of a signal at once: not ready first, then the end of what runs, then exit."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self.failed = False
        runtime.host.failed = self._fail
        # Model and lexicons never go; looking through them for garbage stopped all threads for 0.1 s at a time.
        runtime.host.succeeded = gc.freeze

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        # Not uvicorn's own: that ends the process by the same signal, as if it had not been handled.
        self._runtime.drain()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    def _fail(self) -> None:
        self.failed = True
        self.should_exit = True


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = DEFAULT_PORT,
    root_path: Annotated[str, typer.Option(help="Path under which a proxy shows the service.")] = "",
) -> None:
    """Serve the web page and the APIs until SIGTERM. Settings come from the environment: PASSERELLE_…"""
    settings = Settings.read()
    if not (settings.open or is_loopback(host)):
        with _keys() as keys:
            if not keys.exist():
                raise InputError(
                    f"--host {host} lets others in and there is no key: make one with `passerelle keys add NAME`, "
                    "or set PASSERELLE_OPEN=true to serve everyone"
                )
    with _listen(host, port) as listener:
        app = create_app(settings=settings)
        logs.configure(settings.log_level)
        address, bound = listener.getsockname()[:2]
        logging.getLogger(logs.LOGGER).info("listening", extra={"host": address, "port": bound})
        if hasattr(signal, "SIGPIPE"):
            # The library's commands end when nobody reads them; a client that leaves must not end the service.
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        config = uvicorn.Config(
            app,
            http=Connection,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            root_path=root_path.rstrip("/"),
            timeout_keep_alive=KEEP_ALIVE_S,
            limit_concurrency=MAX_CONNECTIONS_FACTOR * settings.max_concurrent,
            timeout_graceful_shutdown=int(settings.shutdown_timeout_s),
            ws="none",
        )
        server = Server(config, app.state.runtime)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            raise typer.Exit(128 + signal.SIGINT) from None
    if server.failed:
        failure = app.state.runtime.host.failure
        if isinstance(failure, PasserelleError):
            raise InputError(f"PASSERELLE_MODEL={settings.model}: {failure}")
        raise typer.Exit(cli.FAULT)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        option = "--port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "--host"
        why = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"cannot listen on {host}, port {port}: {why}; choose another {option}") from error
    # Connections inherit it. asyncio sets it only where it made the socket itself; without it, the body of an answer
    # waits for the acknowledgement of its head: 40 ms a request on a kept connection.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@keys_app.command("add")
def add_key(
    name: Annotated[str, typer.Argument(help="Who it is for.")],
    rate_limit: Annotated[str | None, typer.Option(help="Requests, such as 600/minute.")] = None,
    quota: Annotated[int | None, typer.Option(min=0, help="Characters a calendar month.")] = None,
) -> None:
    """Make a key and print it, this once."""
    if rate_limit is not None:
        try:
            checked_rate(rate_limit)
        except ValueError as error:
            raise InputError(f"--rate-limit: {error}") from None
    with _keys() as keys:
        _, token = keys.add(name, rate_limit=rate_limit, quota=quota)
    typer.echo(token)
    print("This key is shown only now.", file=sys.stderr)


@keys_app.command("list")
def list_keys() -> None:
    """Id, name, rate limit, quota and state of all keys."""
    with _keys() as keys:
        for key in keys.list():
            quota = "-" if key.quota is None else key.quota
            state = "in use" if key.revoked is None else "revoked"
            typer.echo(f"{key.id}\t{key.name}\t{key.rate_limit or '-'}\t{quota}\t{state}")


@keys_app.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(help="Name or id.")]) -> None:
    """End a key; running services refuse it at once."""
    with _keys() as keys:
        keys.revoke(name)


@contextlib.contextmanager
def _keys() -> Iterator[Keys]:
    with contextlib.closing(Store(Settings.read().state_dir)) as store:
        yield Keys(store)


def application() -> typer.Typer:
    """The library's commands and the service's, in one."""
    app = typer.Typer(
        name="passerelle",
        help=cli.app.info.help,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.registered_commands += cli.app.registered_commands
    app.registered_groups += cli.app.registered_groups
    app.command()(serve)
    app.add_typer(keys_app, name="keys")
    return app


def main() -> None:
    """The console script `passerelle`."""
    cli.main(application())
