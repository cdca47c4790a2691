"""What the studio's server and its page say to each other: the only place where that is written.

:mod:`composer.studio.messages.schema` makes the page's types from these models. Times are seconds and bars
count from 0, unless a field says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Path = list[str | int]
"""Where a value stands in the YAML: ``["sections", "chorus", "bars"]``; items of lists count from 0."""


class Message(BaseModel):
    """Anything that is sent."""

    model_config = ConfigDict(extra="forbid")


class Fault(Message):
    """One thing that is wrong, and where: ``line`` and ``column`` count from 1."""

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str = ""
    hint: str = ""


class Bar(Message):
    """A bar of the song. ``beats_s`` are the times of its beats, the downbeat first."""

    index: int
    start_s: float
    end_s: float
    beats_s: list[float]
    meter: str
    tempo: float


class Chord(Message):
    """A chord, from its place to that of the next one. ``beat`` counts from 1."""

    symbol: str
    start_s: float
    end_s: float
    bar: int
    beat: float
    section: int


class HappeningEvent(Message):
    """Something that happens in a section; ``bar`` counts from 1 in the section, ``stem`` may be all."""

    bar: int
    beat: float
    what: str
    stem: str
    bars: int | None
    tempo: float | None
    meter: str | None


class Section(Message):
    """One visit of a section, as it stands in the song.

    ``section`` is its identity, ``returns_of`` the index of the first visit of the same identity,
    ``colour`` a number that all visits of an identity share. ``playing`` are the stems with notes.
    ``chords`` are those of the identity, as the field of that name takes them.
    ``section_path`` and ``visit_path`` are where its fields stand in the YAML; the latter is null where the
    form is planned.
    ``visit_value`` is what stands there, as a mapping. ``is_rendered`` says that the rendered song has
    exactly these clips, ``is_ready`` that all of them are made.
    """

    index: int
    name: str
    section: str
    visit: int
    variation: float
    lift: int
    key: str
    chords: str
    energy: float
    start_s: float
    end_s: float
    start_sample: int
    end_sample: int
    first_bar: int
    bars: int
    returns_of: int | None
    colour: int
    playing: list[str]
    prompts: dict[str, str]
    takes: dict[str, int]
    events: list[HappeningEvent]
    lyrics: str
    seed: int
    section_path: Path
    visit_path: Path | None
    visit_value: dict[str, Any] | None
    is_rendered: bool
    is_ready: bool


class Stem(Message):
    """One stem. ``path`` is where its fields stand in the YAML, null where the stems are planned."""

    name: str
    role: str
    prompt: str
    negative_prompt: str
    gain_db: float
    pan: float
    lowest: int | None
    highest: int | None
    has_notes: bool
    is_rendered: bool
    path: Path | None


ChipStatus = Literal["understood", "guessed", "not_understood"]


class Chip(Message):
    """One thing that was asked for, or decided, and can be changed.

    ``field`` is the field of the YAML that settles it, ``choices`` what may stand there. ``span`` are the
    characters of the description that say it. ``became`` says what the plan made of it.
    """

    kind: str
    label: str
    value: str
    status: ChipStatus
    field: Path | None = None
    choices: list[str] | None = None
    span: tuple[int, int] | None = None
    became: str = ""


class Song(Message):
    """A planned song.

    ``music_end_s`` is the last double bar; what follows it rings out. ``energy`` has a number from 0 to 1
    for each bar. ``tempo`` counts beats a minute. ``singers`` are the stems that sing, ``happenings`` all
    that may happen in a section.
    """

    sample_rate: int
    length_s: float
    length_samples: int
    music_end_s: float
    title: str
    description: str
    genre: str
    tempo: float
    meter: str
    key: str
    seed: int
    backend: str
    notes: list[str]
    chips: list[Chip]
    sections: list[Section]
    stems: list[Stem]
    bars: list[Bar]
    chords: list[Chord]
    energy: list[float]
    lead: str | None
    singers: list[str]
    happenings: list[str]


class RenderedFile(Message):
    """A file of audio that can be heard. ``name`` is a stem's, ``master`` or ``premaster``."""

    name: str
    samples: int
    channels: int
    sample_rate: int
    etag: str


class RenderedSection(Message):
    """Where a visit lies in a rendered song."""

    name: str
    section: str
    visit: int
    start_sample: int
    end_sample: int


class Rendering(Message):
    """A rendered song: its files, the loudness of its master, and where its visits lie."""

    files: list[RenderedFile]
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    sections: list[RenderedSection]


class RenderState(Message):
    """What there is to hear.

    ``is_current`` says that it is the song as the spec is now. ``before`` is the render that it replaced.
    """

    is_current: bool = False
    now: Rendering | None = None
    before: Rendering | None = None


