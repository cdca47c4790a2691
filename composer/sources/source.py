"""What a song is made from: a file, a bundled song, YAML text, a sentence, a mapping or a spec."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import yaml

from composer.base.backends import check_backend_is_known, parts_backends
from composer.sources.chord_letters import note_on_key, notes_on_key_names, notes_on_lines
from composer.sources.heard import hear_recording
from composer.sources.init_audio import gather, rename_audio, with_init_audio, with_part_files
from composer.sources.places import locate_error
from composer.sources.recorded import with_recordings
from composer.sources.reference import follow_reference
from composer.sources.sentences import check_is_no_path, sentence_seed
from songs import find_song, song_names, song_path
from structure.base.errors import AudioFileError, Fault, FolderError, RitornelloError, SpecError, UsageError
from structure.base.files import is_file, locate
from structure.base.names import LOCK, PLAN, SPEC
from structure.base.plain_text import clean_line, file_words
from structure.base.types import LARGEST_SEED
from structure.loading.loader import load_spec, parse_spec, read_spec_text
from structure.loading.textfile import decode_text
from structure.loading.yaml_editor import remove_value, set_value
from structure.picture.cues import CUE_FILES
from structure.plans.plan import InitFile, SongPlan
from structure.presets.styles import OwnStyle
from structure.specs.spec import EMBEDDED_VOICE, FIRST_VOICE, MasterSpec, SongSpec, VoiceSpec

if TYPE_CHECKING:
    from composer.understanding.understanding import Understanding

WORDS_ALONE = "a pop song with vocals"
"""What a song is asked to be of which nothing is known but its words."""

_YAML = re.compile(r"\s*(\{|---|#|[a-z_]+\s*:(\s|$))")


@dataclass(frozen=True, slots=True)
class Source:
    """A spec and where it comes from.

    ``text`` is YAML that reads as ``spec``. ``name`` suits a folder. ``only`` names the wanted sections,
    as :func:`structure.plans.excerpt.excerpt` reads them; where it is empty, all are wanted. ``folder`` is
    where files that the spec names are looked up.

    Audio that sections begin from has a name in the song's folder, and ``init_files`` says where the file
    is. ``part_files`` says the same of the music of parts, and ``recording_files`` of recordings that are
    stems. ``written`` is the text as the user wrote it and the name of its file; both are empty where
    there is none.
    """

    spec: SongSpec
    text: str
    name: str
    only: tuple[str, ...] = ()
    folder: Path = Path()
    written: tuple[str, str] = ("", "")
    init_files: Mapping[str, InitFile] = field(default_factory=dict)
    part_files: Mapping[str, InitFile] = field(default_factory=dict)
    recording_files: Mapping[str, InitFile] = field(default_factory=dict)


def read_source(
    source: SongSpec | Mapping[str, Any] | str | Path | BinaryIO,
    folder: Path = Path(),
    own_style: OwnStyle | None = None,
) -> Source:
    """Read a song from whatever names or holds it.

    A string is, in this order: YAML text, where it has several lines or begins with a key; a file that
    exists; a bundled song, by its name or its title; a sentence, where it has several words and does not
    look like a path; else the path of a file. A stream, such as standard input, holds YAML text. Files that
    a spec or a mapping names are looked up in ``folder``; ``own_style`` is a style of the user's own that a
    mapping may name as its genre. Raises SpecError with all that is wrong, FolderError for a path at which
    there is no spec.
    """
    if isinstance(source, SongSpec):
        own_style = source.own_style
        source = source.model_dump(mode="json", exclude_unset=True)
    if isinstance(source, Mapping):
        try:
            text = json.dumps(dict(source))
        except (TypeError, ValueError, RecursionError) as exc:
            raise SpecError([Fault(f"the mapping is no plain data: {exc}")], "<mapping>") from exc
        spec = parse_spec(text, "<mapping>", folder, own_style, hear=hear_recording)
        return _gather_files(Source(spec, spec_text(spec), _slug(spec), folder=folder), "<mapping>")
    if isinstance(source, Path):
        return _file(source)
    if not isinstance(source, str):
        if not hasattr(source, "read"):
            got = type(source).__name__
            raise UsageError(
                f"a song is made from a path, a sentence, YAML, a mapping or a spec, got {got}",
                field="source",
            )
        return yaml_source(decode_text(source.read(), source.name, "spec"), source.name)

    if "\n" in source or _is_yaml(source):
        return yaml_source(source, "<text>")
    if not source.strip():
        hint = "name a file or a bundled song, or say in a sentence what it should be"
        raise SpecError([Fault("no song is named", hint=hint)], "")
    path = Path(source)
    if not is_file(locate(Path(), source)):
        if (bundled := find_song(source)) is not None:
            path = song_path(bundled)
        elif " " in source.strip():
            return sentence_source(source)
    return _file(path)


def _is_yaml(line: str) -> bool:
    """Return whether one line is a spec; "film score: first a cello, then a choir" is none."""
    match = _YAML.match(line)
    key = match[1].partition(":")[0].strip() if match is not None else ""
    is_near = bool(difflib.get_close_matches(key, SongSpec.model_fields, n=1, cutoff=0.75))
    return match is not None and (not key or is_near or len(line[match.end() :].split()) < _SENTENCE_WORDS)


_SENTENCE_WORDS = 3
"""Words behind a colon from which on a line whose key is no field's is a sentence."""


