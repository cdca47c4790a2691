"""Who may ask the studio: this machine's browser, by a token, from the studio's own page, and nobody else.

Another site that the browser shows can send requests here too, and a name of its own may lead to this
machine (DNS rebinding). So the host, the origin and a cookie are checked before anything else is done.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException
from starlette.datastructures import QueryParams
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from composer.studio.messages.models import Fault
from structure.base.errors import UsageError

LARGEST_REQUEST = 2 << 20
"""Bytes of a request that is no upload."""

LARGEST_UPLOAD = 32 << 20
"""Bytes of a file that is uploaded."""

UPLOADS = ("/api/upload", "/api/recordings")

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; font-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

_USE_ADDRESS = "use the address that `ritornello studio` has printed last"
_SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class Doorkeeper:
    """What is let in: requests to ``host`` at ``port`` that bring the ``token``."""

    token: str
    host: str
    port: int

    @classmethod
    def at(cls, host: str, port: int, token: str | None = None) -> Doorkeeper:
        """Return the doorkeeper of an address.

        Raises UsageError for an address that others can reach without a token of the user's own, and for a
        token that can be guessed.
        """
        if token is None and not is_loopback(host):
            raise UsageError(
                f"--host {host} lets others on the network change your songs and read this folder",
                field="--host",
                hint="give --token with a secret of 16 characters or more; who knows it may do all that",
            )
        if token is not None and (len(token) < 16 or not token.isascii() or not token.isalnum()):
            raise UsageError(
                "the token has 16 letters and digits or more", field="--token", hint="openssl rand -hex 16"
            )
        return cls(token or secrets.token_hex(24), host, port)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie; browsers keep those of all ports together."""
        return f"ritornello_{self.port}"

    @property
    def url(self) -> str:
        """Return the address that lets in."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104  (only compared)
        return f"http://{_in_url(host)}:{self.port}/?token={self.token}"

    def knows_host(self, host: str) -> bool:
        """Return whether a ``Host`` is this server.

        Where the server listens on all addresses, any address in numbers is; a name that leads here may be
        anybody's.
        """
        if host == f"{_in_url(self.host)}:{self.port}":
            return True
        name, _, port = host.rpartition(":")
        if self.host not in ("0.0.0.0", "::") or port != str(self.port):  # noqa: S104  (only compared)
            return False
        return _is_number(name.strip("[]"))

    def knows_token(self, given: str) -> bool:
        """Return whether a token is the right one."""
        return secrets.compare_digest(given.encode(), self.token.encode())


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    return host == "localhost" or (_is_number(host) and ipaddress.ip_address(host).is_loopback)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _TooLargeError(HTTPException):
    """Ends the reading of a request; as an HTTPException it is passed on by whoever reads."""


class Door:
    """The first thing that every request meets."""

    def __init__(self, app: ASGIApp, keeper: Doorkeeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is not let in, or pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["nonce"] = nonce = secrets.token_urlsafe(16)

        async def send_dressed(message: Message) -> None:
            """Send an answer with the headers that say what a browser may do with it."""
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                has = {name.lower() for name, _ in headers}
                for name, value in HEADERS.items():
                    if name.encode() not in has:
                        headers.append((name.encode(), value.replace("{nonce}", nonce).encode()))
                if b"cache-control" not in has:
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            await send(message)

        answer = self._refuse(scope)
        if answer is not None:
            await answer(scope, receive, send_dressed)
            return

        limit, got = _limit(scope), 0

        async def receive_some() -> Message:
            """Receive no more than is allowed, whatever a request says of its length."""
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > limit:
                raise _TooLargeError(413, _too_much(scope))
            return message

        try:
            await self._app(scope, receive_some, send_dressed)
        except _TooLargeError:
            await _too_large(scope)(scope, receive, send_dressed)

    def _refuse(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not let in; None for one that is."""
        given: dict[str, str] = {}
        for name, value in scope["headers"]:
            key = name.decode("latin-1").lower()
            # one that comes twice is none: nobody knows which one counts
            given[key] = "" if key in given and key != "cookie" else value.decode("latin-1")

        host = given.get("host", "")
        if not self._keeper.knows_host(host):
            return _refusal(421, f"this is not {host[:80] or 'a host without a name'}", _USE_ADDRESS)
        is_read = scope["method"] in _SAFE_METHODS
        if is_read and scope["path"] == "/" and (entry := self._enter(scope)) is not None:
            return entry
        if not self._has_cookie(given.get("cookie", "")):
            return _refusal(403, "the studio does not know you", _USE_ADDRESS)
        is_foreign = given.get("sec-fetch-site") == "cross-site" and scope["path"] != "/"
        if is_foreign or (not is_read and given.get("origin") != f"http://{host}"):
            return _refusal(403, "another page may neither read nor change this song")
        length = given.get("content-length", "0")
        return _too_large(scope) if not length.isdigit() or int(length) > _limit(scope) else None

    def _enter(self, scope: Scope) -> Response | None:
        """Let in who brings the token: the address that is shown from then on does not have it."""
        token = QueryParams(scope["query_string"]).get("token")
        if token is None:
            return None
        if not self._keeper.knows_token(token):
            return _refusal(403, "this is not the token of this studio", _USE_ADDRESS)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self._keeper.cookie, self._keeper.token, httponly=True, samesite="strict", path="/"
        )
        return answer

    def _has_cookie(self, header: str) -> bool:
        found = cookie_parser(header).get(self._keeper.cookie)
        return found is not None and self._keeper.knows_token(found)


def _limit(scope: Scope) -> int:
    return LARGEST_UPLOAD if scope["path"] in UPLOADS else LARGEST_REQUEST


def _too_large(scope: Scope) -> Response:
    return _refusal(413, _too_much(scope))


def _too_much(scope: Scope) -> str:
    return f"a request has {_limit(scope) >> 20} MiB at most"


def _refusal(status: int, message: str, hint: str = "") -> Response:
    return JSONResponse(Fault(message=message, hint=hint).model_dump(), status)