JobKind = Literal["render", "takes", "export", "verify"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(Message):
    """Work that lasts.

    ``done`` of ``total`` are seconds of audio or steps of ``stage``; ``seconds_left`` is null where nothing
    is known. ``ready`` are the sections all of whose clips are made. ``result`` is what a job that is done
    has made. ``version`` rises with each news of the job: where two come in the wrong order, a page knows
    the newer one.
    """

    id: str
    version: int = 0
    kind: JobKind
    title: str
    state: JobState
    stage: str = ""
    done: float = 0.0
    total: float = 0.0
    seconds_left: float | None = None
    message: str = ""
    fault: Fault | None = None
    ready: list[int] = Field(default_factory=list)
    result: dict[str, Any] | None = None


class State(Message):
    """All that the page shows.

    ``revision`` is another number after each change. ``song`` is null where the text cannot be planned;
    ``faults`` say why. ``undo`` and ``redo`` say what they would do.
    """

    revision: int
    is_open: bool
    title: str
    file: str
    folder: str
    text: str
    song: Song | None
    faults: list[Fault]
    undo: str | None
    redo: str | None
    history: list[str]
    render: RenderState
    jobs: list[Job]


class Refusal(Fault):
    """The answer to a request that is refused.

    ``faults`` are all that are wrong, ``state`` the newest one where the request was made from an older
    one.
    """

    faults: list[Fault] = Field(default_factory=list)
    state: State | None = None


class Notes(Message):
    """The notes of a stem, in order.

    A note is ``[start_s, duration_s, pitch, velocity, section, is_given]``, as it is heard. ``written``
    are their onset and duration in quarters from the downbeat of their section.
    """

    stem: str
    role: str
    notes: list[tuple[float, float, int, int, int, bool]]
    written: list[tuple[str, str]]
    syllables: list[str | None]


DrawnNote = tuple[float, float, Annotated[int, Field(ge=0, le=127)], Annotated[int, Field(ge=1, le=127)]]
"""Onset and duration in quarters from the section's downbeat, pitch, velocity."""


Reach = Literal["all", "this"]
"""Whether a change is one of all visits of a section, or of one alone."""

RecordingUse = Literal["stem", "notes"]
"""Whether a recording is heard as it is, or its notes are what a stem plays."""


class NotesRequest(Message):
    """Notes that a stem is to play in a section; ``section`` is the index of a visit."""

    revision: int
    section: int
    reach: Reach = "all"
    notes: list[DrawnNote] = Field(max_length=4096)


class EditRequest(Message):
    """An edit of the song as it is at ``revision``."""

    revision: int
    edit: dict[str, Any]


class PreviewRequest(Message):
    """An edit that is not made; without one, the song as it is now."""

    edit: dict[str, Any] | None = None


class KeptBars(Message):
    """Bars of a stem, from 1, both ends included, that stay byte for byte as they are."""

    stem: str
    bars: list[tuple[int, int]]


class Difference(Message):
    """One thing that an edit changes."""

    kind: str
    what: str
    before: str | None
    after: str | None


class Preview(Message):
    """What an edit would do.

    ``sentence`` says it in words: how many of the song's ``clips`` a render makes anew, and how long that
    takes, as far as that is known.
    """

    sentence: str
    clips_to_make: int
    clips: int
    audio_s: float
    seconds: float | None
    places: list[str]
    kept: list[KeptBars]
    differences: list[Difference]
    notes: list[str]


class LoudnessAnswer(Message):
    """Short-term loudness of the rendered master, in LUFS, one for each ``step_s`` seconds."""

    step_s: float
    lufs: list[float]


class WordsRequest(Message):
    """A wish in words: ``second verse without drums, chorus up a tone``."""

    words: Annotated[str, Field(min_length=1, max_length=2000)]


class Impossible(Message):
    """A wish that cannot be met, and why."""

    words: str
    why: str


class ChangedLine(Message):
    """A line of the spec that an edit takes away (``-``) or puts in (``+``).

    ``line`` counts from 1 in the text that has it.
    """

    sign: Literal["-", "+"]
    line: int
    text: str


class WordsAnswer(Message):
    """What a wish in words would do at ``revision``.

    ``edit`` is for `/api/edits`; without one, nothing is changed. ``unread`` are the words that are not
    understood.
    """

    revision: int
    edit: dict[str, Any] | None
    obeyed: list[str]
    impossible: list[Impossible]
    unread: list[str]
    lines: list[ChangedLine]
    preview: Preview | None


class Moment(Message):
    """A state that the song has had.

    ``words`` say what led to it, ``made`` when, in UTC; both are empty for what was there at first, or was
    written by hand. ``is_applied`` says that it lies on the way to what is there now, ``is_within_reach``
    that one can go there.
    """

    state: str
    words: str
    made: str
    is_now: bool
    is_applied: bool
    is_within_reach: bool


class HistoryAnswer(Message):
    """All states that the song has had by edits, the first one first."""

    moments: list[Moment]


class GoRequest(Message):
    """Go to a state that the song has had; what is there now stays in the history."""

    revision: int
    state: str


class RevisionRequest(Message):
    """A change of the song as it is at ``revision``."""

    revision: int


class TextRequest(Message):
    """The whole YAML, in place of that of ``revision``."""

    revision: int
    text: str


class CheckRequest(Message):
    """YAML that is to be checked, and is not kept."""

    text: str


class CheckAnswer(Message):
    """What is wrong with a text."""

    faults: list[Fault]


What = Literal["both", "notes", "sound"]


class TakesRequest(Message):
    """Ask for other takes of a stem in a section."""

    section: str
    stem: str
    count: int = Field(default=4, ge=1, le=16)
    what: What = "both"


class TakeRow(Message):
    """One take, how it differs from that of the song, and whether it can be heard.

    ``audio`` is the address of the section with it, the whole band around it.
    """

    number: int
    differs: str
    is_current: bool
    is_ready: bool
    audio: str


class Takes(Message):
    """The takes of a stem in a section."""

    section: str
    stem: str
    what: What
    revision: int
    takes: list[TakeRow]


class TakesAnswer(Message):
    """All takes that were asked for, the latest first."""

    takes: list[Takes]


class KeepRequest(Message):
    """Choose a take; it is written into the spec."""

    revision: int
    section: str
    stem: str
    take: int = Field(ge=1, le=9999)
    what: What = "both"


class BundledSong(Message):
    """A song that comes with the package."""

    name: str
    title: str
    genre: str
    tempo: str
    key: str
    meter: str
    length: str
    summary: str


class ProjectFile(Message):
    """A spec, or the folder of a rendered song, that can be opened.

    ``path`` counts from the studio's folder.
    """

    path: str
    is_rendered: bool


class BeginAnswer(Message):
    """What a song can begin from."""

    songs: list[BundledSong]
    files: list[ProjectFile]
    genres: list[str]
    suffixes: list[str]


class BeginRequest(Message):
    """Begin from one of these: a sentence, a bundled song, or a path in the studio's folder."""

    sentence: str | None = Field(default=None, max_length=4000)
    bundled: str | None = None
    path: str | None = Field(default=None, max_length=1000)


class ExportOption(Message):
    """An option of an export. ``choices`` are the values that it may have."""

    name: str
    label: str
    choices: list[str | int | bool]
    value: str | int | bool


class ExportFormat(Message):
    """A format in which the song can be taken away."""

    name: str
    label: str
    options: list[ExportOption]
    needs_render: bool


class ExportRequest(Message):
    """Export the rendered song with these options; what is left out is as usual."""

    options: dict[str, str] = Field(default_factory=dict)


class ExportsAnswer(Message):
    """All formats, and the files that lie in the song's folder as they are."""

    formats: list[ExportFormat]
    files: list[str]


class CheckRow(Message):
    """One check of the rendered song."""

    name: str
    passed: bool | None
    value: float | None
    direction: str
    limit: float | None
    target: float | None
    unit: str
    detail: str


class VerifyAnswer(Message):
    """What the rendered song's checks say; ``is_current`` is false where it was rendered again since."""

    passed: bool
    is_current: bool
    checks: list[CheckRow]


class LeadSheetAnswer(Message):
    """The pages of the lead sheet, as addresses of pictures."""

    pages: list[str]


class Notice(Message):
    """An event of ``/api/events``.

    ``state`` says that there is a newer revision, ``job`` how far a job is, ``section_ready`` that all
    clips of a section are made, ``bye`` that the server ends.
    """

    kind: Literal["hello", "state", "job", "section_ready", "bye"]
    revision: int | None = None
    job: Job | None = None
    section: int | None = None


SENT: tuple[type[Message], ...] = (
    State,
    Refusal,
    Notes,
    NotesRequest,
    EditRequest,
    PreviewRequest,
    Preview,
    RevisionRequest,
    WordsRequest,
    WordsAnswer,
    LoudnessAnswer,
    HistoryAnswer,
    GoRequest,
    TextRequest,
    CheckRequest,
    CheckAnswer,
    TakesRequest,
    TakesAnswer,
    KeepRequest,
    BeginAnswer,
    BeginRequest,
    ExportRequest,
    ExportsAnswer,
    VerifyAnswer,
    LeadSheetAnswer,
    Notice,
)
"""Every message that is sent by itself; all others are parts of these."""