def sentence_source(sentence: str) -> Source:
    """Read a song from a sentence, with the seed that the sentence has.

    Raises FolderError where it is a path, SpecError where it says nothing.
    """
    check_is_no_path(sentence)
    if not clean_line(sentence):
        raise SpecError([Fault("the sentence is empty", hint="say what you would say of the music")], "")
    try:
        return read_source({"description": sentence, "seed": sentence_seed(sentence)})
    except SpecError as exc:
        # no line of a spec that nobody wrote
        raise SpecError([replace(fault, line=None) for fault in exc.faults], "") from exc


def words_source(file: Path, sentence: str | None = None) -> Source:
    """Read a song that sings the words of a text file; ``sentence`` says what else is asked for.

    Raises SpecError for a file that cannot be read or sung.
    """
    if not is_file(file):
        what = "is a folder" if file.is_dir() else "no such file"
        raise FolderError(f"{file}: {what}", path=file, hint="name a text file with the words to sing")
    said = {"description": sentence} if sentence else {"description": WORDS_ALONE}
    spec = {**said, "seed": sentence_seed(sentence or file.name), "lyrics_file": file.name}
    try:
        return read_source(spec, file.parent)
    except SpecError as exc:
        # no line of a spec that nobody wrote
        raise SpecError([replace(fault, line=None) for fault in exc.faults], str(file)) from exc


def yaml_source(text: str, source: str) -> Source:
    """Read a song from YAML text; ``source`` names it in errors."""
    spec = parse_spec(text, source, hear=hear_recording)
    found = Source(spec, text, _slug(spec), folder=Path(source).parent, written=(text, source))
    return _gather_files(found, source)


def _gather_files(source: Source, origin: str) -> Source:
    """Return the source as it lies in a song's folder, with its own files.

    Lyrics and hits that the spec reads from files are written into its text.
    """
    if source.spec.lyrics and re.search(r"^\s*[\"'{]?lyrics_file", source.text, re.MULTILINE):
        text = set_value(source.text, ("lyrics",), source.spec.lyrics, origin)
        source = replace(source, text=remove_value(text, ("lyrics_file",), origin))
    if source.spec.hits.at:
        hits = yaml.safe_load(source.text).get("hits")
        names_file = isinstance(hits, str) and hits.lower().endswith(CUE_FILES)
        if names_file or (isinstance(hits, dict) and "file" in hits):
            moments = [f"{hit.at} {hit.label}".strip() for hit in source.spec.hits.at]
            source = replace(source, text=set_value(source.text, ("hits",), moments, origin))
    source = _with_voice_models(source, origin)
    found = gather(source.spec, source.text, source.folder, origin)
    source = replace(
        source, init_files=found.files, part_files=found.parts, recording_files=found.recordings
    )
    if not found.changes:
        return source
    spec = rename_audio(source.spec, found.changes)
    text = spec_text(spec) if found.text is None else found.text
    return replace(source, spec=spec, text=text)


