"""Answers requests for sound: all of a file, or the range of bytes that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from composer.studio.messages.models import Fault
from composer.studio.sound.audio import AudioFile, read_range


def send_audio(request: Request, file: AudioFile) -> Response:
    """Send the samples of a file, or the range of them that a request asks for."""
    headers, etag = file.headers(), f'"{file.etag}"'
    if request.headers.get("if-match", etag) not in (etag, "*"):
        return JSONResponse(Fault(message=f"{file.path.name} was rendered again").model_dump(), 412)
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    has_same = request.headers.get("if-range", etag) == etag
    wanted = read_range(request.headers.get("range"), file.size) if has_same else None
    start, end = wanted or (0, file.size)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - start)

    body: Iterator[bytes] = iter(())
    if request.method != "HEAD":
        # the first block is read at once, so that what is wrong is said, and not found out halfway
        blocks = file.read(start, end)
        body = chain([next(blocks, b"")], blocks)
    return StreamingResponse(
        body, 200 if wanted is None else 206, headers, media_type="application/octet-stream"
    )
