"""What was recorded with the song becomes a stem of its own, or the notes that a stem plays."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from composer.project import SetField
from composer.studio.desk import Desk
from composer.studio.messages.faults import NotFoundError
from composer.studio.messages.models import Reach, RecordingUse, State
from composer.studio.places import set_in_section, visit_at
from structure.base.errors import UsageError
from structure.base.files import write_atomically

FOLDER = "recordings"
"""The folder beside the spec in which recordings lie. They stay there: undo and redo find them."""

_RIFF = (b"RIFF", b"WAVE")


def keep_recording(
    desk: Desk, revision: int, data: bytes, *, use: RecordingUse, section: int, stem: str, reach: Reach
) -> State:
    """Write a recording beside the spec, and name it there.

    ``section`` is the index of the visit on whose first downbeat it begins. As a stem it is called
    ``stem``, or that with a number; as notes they are what that stem plays.

    Raises UsageError for what is no WAV file, NotFoundError for a section or a stem that the song has not,
    SpecError where no notes are heard, StaleError; nothing is kept then.
    """
    if (data[:4], data[8:12]) != _RIFF:
        raise UsageError("a recording is a WAV file", field="file")
    with desk.hold() as project:
        path = project.path.parent / FOLDER / f"{section + 1}_{sha256(data).hexdigest()[:12]}.wav"
        file = f"{FOLDER}/{path.name}"
        visit = visit_at(project.plan, section)
        taken = {one.name for one in project.plan.stems}
        if use == "notes":
            if stem not in taken:
                raise NotFoundError(f"no stem is called {stem!r}", field="stem")
            part = {"file": file, "bars": visit.bars}
            edit = set_in_section(project, section, ("parts", stem), part, reach)
        else:
            number = 1
            while (name := stem if number == 1 else f"{stem}_{number}") in taken:
                number += 1
            where = visit.place.name if reach == "all" else f"{visit.place.name}:{visit.place.index}"
            # It was played with the song, from this downbeat on: nothing is guessed or stretched.
            entry: dict[str, Any] = {
                "name": name, "role": "audio", "audio": file, "at": where, "offset": 0, "stretch": 0,
            }  # fmt: skip
            written = len(project.spec.stems or ())
            edit = SetField(("stems", written), entry) if written else SetField(("stems",), [entry])

        is_new = not path.exists()
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, data)
        try:
            return desk.apply(revision, edit.document())
        except Exception:
            if is_new:
                path.unlink(missing_ok=True)
            raise
