"""Reads a song spec from YAML and reports all of its faults together, each with its line."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from structure.base.errors import Fault, MusicFileError, SpecError, did_you_mean
from structure.base.files import is_file, locate
from structure.base.labels import section_visited
from structure.loading.checks import check_song
from structure.loading.faults import (
    faults_at,
    faults_of,
    first_of_each,
    in_line_order,
    not_a_mapping,
    show,
)
from structure.loading.lost_text import find_lost_text
from structure.loading.textfile import file_error, read_text
from structure.loading.yaml_reader import Document, Path, read_yaml, write_path
from structure.picture.cues import CUE_FILES, read_cues
from structure.picture.timecodes import exact_time_text
from structure.presets.styles import OwnStyle
from structure.specs.hits import MOST_HITS, HitsSpec
from structure.specs.parts import OwnFiles
from structure.specs.spec import FormEntry, SongSpec

if TYPE_CHECKING:
    from structure.loading.own_files import Hear

_LARGEST_KIB = 256
"""Size limit of a spec."""

_SUFFIXES = (".yaml", ".yml")


def load_spec(path: str | FilePath, bundled: Collection[str] = (), hear: Hear | None = None) -> SongSpec:
    """Read a song spec from a YAML file. Raises SpecError with every fault that was found.

    ``bundled`` are the names of songs that a mistyped path may have meant. ``hear`` hears the notes of
    recordings that parts are from.
    """
    file = locate(FilePath(), str(path))
    text = read_text(file, "spec", _LARGEST_KIB, lambda missing: _suggest_file(missing, bundled))
    return parse_spec(text, str(path), hear=hear)


def read_spec_text(file: FilePath) -> str:
    """Read the text of a spec's file. Raises SpecError."""
    return read_text(file, "spec", _LARGEST_KIB)


def parse_spec(
    text: str,
    source: str = "<spec>",
    folder: FilePath | None = None,
    own_style: OwnStyle | None = None,
    own_files: OwnFiles | None = None,
    hear: Hear | None = None,
) -> SongSpec:
    """Read a song spec from YAML text.

    ``source`` names the text in errors. Files that the spec names are looked up in ``folder``, which is
    that of the source if left out. ``own_style`` is a style of the user's own, read before, that the genre
    may name. ``own_files`` are the contents of files of music that were read before. ``hear`` hears the
    notes of recordings. Raises SpecError.
    """
    if len(text.encode(errors="surrogatepass")) > 1024 * _LARGEST_KIB:
        raise file_error(source, "the spec is too large", f"a spec has {_LARGEST_KIB} KiB at most")
    document = read_yaml(text, source)
    if not isinstance(document.data, dict):
        raise SpecError([not_a_mapping(document, "spec", "description: …")], source)

    # What the spec writes short or keeps in other files is put where the model looks for it.
    _normalise_form(document)
    own_style = _read_own_style(document, source) or own_style
    folder = FilePath(source).parent if folder is None else folder
    _find_init_audio(document, folder)
    _read_lyrics_file(document, folder)
    _read_hits_file(document, folder)

    faults = [*document.faults, *find_lost_text(document)]
    spec: SongSpec | None = None
    try:
        # Strict JSON mode: lists become tuples, but neither "120" nor `yes` passes for a number or a flag.
        spec = SongSpec.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as exc:
        faults += faults_of(exc, document)
    faults = first_of_each(faults) + faults_at(check_song(document.data, own_style), document)
    if spec is not None and spec.has_parts and not own_files:
        from structure.loading.own_files import read_own_files

        files, findings = read_own_files(spec, folder, hear)
        spec = spec.with_own_files(files)
        faults += faults_at(findings, document)
    if faults or spec is None:
        raise SpecError(in_line_order(faults), source)
    return (spec.with_own_files(own_files) if own_files else spec).with_own_style(own_style)


def _suggest_file(file: FilePath, bundled: Collection[str]) -> str:
    """Return a hint at a song of a similar name: in the same folder, or a bundled one."""
    folder = file.parent
    try:
        here = sorted(f.name for f in folder.iterdir() if f.suffix in _SUFFIXES)
    except OSError:
        here = []
    hint = did_you_mean(file.name, here) if here else ""
    if hint.startswith("did"):
        return hint
    close = did_you_mean(file.stem, bundled)
    if close.startswith("did"):
        return close.replace("did you mean", "did you mean the bundled song")
    if file.name == str(file) and not file.suffix:
        return f'a sentence has two words or more: "{file} song"; `ritornello songs` lists bundled songs'
    return hint or "bundled songs: " + ", ".join(bundled)


def _read_own_style(document: Document, source: str) -> OwnStyle | None:
    """Read a genre that is a file beside the spec, and put the style's name in its place."""
    from structure.loading.own_styles import is_style_file, read_style_file

    genre = document.data.get("genre")
    if not is_style_file(genre):
        return None
    path = locate(FilePath(source).parent, genre)
    if is_file(path):
        own_style = read_style_file(path)
        document.data["genre"] = own_style.style.name
        return own_style
    hint = f"it is looked up in the folder of the spec: {path}"
    line = document.line_of(("genre",))
    document.faults.append(Fault(f"there is no style file {show(genre)}", "genre", line, hint))
    del document.data["genre"]
    return None