def _with_voice_models(source: Source, origin: str) -> Source:
    """Return the source with the whole paths of its singers' models: a song's folder is another one.

    They are large, and are not copied there.
    """
    stems, text = list(source.spec.stems or ()), source.text
    for index, stem in enumerate(stems):
        if not isinstance(stem.voice, VoiceSpec) or stem.voice.model in (EMBEDDED_VOICE, FIRST_VOICE):
            continue
        if not Path(stem.voice.model).is_absolute():
            whole = str(locate(source.folder, stem.voice.model).absolute())
            stems[index] = stem.model_copy(update={"voice": stem.voice.model_copy(update={"model": whole})})
            text = set_value(text, ("stems", index, "voice", "model"), whole, origin)
    if text == source.text:
        return source
    return replace(source, spec=source.spec.model_copy(update={"stems": tuple(stems)}), text=text)


def with_overrides(
    source: Source,
    *,
    seed: int | None = None,
    backend: str | None = None,
    model: str | None = None,
    master: MasterSpec | None = None,
    singer: Literal["auto", "none"] | None = None,
) -> Source:
    """Return the source with another seed, backend, model, master or singer.

    Its text follows where that changes the spec. Another backend does not take the model, scheduler and
    LoRA that the spec names for its own. Raises UsageError for a seed that a spec may not have.
    """
    spec = source.spec
    if seed is not None:
        if type(seed) is not int or not 0 <= seed <= LARGEST_SEED:
            raise UsageError(
                f"a seed is a whole number from 0 to {LARGEST_SEED}, got {seed!r}", field="seed"
            )
        spec = spec.model_copy(update={"seed": seed})
    if backend is not None:
        other = {"model": None, "scheduler": None, "lora": None} if backend != spec.render.backend else {}
        spec = _with_render(spec, {"backend": backend, **other})
    if model is not None:
        spec = _with_render(spec, {"model": model})
    if singer is not None:
        spec = _with_render(spec, {"singer": singer})
    if master is not None:
        spec = spec.model_copy(update={"master": master})
    return source if spec == source.spec else replace(source, spec=spec, text=spec_text(spec))


def _with_render(spec: SongSpec, changes: Mapping[str, Any]) -> SongSpec:
    """Return the spec with other render settings; those that stay as they are do not count as set."""
    changed = {name: value for name, value in changes.items() if getattr(spec.render, name) != value}
    return spec.model_copy(update={"render": spec.render.model_copy(update=changed)}) if changed else spec


def with_only(source: Source, only: Sequence[str]) -> Source:
    """Return the source with only some of its sections, which its name then lists.

    Where ``only`` is empty, it is the source as it was.
    """
    only = (only,) if isinstance(only, str) else only
    wanted = tuple(name.strip() for names in only for name in names.split(",") if name.strip())
    if not wanted:
        return source
    suffix = "-".join(re.sub(r"[^a-z0-9_]+", "_", name.lower()) for name in wanted)
    return replace(source, only=wanted, name=f"{source.name}-{suffix}")


def plan_source(source: Source) -> SongPlan:
    """Plan a song, or those of its sections that are wanted.

    Raises PlanError where it cannot be planned, AudioFileError for a recording that it cannot use, and
    RitornelloError for sections that it does not have; each with the line of the spec that it is about.
    """
    from structure.planning.planner import plan_song
    from structure.plans.excerpt import excerpt

    try:
        _check_parts_backends(source)
        planned = plan_song(source.spec)
        if planned.master.reference is not None:
            planned = follow_reference(planned, locate(source.folder, planned.master.reference))
        if source.init_files:
            planned = with_init_audio(planned, source.init_files)
        if source.recording_files:
            planned = with_recordings(planned, source.spec, source.recording_files)
        if source.part_files:
            planned = with_part_files(planned, source.part_files)

        data = source.spec.model_dump(mode="json", exclude_unset=True)
        if note := note_on_key(data, planned.key, f"{source.name}.yaml"):
            planned = replace(planned, notes=(*planned.notes, note))
        more = (*notes_on_key_names(source.spec), *notes_on_lines(source.spec, planned))
        planned = replace(planned, notes=(*planned.notes, *more))
        return excerpt(planned, source.only) if source.only else planned
    except RitornelloError as exc:
        raise locate_error(exc, *source.written) from exc


