"""What the studio's server answers: one function for each address."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from composer.studio.away import (
    file_of_song,
    find_export,
    lead_sheet,
    list_exports,
    order_export,
    show_checks,
    verify_again,
)
from composer.studio.begin import begin, what_to_begin_from
from composer.studio.clips import Backends
from composer.studio.desk import Desk
from composer.studio.drafts import Drafts
from composer.studio.drawn import keep_notes
from composer.studio.jobs import Jobs
from composer.studio.messages import models as m
from composer.studio.messages.faults import refusal_of, status_of
from composer.studio.messages.notices import Notices
from composer.studio.recorded import keep_recording
from composer.studio.rendering import Renderer
from composer.studio.security import Door, Doorkeeper
from composer.studio.showing.history import show_history
from composer.studio.showing.previews import show_preview
from composer.studio.sound.audio import AudioFile, RangeError, audio_path
from composer.studio.sound.loudness import STEP_S, loudness_of
from composer.studio.sound.peaks import Peaks
from composer.studio.sound.rendered import before_folder, studio_folder
from composer.studio.sound.sending import send_audio
from composer.studio.takes import TakeMaker
from composer.studio.upload import take_file
from composer.studio.words import read_words
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from structure.base.errors import RitornelloError
from structure.base.names import REPORT
from structure.specs.schema import json_schema

STATIC = Path(__file__).parent / "static"
_MISSING_PAGE = (
    "<!doctype html><meta charset=utf-8><title>Ritornello</title>"
    "<p>The page of the studio is not built. In a checkout, run <code>npm run build</code> in "
    "<code>composer/studio/web</code>; the server itself runs."
)


@dataclass
class Studio:
    """A studio on a folder: the open song, the jobs, and the pages that listen.

    ``backend`` replaces that of every song.
    """

    root: Path
    cache: ClipCache
    backend: Backend | None = None
    static: Path = STATIC
    notices: Notices = field(default_factory=Notices)

    def __post_init__(self) -> None:
        self.root = self.root.resolve()
        backends = Backends(self.backend)
        self.jobs = Jobs(self.notices, self.root)
        self.desk = Desk(self.root, self.cache, self.notices, backends, self.jobs.list)
        self.renderer = Renderer(self.desk, self.jobs, backends)
        self.drafts = Drafts(self.desk, backends)

    def close(self) -> None:
        """End jobs, and let the pages go."""
        self.notices.close()
        self.jobs.close()


def make_app(studio: Studio, keeper: Doorkeeper) -> Door:
    """Return the server of a studio, behind its door."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _answer_errors(app, studio)
    _add_song(app, studio)
    _add_sound(app, studio)
    _add_jobs(app, studio)
    _add_away(app, studio)

    index = studio.static / "index.html"

    @app.get("/")
    def page(request: Request) -> Response:
        if not index.is_file():
            return HTMLResponse(_MISSING_PAGE)
        text = index.read_text(encoding="utf-8").replace("__CSP_NONCE__", request.scope["state"]["nonce"])
        return HTMLResponse(text)

    @app.get("/api/schema")
    def schema() -> dict[str, Any]:
        return json_schema()

    if studio.static.is_dir():
        app.mount("/", StaticFiles(directory=studio.static, follow_symlink=False))
    return Door(app, keeper)


