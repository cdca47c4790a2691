"""Run the studio: on this machine, on a free port, with the browser opened on it."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable
from types import FrameType

import uvicorn

from composer.studio.app import Studio, make_app
from composer.studio.security import Doorkeeper
from structure.base.errors import UsageError

_GOODBYE_S = 2
"""Seconds that answers which are under way have when the server ends."""


class _Server(uvicorn.Server):
    """A server that says goodbye to its pages first: they would hold it up otherwise."""

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self._studio = studio

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at a signal."""
        self._studio.close()
        super().handle_exit(sig, frame)


def serve(
    studio: Studio,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    *,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve a studio until it is interrupted. ``port`` 0 is any free one; ``say`` is told the address.

    Raises UsageError for an address that cannot be had, or not without a token.
    """
    Doorkeeper.at(host, port, token)  # says what is wrong before a port is taken
    config = uvicorn.Config(
        "", host=host, port=port, log_level="error", access_log=False, server_header=False,
        timeout_graceful_shutdown=_GOODBYE_S, lifespan="off", ws="none",
    )  # fmt: skip
    try:
        socket = config.bind_socket()
    except SystemExit as exc:
        raise UsageError(f"{host}:{port} is not free", field="--port", hint="leave --port out") from exc
    keeper = Doorkeeper.at(host, socket.getsockname()[1], token)
    config.app = make_app(studio, keeper)
    say(keeper.url)
    if browser:
        threading.Timer(0.2, webbrowser.open, [keeper.url]).start()
    try:
        _Server(config, studio).run(sockets=[socket])
    finally:
        studio.close()
        socket.close()