def check_backend(source: Source) -> None:
    """Raise BackendError, with file and line, where a song names a backend that there is none of."""
    try:
        check_backend_is_known(source.spec.render.backend)
        _check_parts_backends(source)
    except RitornelloError as exc:
        raise locate_error(exc, *source.written) from exc


def check_source(source: Source) -> None:
    """Raise SpecError for what a spec asks for and there cannot be, which is known without planning notes.

    It may be a backend that there is none of, a reference that is not there, or a form, a length or stems
    that do not go together.
    """
    from structure.planning.planner import check_outline

    reference = source.spec.master.reference
    missing: list[RitornelloError] = []
    for where, name in (("render.backend", source.spec.render.backend), *parts_backends(source.spec)):
        try:
            check_backend_is_known(name, where)
        except RitornelloError as exc:
            missing.append(exc)
    if reference is not None and not locate(source.folder, reference).is_file():
        missing.append(AudioFileError(f"{reference}: no such audio file", field="master.reference"))
    try:
        check_outline(source.spec)
    except RitornelloError as exc:
        missing.append(exc)
    if missing:
        faults = [
            Fault(one.message, one.field, locate_error(one, *source.written).line, one.hint or "")
            for one in missing
        ]
        raise SpecError(faults, source.written[1])


def _check_parts_backends(source: Source) -> None:
    """Raise BackendError where a stem, a section or a visit names a backend that there is none of."""
    for where, name in parts_backends(source.spec):
        check_backend_is_known(name, where)


def understand_source(source: Source, plan: SongPlan | None = None) -> Understanding:
    """Return what became of each wish of a source's description in its whole song.

    ``plan`` is what :func:`plan_source` gave for the source, if it is at hand.
    """
    from composer.understanding.understanding import understand_song

    if plan is None or source.only:
        plan = plan_source(replace(source, only=()))
    return understand_song(plan, source.spec)


def spec_text(spec: SongSpec) -> str:
    """Return a spec as YAML, with only the fields that were set."""
    data = spec.model_dump(mode="json", exclude_unset=True)
    if isinstance(data.get("form"), list):
        data["form"] = [entry["section"] if len(entry) == 1 else entry for entry in data["form"]]
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def text_in_folder(source: Source) -> str:
    """Return the text of a source for a folder that also holds its style, if that is the user's own."""
    own = source.spec.own_style
    if own is None or own.file is None:
        return source.text
    return set_value(source.text, ("genre",), own.file.name, source.name)


class _Dumper(yaml.SafeDumper):
    """Quotes what looks like a number, since YAML 1.1 and 1.2 read some of those differently."""


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if re.match(r"[-+.]?\d", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


def _file(path: Path) -> Source:
    try:
        path = locate(Path(), str(path))
        _check_is_spec(path)
        spec, text = load_spec(path, song_names(), hear_recording), read_spec_text(path)
        found = Source(spec, text, path.stem, folder=path.parent, written=(text, str(path)))
        return _gather_files(found, str(path))
    except OSError as exc:
        raise FolderError(f"{str(path)[:80]} cannot be read: {exc.strerror}", path=path) from exc


def _check_is_spec(path: Path) -> None:
    """Raise FolderError for another file of a song's folder, with what is done with it."""
    uses = {
        LOCK: f"`ritornello render --lock {path}` makes its song again",
        PLAN: f"render {path.parent / SPEC}, from which the plan was made"
        if (path.parent / SPEC).is_file()
        else "",
    }
    if path.name in uses and path.is_file():
        raise FolderError(f"{path} is no song spec", path=path, hint=uses[path.name])


def _slug(spec: SongSpec) -> str:
    """Return a folder's name from the title or the first words of the description."""
    return file_words(spec.title or spec.description or "", "song")
