"""Name and gather the user's own files: audio to begin from, music of parts, and recordings.

A song carries its files with it. In its folder a file lies at the path by which the spec names it, seen
from the spec. Where that path leads out of the folder, or to a file of the song's own, the file lies in
``init/``, ``parts/`` or ``recordings/``, and the folder's spec says so. Plan and lock know a file by the
SHA-256 of its content, not by its place.
"""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from structure.base.errors import AudioFileError, RitornelloError
from structure.base.files import locate, sha256
from structure.base.names import INIT_FOLDER, PARTS_FOLDER, RECORDINGS_FOLDER, RESERVED
from structure.loading.yaml_editor import set_value
from structure.loading.yaml_reader import Document, read_yaml
from structure.loading.yaml_reader import Path as YamlPath
from structure.plans.plan import InitFile, SongPlan
from structure.specs.parts import Parts
from structure.specs.spec import FormEntry, SectionSpec, SongSpec


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files of a spec, by their names in a song's folder.

    ``files`` is audio that sections begin from, ``parts`` are files of music, and ``recordings`` are
    stems. ``changes`` maps the names in the spec to those in the folder, where they differ. ``text`` is
    the spec's text with the new names; None where the text does not show where a name stands.
    """

    files: dict[str, InitFile] = field(default_factory=dict)
    parts: dict[str, InitFile] = field(default_factory=dict)
    recordings: dict[str, InitFile] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)
    text: str | None = None


def gather(spec: SongSpec, text: str, folder: Path, origin: str) -> Gathered:
    """Name the files of a spec for a song's folder.

    ``folder`` is where their paths count from, ``origin`` names ``text`` in errors.
    """
    owners: list[SectionSpec | FormEntry] = [*spec.sections.values()]
    owners += spec.form if isinstance(spec.form, tuple) else ()
    inits = [owner.init for owner in owners if owner.init is not None]
    parts = [*spec.parts.values(), *(part for owner in owners for part in owner.parts.values())]
    written = dict.fromkeys((init.audio for init in inits), INIT_FOLDER)
    written |= dict.fromkeys((part.file for part in parts), PARTS_FOLDER)
    written |= dict.fromkeys((str(stem.audio) for stem in spec.recordings), RECORDINGS_FOLDER)
    if not written:
        return Gathered()

    places = list(_find_places(read_yaml(text, origin)))
    names: dict[str, str] = {}
    files: dict[str, InitFile] = {}
    for audio, usual in written.items():
        path = locate(folder, audio).absolute()
        names[audio] = name = _name(audio, path, files, usual)
        said = next((place for place in places if place.audio == audio), None)
        where = f"{origin}:{said.line}: {said.field}" if said else f"{origin}: {_UNSAID[usual]}"
        files[name] = InitFile(path=path, where=where)
    by_kind: dict[str, dict[str, InitFile]] = {usual: {} for usual in _UNSAID}
    for audio, usual in written.items():
        by_kind[usual][names[audio]] = files[names[audio]]

    # with the new names in it, the text stays as it is else, comments too
    changes = {audio: name for audio, name in names.items() if audio != name}
    are_all_said = {place.audio for place in places} >= set(changes)
    for place in places if are_all_said else ():
        if place.audio in changes:
            text = set_value(text, place.path, changes[place.audio], origin)
    return Gathered(
        by_kind[INIT_FOLDER],
        by_kind[PARTS_FOLDER],
        by_kind[RECORDINGS_FOLDER],
        changes,
        text if are_all_said else None,
    )


_UNSAID = {INIT_FOLDER: "init.audio", PARTS_FOLDER: "parts", RECORDINGS_FOLDER: "stems"}
"""What names the files of each folder."""


def rename_audio(spec: SongSpec, changes: Mapping[str, str]) -> SongSpec:
    """Return the spec with other names of its files."""

    def rename_in(old: SectionSpec | FormEntry) -> dict[str, Any]:
        found: dict[str, Any] = _rename_parts(old.parts, changes)
        if old.init is not None and old.init.audio in changes:
            found["init"] = old.init.model_copy(update={"audio": changes[old.init.audio]})
        return found

    sections = {name: one.model_copy(update=rename_in(one)) for name, one in spec.sections.items()}
    renamed = spec.model_copy(update={"sections": sections}) if spec.sections else spec
    if isinstance(spec.form, tuple):
        form = tuple(entry.model_copy(update=rename_in(entry)) for entry in spec.form)
        renamed = renamed.model_copy(update={"form": form})
    renamed = renamed.model_copy(update=_rename_parts(spec.parts, changes))
    if any(stem.audio in changes for stem in spec.recordings):
        stems = (
            stem.model_copy(update={"audio": changes.get(stem.audio or "", stem.audio)})
            if stem.audio is not None
            else stem
            for stem in spec.stems or ()
        )
        renamed = renamed.model_copy(update={"stems": tuple(stems)})
    return renamed.with_own_files({changes.get(name, name): own for name, own in spec.own_files.items()})


def _rename_parts(parts: Parts, changes: Mapping[str, str]) -> dict[str, Any]:
    if not any(part.file in changes for part in parts.values()):
        return {}
    return {
        "parts": {
            stem: part.model_copy(update={"file": changes.get(part.file, part.file)})
            for stem, part in parts.items()
        }
    }


def with_part_files(plan: SongPlan, files: Mapping[str, InitFile]) -> SongPlan:
    """Return the plan with the digests of the files of music that its parts are from."""
    return replace(
        plan, part_files={name: replace(file, sha256=sha256(file.path)) for name, file in files.items()}
    )


def with_init_audio(plan: SongPlan, files: Mapping[str, InitFile]) -> SongPlan:
    """Return the plan with the digests of its audio files.

    Raises RitornelloError, which says where the spec names it, for a file that cannot be read or lasts
    less than a bar.
    """
    from render.audio.files import read_audio
    from render.audio.listening import SAME_LENGTH

    rate, bar = plan.grid.sample_rate, plan.grid.sample_at_bar(1)
    signed = {}
    for name, file in files.items():
        try:
            length = read_audio(file.path, rate, channels=1).shape[1]
        except RitornelloError as exc:
            raise exc.with_context(f"{file.where}: ", field=file.where) from exc
        if length < bar * (1.0 - SAME_LENGTH):
            raise AudioFileError(
                f"{file.where}: {file.path} lasts {length / rate:.3f} s, "
                f"less than a bar of {bar / rate:.3f} s",
                path=file.path,
                field=file.where,
            )
        signed[name] = replace(file, sha256=sha256(file.path))
    return replace(plan, init_audio=signed)


def copy_own_file(file: InitFile, path: Path) -> None:
    """Bring a file into a folder. Raises RitornelloError where it is not what the song was planned with."""
    shutil.copyfile(file.path, path)
    if sha256(path) != file.sha256:
        raise AudioFileError(
            f"{file.where}: {file.path} is not the file that the song was planned with",
            path=file.path,
            field=file.where,
        )


def _name(audio: str, path: Path, taken: Mapping[str, InitFile], folder: str) -> str:
    """Return where a file lies in a song's folder.

    The case of letters parts no two files, as on many disks.
    """
    plain = PurePosixPath(audio.replace("\\", "/"))
    name = plain.as_posix()
    leads_out = plain.is_absolute() or ".." in plain.parts or name.startswith("~") or ":" in name
    takes_ours = plain.parts[:1] and plain.parts[0].lower() in RESERVED
    plain_name = PurePosixPath(_printable(path.name))
    if name != audio or leads_out or takes_ours or name == folder or _printable(name) != name:
        name = f"{folder}/{plain_name}"
    if _is_free(name, path, taken):
        return name
    number = 2
    while not _is_free(f"{folder}/{plain_name.stem}-{number}{plain_name.suffix}", path, taken):
        number += 1
    return f"{folder}/{plain_name.stem}-{number}{plain_name.suffix}"


def _printable(name: str) -> str:
    """Return a name with ``_`` for each sign that :data:`~structure.base.types.RelativePath` refuses."""
    return "".join(
        "_" if sign == "\\" or unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in name
    )


def _is_free(name: str, path: Path, taken: Mapping[str, InitFile]) -> bool:
    """Return whether a name is nobody's, or the same file's."""
    others = {other.lower(): file.path for other, file in taken.items()}
    return others.get(name.lower(), path) == path


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text names a file: the path of the value, its line from 1, and the field in words."""

    audio: str
    path: YamlPath
    line: int
    field: str