def _answer_errors(app: FastAPI, studio: Studio) -> None:
    @app.exception_handler(RitornelloError)
    def answer_error(_: Request, exc: RitornelloError) -> Response:
        headers = {"Content-Range": f"bytes */{exc.size}"} if isinstance(exc, RangeError) else None
        status = 416 if isinstance(exc, RangeError) else status_of(exc)
        refusal = refusal_of(exc, studio.root, studio.desk.text)
        return Response(refusal.model_dump_json(), status, headers, "application/json")

    @app.exception_handler(RequestValidationError)
    def answer_wrong_request(_: Request, exc: RequestValidationError) -> Response:
        faults = [
            m.Fault(message=error["msg"], field=".".join(map(str, error["loc"][1:])))
            for error in exc.errors()
        ]
        return JSONResponse(m.Refusal(**faults[0].model_dump(), faults=faults).model_dump(), 422)

    @app.exception_handler(HTTPException)
    def answer_status(_: Request, exc: HTTPException) -> Response:
        return JSONResponse(m.Fault(message=str(exc.detail)).model_dump(), exc.status_code)

    @app.exception_handler(OSError)
    def answer_disk(_: Request, exc: OSError) -> Response:
        name = "" if exc.filename is None else f"{Path(str(exc.filename)).name}: "
        return JSONResponse(m.Fault(message=f"{name}{exc.strerror or exc}").model_dump(), 500)


def _add_song(app: FastAPI, studio: Studio) -> None:
    desk = studio.desk

    @app.get("/api/state")
    def state() -> Response:
        return _json(desk.state())

    @app.get("/api/notes/{stem}")
    def notes(stem: str) -> Response:
        return _json(desk.notes(stem))

    @app.post("/api/notes/{stem}")
    def keep_drawn(stem: str, asked: m.NotesRequest) -> Response:
        return _json(keep_notes(desk, stem, asked))

    @app.post("/api/edits")
    def edit(asked: m.EditRequest) -> Response:
        return _json(desk.apply(asked.revision, asked.edit))

    @app.post("/api/preview")
    def preview(asked: m.PreviewRequest) -> Response:
        return _json(show_preview(*desk.preview(asked.edit), studio.renderer.rate))

    @app.post("/api/undo")
    def undo(asked: m.RevisionRequest) -> Response:
        return _json(desk.undo(asked.revision))

    @app.post("/api/redo")
    def redo(asked: m.RevisionRequest) -> Response:
        return _json(desk.redo(asked.revision))

    @app.post("/api/words")
    def words(asked: m.WordsRequest) -> Response:
        return _json(read_words(desk, asked.words, studio.renderer.rate))

    @app.get("/api/history")
    def history() -> Response:
        with desk.hold() as project:
            return _json(show_history(project))

    @app.post("/api/history")
    def go(asked: m.GoRequest) -> Response:
        return _json(desk.go_to(asked.revision, asked.state))

    @app.post("/api/text")
    def text(asked: m.TextRequest) -> Response:
        return _json(desk.replace_text(asked.revision, asked.text))

    @app.post("/api/check")
    def check(asked: m.CheckRequest) -> Response:
        return _json(m.CheckAnswer(faults=desk.check(asked.text)))

    @app.get("/api/begin")
    def beginnings() -> Response:
        return _json(what_to_begin_from(desk))

    @app.post("/api/begin")
    def begin_song(asked: m.BeginRequest) -> Response:
        return _json(begin(desk, asked))


def _add_sound(app: FastAPI, studio: Studio) -> None:
    def find(name: str, of: str) -> AudioFile:
        with studio.desk.hold() as project:
            folder = before_folder(project.path) if of == "before" else project.folder
        return AudioFile.open(audio_path(folder, name))

    @app.get("/api/loudness")
    def loudness(of: str = "now") -> Response:
        file = find("master", of)
        with studio.desk.hold() as project:
            folder = studio_folder(project.path) / "peaks"
        levels = [round(float(one), 1) for one in loudness_of(file, folder)]
        return _json(m.LoudnessAnswer(step_s=STEP_S, lufs=levels))

    @app.api_route("/api/audio/{name}", methods=["GET", "HEAD"])
    def audio(request: Request, name: str, of: str = "now", section: int | None = None) -> Response:
        if section is not None:
            return send_audio(request, AudioFile.open(studio.drafts.file(section)))
        return send_audio(request, find(name, of))

    @app.get("/api/peaks/{name}")
    def peaks(
        name: str,
        start: Annotated[int, Query()] = 0,
        count: Annotated[int, Query()] = 1024,
        per: Annotated[int, Query()] = 1024,
        of: str = "now",
    ) -> Response:
        file = find(name, of)
        with studio.desk.hold() as project:
            folder = studio_folder(project.path) / "peaks"
        pairs = Peaks(folder).pairs(file, start, count, per)
        return Response(pairs, headers=file.headers(), media_type="application/octet-stream")