def _find_init_audio(document: Document, folder: FilePath) -> None:
    """Look up the audio files that stems, sections and visits begin from, beside the spec."""
    stems = document.data.get("stems")
    sections, form = document.data.get("sections"), document.data.get("form")
    files: list[tuple[Path, Any]] = [
        (("stems", i, "audio"), stem.get("audio"))
        for i, stem in enumerate(stems if isinstance(stems, list) else ())
        if isinstance(stem, dict)
    ]
    owners: list[tuple[Path, Any]] = []
    if isinstance(sections, dict):
        owners += [(("sections", name), section) for name, section in sections.items()]
    if isinstance(form, list):
        owners += [(("form", i), entry) for i, entry in enumerate(form)]
    for path, owner in owners:
        init = owner.get("init") if isinstance(owner, dict) else None
        files.append(((*path, "init", "audio"), init.get("audio") if isinstance(init, dict) else None))

    for where, audio in files:
        if not isinstance(audio, str) or not audio or len(audio) > 1000:
            continue
        file = locate(folder, audio).absolute()
        if not is_file(file):
            hint = f"it is looked up in the folder of the spec: {file}"
            line = document.lines.get(document.closest(where))
            document.faults.append(Fault(f"there is no file {audio!r}", write_path(where), line, hint))


def _read_lyrics_file(document: Document, folder: FilePath) -> None:
    """Read words from a file beside the spec, and put them where they might have been written."""
    name = document.data.get("lyrics_file")
    if not isinstance(name, str) or not name or len(name) > 1000:
        return
    line = document.line_of(("lyrics_file",))
    file = (folder / FilePath(name).expanduser()).absolute()
    if document.data.get("lyrics") is not None:
        fault = Fault(
            "the song has `lyrics` and a `lyrics_file`", "lyrics_file", line, "remove one of them"
        )
        document.faults.append(fault)
    elif not is_file(file):
        hint = f"it is looked up in the folder of the spec: {file}"
        document.faults.append(Fault(f"there is no file {name!r}", "lyrics_file", line, hint))
    else:
        try:
            words = read_text(file, "text", _LARGEST_KIB, lambda _: "")
            if not words.strip():
                document.faults.append(
                    Fault(f"{name} is empty", "lyrics_file", line, "write words into it")
                )
            document.data["lyrics"] = words
        except SpecError as exc:
            message = exc.faults[0].message
            document.faults.append(Fault(f"{name}: {message}", "lyrics_file", line, exc.hint or ""))
    del document.data["lyrics_file"]


def _read_hits_file(document: Document, folder: FilePath) -> None:
    """Read the moments of a picture from a file beside the spec.

    They are put where the spec might have listed them itself.
    """
    hits = document.data.get("hits")
    said = {"file": hits} if isinstance(hits, str) and hits.lower().endswith(CUE_FILES) else hits
    name = said.get("file") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(name, str) or not 0 < len(name) <= 1000:
        return
    where = ("hits", "file") if isinstance(hits, dict) else ("hits",)
    line, field = document.line_of(where), write_path(where)
    rest = {key: value for key, value in said.items() if key != "file"}
    document.data["hits"] = {**rest, "at": rest.get("at") or []}
    if rest.get("at"):
        hint = "remove one of them"
        document.faults.append(Fault("the song has hits in `at` and in a `file`", field, line, hint))
        return
    file = locate(folder, name).absolute()
    if not is_file(file):
        hint = f"it is looked up in the folder of the spec: {file}"
        document.faults.append(Fault(f"there is no file {name!r}", field, line, hint))
        return
    try:
        counting = HitsSpec.model_validate(document.data["hits"]).counting
    except ValidationError:
        return  # a fault of its own
    try:
        cues = read_cues(file, counting)
    except MusicFileError as exc:
        message = exc.message.removeprefix(f"{file}: ")
        document.faults.append(Fault(f"{name}: {message}", field, line, exc.hint or ""))
        return
    document.data["hits"]["at"] = [
        {"at": exact_time_text(cue.seconds), "label": cue.label} for cue in cues[: MOST_HITS + 1]
    ]


def _normalise_form(document: Document) -> None:
    """Rewrite each form entry as ``{section: name, …}``; what cannot be one is left for the model.

    ``- chorus: {lift: 2}`` becomes ``{section: chorus, lift: 2}``. ``verse 1``, ``verse1`` and ``verse_1``
    visit ``verse``, unless ``sections`` defines them.
    """
    form, sections = document.data.get("form"), document.data.get("sections")
    if not isinstance(form, list):
        return
    for i, entry in enumerate(form):
        if isinstance(entry, str):
            form[i] = {"section": entry}
            continue
        if not isinstance(entry, dict) or "section" in entry or len(entry) != 1:
            continue
        name, options = next(iter(entry.items()))
        if name in FormEntry.model_fields:
            continue
        line = document.line_of(("form", i, name))
        if not isinstance(options, dict) or "section" in options:
            message = f"{name!r} is followed by {show(options)}"
            hint = f"write `- {name}` or `- {{section: {name}, variation: 0.3}}`"
            document.faults.append(Fault(message, write_path(("form", i)), line, hint))
            options = {}
        for key in options:
            document.lines[("form", i, key)] = document.line_of(("form", i, name, key)) or 0
        form[i] = {"section": name, **options}

    defined = tuple(sections) if isinstance(sections, dict) else ()
    for entry in form:
        if isinstance(entry, dict) and isinstance(entry.get("section"), str):
            entry["section"] = section_visited(entry["section"], defined)
