"""Reads a song spec from YAML and reports all of its faults together, each with its line."""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from structure.errors import Fault, SpecError, did_you_mean
from structure.loading.checks import check_song
from structure.loading.faults import faults_of, in_line_order, shown
from structure.loading.yaml_reader import Document, Path, dotted, read_yaml
from structure.spec import FormEntry, SongSpec

LARGEST_BYTES = 256 * 1024
"""Size limit of a spec file."""

_SUFFIXES = (".yaml", ".yml")


def load_spec(path: str | FilePath) -> SongSpec:
    """Read a song spec from a YAML file. Raises SpecError with every fault that was found."""
    file = FilePath(path)
    return parse_spec(_read_text(file), str(path))


def parse_spec(text: str, source: str = "<spec>", folder: FilePath | None = None) -> SongSpec:
    """Read a song spec from YAML text. ``source`` names it in errors; audio that it names is looked up in
    ``folder``, which is that of the source if left out. Raises SpecError."""
    if len(text.encode(errors="surrogatepass")) > LARGEST_BYTES:
        raise _file_error(source, "the spec is too large", _SIZE_HINT)
    document = read_yaml(text, source)
    if not isinstance(document.data, dict):
        raise SpecError([_not_a_mapping(document)], source)
    _normalise_form(document)
    _use_own_style(document, source)
    _find_init_audio(document, FilePath(source).parent if folder is None else folder)
    faults = list(document.faults)
    spec: SongSpec | None = None
    try:
        # Strict JSON mode: lists become tuples, but neither "120" nor `yes` passes for a number or a flag.
        spec = SongSpec.model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as exc:
        faults += faults_of(exc, document)
    faults = _first_of_each(faults) + _findings(document)
    if faults or spec is None:
        raise SpecError(in_line_order(faults), source)
    return spec


_SIZE_HINT = "a spec has 256 KiB at most"


def _file_error(source: str, message: str, hint: str = "") -> SpecError:
    return SpecError([Fault(message, hint=hint)], source)


def _read_text(file: FilePath) -> str:
    """The file's text, with every reason why it cannot be a spec ruled out."""
    source = str(file)
    if file.is_dir():
        raise _file_error(source, "this is a folder", "name a .yaml file in it")
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError as exc:
        raise _file_error(source, "no such file", _similar_files(file)) from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise _file_error(source, f"cannot be read: {reason.lower()}") from exc
    if len(data) > LARGEST_BYTES:
        raise _file_error(source, "the file is too large", _SIZE_HINT)
    return _decoded(data, source)


def _decoded(data: bytes, source: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _file_error(source, "the file is UTF-16", "save it as UTF-8")
    if b"\0" in data:
        raise _file_error(source, "this is a binary file", "a song spec is YAML text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        fault = Fault(
            f"byte 0x{data[exc.start]:02X} is not UTF-8", line=line, hint="save the file as UTF-8"
        )
        raise SpecError([fault], source) from exc


def _similar_files(file: FilePath) -> str:
    """A hint at a song of a similar name: in the same folder, or shipped with the package."""
    from songs import song_names

    folder = file.parent
    try:
        here = sorted(f.name for f in folder.iterdir() if f.suffix in _SUFFIXES)
    except OSError:
        here = []
    bundled = {name: f"the bundled song {name!r}" for name in song_names()}
    hint = did_you_mean(file.name, here) if here else ""
    if hint.startswith("did"):
        return hint
    close = did_you_mean(file.stem, bundled)
    if close.startswith("did"):
        return close.replace("did you mean", "did you mean the bundled song")
    return hint or "bundled songs: " + ", ".join(bundled)


def _not_a_mapping(document: Document) -> Fault:
    if document.data is None:
        return Fault("the spec is empty", hint="write at least `description: …`")
    message = f"a spec is a mapping of keys to values, got {shown(document.data)}"
    return Fault(message, line=1, hint="write `description: …`")


def _use_own_style(document: Document, source: str) -> None:
    """A genre that is a file, beside the spec, is read, and goes by its name from there on."""
    from structure.loading.own_styles import is_style_file, use_style_file

    genre = document.data.get("genre")
    if is_style_file(genre):
        path = FilePath(source).parent / FilePath(genre).expanduser()
        if path.is_file():
            document.data["genre"] = use_style_file(path)
        else:
            fault = Fault(
                f"there is no style file {genre!r}",
                "genre",
                document.line_of(("genre",)),
                f"it is looked up in the folder of the spec: {path}",
            )
            document.faults.append(fault)
            del document.data["genre"]


def _find_init_audio(document: Document, folder: FilePath) -> None:
    """Audio files are looked up beside the spec."""
    sections, form = document.data.get("sections"), document.data.get("form")
    owners: list[tuple[Path, Any]] = []
    if isinstance(sections, dict):
        owners += [(("sections", name), section) for name, section in sections.items()]
    if isinstance(form, list):
        owners += [(("form", i), entry) for i, entry in enumerate(form)]
    for path, owner in owners:
        init = owner.get("init") if isinstance(owner, dict) else None
        audio = init.get("audio") if isinstance(init, dict) else None
        if not isinstance(init, dict) or not isinstance(audio, str) or not audio or len(audio) > 1000:
            continue
        file = (folder / FilePath(audio).expanduser()).absolute()
        where = (*path, "init", "audio")
        if "\0" in audio or not file.is_file():
            hint = f"it is looked up in the folder of the spec: {file}"
            line = document.lines.get(document.closest(where))
            document.faults.append(Fault(f"there is no file {audio!r}", dotted(where), line, hint))


def _normalise_form(document: Document) -> None:
    """Rewrite each form entry as ``{section: name, …}``; what cannot be one is left for the model."""
    form = document.data.get("form")
    if not isinstance(form, list):
        return
    for i, entry in enumerate(form):
        if isinstance(entry, str):
            form[i] = {"section": entry}
        elif isinstance(entry, dict) and "section" not in entry and len(entry) == 1:
            _normalise_short_entry(document, i, *next(iter(entry.items())))


def _normalise_short_entry(document: Document, i: int, name: str, options: Any) -> None:
    """``- chorus: {lift: 2}`` → ``{section: chorus, lift: 2}``."""
    form = document.data["form"]
    if name in FormEntry.model_fields:
        return
    line = document.line_of(("form", i, name))
    if not isinstance(options, dict) or "section" in options:
        message = f"{name!r} is followed by {shown(options)}"
        hint = f"write `- {name}` or `- {{section: {name}, variation: 0.3}}`"
        document.faults.append(Fault(message, dotted(("form", i)), line, hint))
        options = {}
    for key in options:
        document.lines[("form", i, key)] = document.line_of(("form", i, name, key)) or 0
    form[i] = {"section": name, **options}


def _first_of_each(faults: list[Fault]) -> list[Fault]:
    """One fault for each value: what YAML says of it comes before what the model makes of the rest."""
    found: dict[tuple[str, int | None], Fault] = {}
    for fault in faults:
        found.setdefault((fault.field, fault.line), fault)
    return list(found.values())


def _findings(document: Document) -> list[Fault]:
    faults = []
    for found in check_song(document.data):
        path = document.closest(found.path)
        faults.append(Fault(found.message, dotted(path), document.lines.get(path), found.hint))
    return faults
