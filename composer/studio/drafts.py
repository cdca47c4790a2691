"""A section that is heard before the song is rendered: mixed alone, as soon as its clips are made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from composer.rendering.song import render_source
from composer.studio.clips import Backends
from composer.studio.desk import Desk
from composer.studio.messages.faults import NotFoundError
from composer.studio.sound.rendered import studio_folder
from render.audio.wav import write_wav
from structure.base.files import remove, replacing
from structure.plans.excerpt import excerpt

_MOST_KEPT = 40


@dataclass
class Drafts:
    """Mixes and masters sections alone, from clips that are there, while a render may go on."""

    desk: Desk
    backends: Backends
    _lock: Lock = field(default_factory=Lock)

    def file(self, index: int) -> Path:
        """Return the sound of a visit, counted from 0. Raises NotFoundError where clips are missing."""
        with self.desk.hold() as project:
            plan, source, keys = project.plan, project.source, self.desk.keys()
            folder = studio_folder(project.path) / "sections"
            text = project.text
        if not 0 <= index < len(keys):
            raise NotFoundError(f"the song has no section {index}", field="section")
        if not all(map(self.desk.cache.has, keys[index].values())):
            raise NotFoundError(
                "clips of this section are not made yet", field="section", hint="render the song"
            )
        mark = json.dumps([text, index, sorted(keys[index].items())])
        path = folder / f"{hashlib.sha256(mark.encode()).hexdigest()[:16]}.wav"
        with self._lock:
            if not path.is_file():
                place = plan.visits[index].place
                part = excerpt(plan, [f"{place.name}:{place.index}"])
                backend = self.backends.of(plan)
                song = render_source(source, part, lambda: backend, self.desk.cache)
                folder.mkdir(parents=True, exist_ok=True)
                with replacing(path) as made:
                    write_wav(made, song.master, song.sample_rate)
                by_age = sorted(
                    folder.glob("[!.]*.wav"), key=lambda path: path.stat().st_mtime, reverse=True
                )
                for old in by_age[_MOST_KEPT:]:
                    remove(old)
        return path
