"""Takes of a stem in a section: made in the background, heard in place, and kept until they are deleted."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.project import Project, audition, find_takes, keep_take
from composer.project.takes import current_take
from composer.studio.clips import Backends
from composer.studio.desk import Desk
from composer.studio.jobs import Jobs, Work
from composer.studio.messages.faults import NotFoundError
from composer.studio.messages.models import (
    Job,
    KeepRequest,
    State,
    TakeRow,
    Takes,
    TakesAnswer,
    TakesRequest,
)
from composer.studio.sound.rendered import studio_folder
from structure.base.errors import RitornelloError
from structure.base.files import remove
from structure.base.jsonfile import read_json, write_json

_LIST = "takes.json"


@dataclass
class TakeMaker:
    """Makes takes of the open song. Each order has a folder of its own, with a list of its files."""

    desk: Desk
    jobs: Jobs
    backends: Backends

    def order(self, asked: TakesRequest) -> Job:
        """Put takes in the queue. Raises UsageError for a section or a stem that the song has not."""
        with self.desk.hold() as project:
            current_take(project, asked.section, asked.stem)
        title = f"{asked.count} takes of {asked.stem} in {asked.section}"
        return self.jobs.add("takes", title, lambda work: self._make(work, asked))

    def _make(self, work: Work, asked: TakesRequest) -> dict[str, Any]:
        project = self.desk.snapshot()
        found = find_takes(project, asked.section, asked.stem, asked.count, asked.what)
        folder = _folder(project) / secrets.token_hex(6)
        part = folder.with_name(f".{folder.name}")
        try:
            files = audition(
                project,
                found,
                asked.section,
                asked.stem,
                part,
                backend=self.backends.only,
                cache=self.desk.cache,
                progress=work.progress,
            )
            rows = [{"number": t.number, "differs": t.differs, "file": files[t.number].name} for t in found]
            write_json(part / _LIST, {**asked.model_dump(), "takes": rows})
            part.rename(folder)
        finally:
            remove(part)
        return {"takes": folder.name}

    def list(self) -> TakesAnswer:
        """Return the takes that were made, the latest first."""
        with self.desk.hold() as project:
            folders = sorted(_folder(project).glob("[!.]*/"), key=lambda path: -path.stat().st_mtime)
            found = [self._show(project, folder) for folder in folders]
        return TakesAnswer(takes=[takes for takes in found if takes is not None])

    def _show(self, project: Project, folder: Path) -> Takes | None:
        try:
            data: Any = read_json(folder / _LIST, RitornelloError)
            now = current_take(project, data["section"], data["stem"])
        except RitornelloError:  # still being made, or of a section that is gone
            return None
        number = now.sound if data["what"] == "sound" else now.notes
        rows = [
            TakeRow(
                number=row["number"],
                differs=row["differs"],
                is_current=row["number"] == number,
                is_ready=(folder / row["file"]).is_file(),
                audio=f"/api/takes/{folder.name}/{row['number']}",
            )
            for row in data["takes"]
        ]
        return Takes(
            section=data["section"],
            stem=data["stem"],
            what=data["what"],
            revision=self.desk.revision,
            takes=rows,
        )

    def file(self, order: str, number: int) -> Path:
        """Return the file of a take. Raises NotFoundError."""
        with self.desk.hold() as project:
            folder = _folder(project) / order
        if not order.isalnum() or not folder.is_dir():
            raise NotFoundError("there are no such takes", field="order")
        data: Any = read_json(folder / _LIST, RitornelloError)
        name = next((row["file"] for row in data["takes"] if row["number"] == number), None)
        if name is None:
            raise NotFoundError(f"there is no take {number}", field="number")
        return folder / Path(name).name

    def keep(self, asked: KeepRequest) -> State:
        """Write a take into the spec. Raises UsageError, StaleError."""
        section, stem = asked.section, asked.stem
        return self.desk.keep(
            asked.revision, lambda project: keep_take(project, section, stem, asked.take, asked.what)
        )


def _folder(project: Project) -> Path:
    return studio_folder(project.path) / "takes"