def _add_jobs(app: FastAPI, studio: Studio) -> None:
    maker = TakeMaker(studio.desk, studio.jobs, studio.renderer.backends)

    @app.get("/api/events")
    def events() -> Response:
        stream = studio.notices.listen(lambda: studio.desk.revision)
        return StreamingResponse(stream, media_type="text/event-stream")

    @app.post("/api/render")
    def render() -> Response:
        return _json(studio.renderer.render(), 202)

    @app.get("/api/jobs")
    def jobs() -> list[m.Job]:
        return studio.jobs.list()

    @app.delete("/api/jobs/{key}")
    def cancel(key: str) -> Response:
        return _json(studio.jobs.cancel(key))

    @app.get("/api/takes")
    def takes() -> Response:
        return _json(maker.list())

    @app.post("/api/takes")
    def order(asked: m.TakesRequest) -> Response:
        return _json(maker.order(asked), 202)

    @app.api_route("/api/takes/{order}/{number}", methods=["GET", "HEAD"])
    def take(request: Request, order: str, number: int) -> Response:
        return send_audio(request, AudioFile.open(maker.file(order, number)))

    @app.post("/api/keep")
    def keep(asked: m.KeepRequest) -> Response:
        return _json(maker.keep(asked))


def _add_away(app: FastAPI, studio: Studio) -> None:
    desk = studio.desk

    @app.get("/api/exports")
    def exports() -> Response:
        return _json(list_exports(desk))

    @app.post("/api/exports/{name}")
    def export(name: str, asked: m.ExportRequest) -> Response:
        return _json(order_export(desk, studio.jobs, name, asked.options), 202)

    @app.get("/api/exports/{key}/file")
    def fetch_export(key: str) -> Response:
        path = find_export(desk, studio.jobs, key)
        return FileResponse(path, filename=path.name)

    @app.get("/api/files/{name:path}")
    def file(name: str) -> Response:
        path = file_of_song(desk, name)
        return FileResponse(path, filename=path.name)

    @app.get("/api/report")
    def report() -> Response:
        return FileResponse(file_of_song(desk, REPORT))

    @app.get("/api/verify")
    def verify() -> Response:
        return _json(show_checks(desk))

    @app.post("/api/verify")
    def verify_now() -> Response:
        return _json(verify_again(desk, studio.jobs), 202)

    @app.get("/api/lead-sheet")
    def sheet() -> Response:
        return _json(m.LeadSheetAnswer(pages=[f"/api/lead-sheet.svg?revision={desk.revision}"]))

    @app.get("/api/lead-sheet.svg")
    def sheet_page() -> Response:
        return Response(lead_sheet(desk, ".svg"), media_type="image/svg+xml")

    @app.post("/api/upload")
    async def upload(request: Request) -> Response:
        # headers hold no other letters than those of ASCII: the name comes percent-encoded
        name = str(QueryParams(f"name={request.headers.get('x-filename', '')}").get("name", ""))
        return _json(await run_in_threadpool(take_file, desk, name, await _body(request)))

    @app.post("/api/recordings")
    async def recording(
        request: Request,
        revision: int,
        use: m.RecordingUse,
        section: int,
        stem: str,
        reach: m.Reach = "all",
    ) -> Response:
        keep = partial(keep_recording, use=use, section=section, stem=stem, reach=reach)
        return _json(await run_in_threadpool(keep, desk, revision, await _body(request)))


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk  # the door lets no more in than is allowed
    return bytes(data)


def _json(message: m.Message, status: int = 200) -> Response:
    return Response(message.model_dump_json(), status, media_type="application/json")