def _find_places(document: Document) -> Iterator[_Place]:
    data = document.data if isinstance(document.data, dict) else {}
    sections, form = data.get("sections"), data.get("form")
    owners: list[tuple[str, YamlPath, object]] = [("", (), data)]
    if isinstance(sections, dict):
        owners += [(f"sections.{name}", ("sections", name), section) for name, section in sections.items()]
    for index, entry in enumerate(form if isinstance(form, list) else ()):
        name = f"form[{index + 1}]"
        owners.append((name, ("form", index), entry))
        if isinstance(entry, dict) and len(entry) == 1:  # - chorus: {init: …}
            owners += [(name, ("form", index, key), options) for key, options in entry.items()]
    stems = data.get("stems")
    for index, stem in enumerate(stems if isinstance(stems, list) else ()):
        if isinstance(stem, dict) and isinstance(stem.get("audio"), str):
            where: YamlPath = ("stems", index, "audio")
            line = document.line_of(where) or 1
            yield _Place(stem["audio"], where, line, f"stems[{index + 1}].audio")
    for name, path, owner in owners:
        yield from _part_places(document, name, path, owner)
        init = owner.get("init") if isinstance(owner, dict) else None
        if isinstance(init, dict) and isinstance(init.get("audio"), str):
            where = (*path, "init", "audio")
            yield _Place(init["audio"], where, document.line_of(where) or 1, f"{name}.init.audio")


def _part_places(document: Document, name: str, path: YamlPath, owner: object) -> Iterator[_Place]:
    """Yield where parts name their files: as they are, or as the ``file`` of a mapping."""
    parts = owner.get("parts") if isinstance(owner, dict) else None
    for stem, part in parts.items() if isinstance(parts, dict) else ():
        where: YamlPath = (*path, "parts", stem)
        is_short = isinstance(part, str)
        file = part if is_short else part.get("file") if isinstance(part, dict) else None
        where = where if is_short else (*where, "file")
        if isinstance(file, str):
            said = f"{name}.parts.{stem}".removeprefix(".")
            yield _Place(file, where, document.line_of(where) or 1, said)
