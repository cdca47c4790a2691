"""What the arranger needs of each section: its key, its chords, its energy and its seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from structure.arrange.context import SectionContext
from structure.base.errors import PlanError
from structure.base.grid import Meter
from structure.base.seeds import derive_seed
from structure.forms.planning import Form
from structure.forms.section_lengths import section_kind
from structure.harmony.bars import parse_progression, read_written_bars
from structure.harmony.fitting import fit_chords, lay_over
from structure.harmony.keys import RELATED_KEYS, USUAL_TONICS, Key, related_key
from structure.harmony.kinds import (
    find_asked_progression,
    harmony_called,
    home_mode_of,
    lead_back,
    mode_of,
    recolour,
    set_ending,
    tonic_for,
)
from structure.harmony.modulation import key_move, move_key
from structure.harmony.progressions import plan_harmony, play_progression, tie_early_chords
from structure.planning.brief import in_mode, key_or_error
from structure.planning.given.manner import manner_of
from structure.planning.players.visit_plan import OwnMusic, VisitPlan
from structure.planning.settling import SettledSong
from structure.planning.visits import identity_energy
from structure.planning.wishes.asked import is_key_open, section_feeling
from structure.planning.wishes.changes import (
    find_asked_key,
    find_asked_mode,
    section_frame,
)
from structure.plans.given import Given
from structure.plans.score import ChordEvent, in_order
from structure.presets.harmony import KeyMove
from structure.presets.moods import NEUTRAL, Feeling
from structure.presets.styles import Style, load_style, with_music_of
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wishes, is_loop

_Which = tuple[str, tuple[str, ...], Meter | None, Key | None, Feeling, Given | None, OwnMusic]
"""A section's name, the words for its harmony, and the metre, the key, the mood, the given notes, the
chords, the seed and the style that a visit has of its own."""

_PLAIN = OwnMusic()
"""What a visit has that has all from its section."""

_TRIES = 6
"""Progressions of which a place with a key of its own takes the one that says it best."""

_ENDS = 2
"""The start and the end of a place."""

_CLEAR = 0.75
"""From here on a mood of a place asks for its mode."""


class Contexts(dict[_Which, SectionContext]):
    """What the arranger needs of each section.

    ``elsewhere`` are the sections to which the planner gives another key than the song's.
    """

    elsewhere: frozenset[str] = frozenset()

    def of(self, plan: VisitPlan) -> SectionContext:
        """Return the context of a visit."""
        return self[_which(plan)]

    def put(self, plan: VisitPlan, ctx: SectionContext) -> None:
        """Take another for a visit and those like it."""
        self[_which(plan)] = ctx

    def goes_elsewhere(self, plan: VisitPlan, after: VisitPlan) -> bool:
        """Return whether the key changes between two visits because the planner moves one."""
        if self.of(plan).key == self.of(after).key:
            return False
        return plan.name in self.elsewhere or after.name in self.elsewhere

    def first(self) -> dict[str, SectionContext]:
        """Return the context of each section: of its first visit with the section's own chords and seed.

        Where no visit has these, it is that of the first visit.
        """
        found: dict[str, SectionContext] = {}
        plain: dict[str, SectionContext] = {}
        for (name, *_, own), ctx in self.items():
            found.setdefault(name, ctx)
            if own == _PLAIN:
                plain.setdefault(name, ctx)
        return found | plain


def _which(plan: VisitPlan) -> _Which:
    meter = plan.frame.meter if plan.frame else None
    return plan.name, plan.harmonies, meter, plan.key, plan.feeling, plan.given, plan.own_music


def contexts_of(song: SettledSong, form: Form, plans: Sequence[VisitPlan]) -> Contexts:
    """Return what the arranger needs for the visits. Raises PlanError for chords that cannot be had."""
    found = Contexts()
    entries = song.spec.form if isinstance(song.spec.form, tuple) else ()
    single = {number for number, entry in enumerate(entries) if entry.parts}
    manner = manner_of(plans, song.brief.grid.meter, song.brief.key, single)
    for number, plan in enumerate(plans):
        which = _which(plan)
        if which in found:
            continue
        # What is lifted when it first comes can only be heard to be in its own key.
        is_lifted = plan.lift != 0 and all(other.lift == 0 for other in plans[:number])
        try:
            ctx = _context(song, form, *which, is_own=is_lifted)
        except PlanError as exc:
            if plan.chords is None:
                raise
            # The chords are the visit's own: the message names it, and not its section.
            field, message = f"form[{number + 1}].chords", str(exc).partition(": ")[2]
            raise PlanError(
                f"{field}: {message.replace('the section bars', 'the visit bars')}", field=field
            ) from exc
        found[which] = ctx if manner is None else replace(ctx, manner=manner)
    found.elsewhere = frozenset(
        name for name, harmonies, _, key, *_ in found if key is None and _goes(song, form, name, harmonies)
    )
    return found


def _style(song: SettledSong, own: OwnMusic) -> Style:
    """Return the song's style, or the song's band in the music of another one."""
    style = song.brief.style
    if own.genre is None:
        return style
    return with_music_of(style, load_style(own.genre, song.spec.own_style), keeps_theme=own.keeps_theme)


def section_key(song: SettledSong, name: str, harmonies: Sequence[str] = ()) -> Key:
    """Return the key of a section, in the mode that the words for its harmony mean. Raises PlanError."""
    text = song.section(name).key
    if text is not None:
        return key_or_error(text, f"sections.{name}.key")
    asked = find_asked_key(song.wishes, name)
    key = song.brief.key if asked is None else key_or_error(asked, "key")
    if song.spec.key is not None:
        return key
    mode = find_asked_mode(song.wishes, name)
    if asked is None and mode is not None:
        # "Verses in minor, choruses in major" stand on the same tonic.
        return related_key(key, mode if mode in RELATED_KEYS else f"parallel {mode}")
    family = next((mode for words in reversed(harmonies) if (mode := home_mode_of(words))), key.family)
    if family != key.family:
        key = Key(USUAL_TONICS[family][key.root], family)
    mode = next((mode for words in reversed(harmonies) if (mode := mode_of(words))), None)
    if mode is None and not harmonies and asked is None and not keeps_mode(song.spec, song.wishes):
        return in_mood(key, section_feeling(song.wishes, section_kind(name)))
    return in_mode(key, mode)


def keeps_mode(spec: SongSpec, wishes: Wishes) -> bool:
    """Return whether a key, a mode or chords are asked for, which a mood of a place leaves as they are."""
    is_asked = any(
        wish.kind == "harmony" or (wish.kind == "key" and wish.what not in ("up", "down", "change"))
        for wish in wishes.wishes
    )
    return spec.key is not None or is_asked


def in_mood(key: Key, feeling: Feeling) -> Key:
    """Return a key, or its relative where a feeling clearly asks for the other mode."""
    if abs(feeling.mode) < _CLEAR:
        return key
    return related_key(key, "relative major" if feeling.mode > 0 else "relative minor")


def _goes(song: SettledSong, form: Form, name: str, harmonies: Sequence[str]) -> KeyMove | None:
    """Return the move of key that the planner gives a section, or None.

    It gives none where keys, chords, a mood or a form by name already decide, and none to the sections that
    open and close the song.
    """
    is_inside = name not in (form.walk[0], form.walk[-1])
    has_changes = form.named is not None and bool(name in form.named.chords or name in form.named.changes)
    has_mood = abs(section_feeling(song.wishes, section_kind(name)).mode) >= _CLEAR
    has_chords = any(section.chords for section in song.spec.sections.values())
    asks = any(wish.kind == "harmony" for wish in song.wishes.wishes)
    if not is_inside or has_changes or harmonies or has_mood or has_chords or asks:
        return None
    if not is_key_open(song.spec, song.wishes):
        return None
    style = song.brief.style
    return key_move(
        name, section_kind(name), style.modulations, derive_seed(song.base_seed(name), style.name)
    )


@contextmanager
def _faults_of_chords(name: str) -> Iterator[None]:
    """Say in which section chords are that cannot be read."""
    try:
        yield
    except ValueError as exc:
        raise PlanError(f"sections.{name}.chords: {exc}", field=f"sections.{name}.chords") from exc


def read_given_chords(song: SettledSong, name: str, text: str) -> Sequence[object]:
    """Return the bars of the chords that the user writes. Raises PlanError for what are none."""
    with _faults_of_chords(name):
        return read_written_bars(text, section_key(song, name))


def _chords(
    song: SettledSong,
    form: Form,
    name: str,
    key: Key,
    meter: Meter,
    harmonies: Sequence[str],
    feeling: Feeling,
    given: Given | None,
    *,
    own: OwnMusic,
    closes: bool,
    is_own: bool,
    goes: bool,
) -> tuple[ChordEvent, ...]:
    """Return the chords of a visit or a section.

    They are the first of these that there are: the user's chords of the visit or of the section, those that
    the words for the harmony mean, those that fit the notes that are given, those of a form by name,
    planned ones. Planned ones lead on, or home at the end of the song. ``is_own``: the key is the place's.
    ``goes``: the song goes there and comes back.
    """
    bars = _bars(form, name, key, own, given)
    if own.chords is not None:
        return _parse(own.chords, key, bars, meter, name)
    text = song.section(name).chords
    if text is None and form.named is not None:
        # A solo has the changes of what it is played over.
        over = form.named.changes.get(name, name)
        name = over if form.bars.get(over) == bars else name
        text = song.section(name).chords
    if text is not None:
        return _parse(text, key, bars, meter, name)
    kinds = [kind for words in harmonies if (kind := harmony_called(words)) is not None]
    style, seed, pace = _style(song, own), song.base_seed(name), feeling.harmony
    planned = partial(plan_harmony, name, bars, key, meter, style, pace=pace)
    found: tuple[ChordEvent, ...] | None = None
    # "A drone in phrygian" is a drone first: a mode leaves its chords to another word for them.
    own_first = [kind for kind in reversed(kinds) if kind.is_written or kind.mode is None]
    own_first.sort(key=lambda kind: not kind.is_written)
    for kind in (*own_first, *reversed(kinds)):
        found = found or find_asked_progression(kind, name, key, bars, meter, seed)
    is_given = found is None and given is not None and bool(given.parts_with_pitch or given.chords)
    if is_given and given is not None:
        # The chords of the user's own file, and elsewhere those that fit the notes.
        tune = [note for part in given.parts_with_pitch if part.role != "bass" for note in part.notes]
        bass = [note for part in given.parts_with_pitch if part.role == "bass" for note in part.notes]
        lines = sorted(tune, key=in_order), sorted(bass, key=in_order)
        fitted = fit_chords(
            *lines, given.bars, key, meter, style, closes=closes, phrase_from=given.phrase_from
        )
        found = lay_over(fitted, given.chords)
    if found is None and form.named is not None:
        known = form.named.progression(name, key.family, bars, seed)
        if known is not None:
            found = play_progression(known, name, bars, key, meter, style, seed, pace=pace)
    if found is None:
        found = planned(seed, closes=closes)
    if is_own and not kinds and not is_given:
        found = _at_home(found, key, meter, partial(planned, closes=True), seed)
    elif goes and not kinds and not is_given:
        found = _heard_at_once(found, key, meter, partial(planned, closes=closes), seed)
    for kind in kinds:
        found = set_ending(recolour(found, kind, key), kind, key, bars, meter)
    if is_loop(song.wishes) and name == form.walk[-1] and not any(kind.ends for kind in kinds):
        found = lead_back(found, key, meter, bars)
    return found


def _bars(form: Form, name: str, key: Key, own: OwnMusic, given: Given | None) -> int:
    """Return the number of bars for which a section is written.

    It is the section's, or that of the given notes. Where a visit has chords of its own that do not fit
    these bars a whole number of times, it is the visit's.
    """
    bars = form.bars[name] if given is None else given.bars
    if own.bars is None or own.chords is None:
        return bars
    with _faults_of_chords(name):
        return own.bars if bars % len(read_written_bars(own.chords, key, bars=own.bars)) else bars


def _at_home(
    chords: tuple[ChordEvent, ...],
    key: Key,
    meter: Meter,
    planned: Callable[[int], tuple[ChordEvent, ...]],
    seed: int,
) -> tuple[ChordEvent, ...]:
    """Return the chords of a place with a key of its own, which has to be heard.

    They begin on its tonic. Of several tries they are those that end on it as well, and then those that are
    on it longest.
    """

    def share(found: tuple[ChordEvent, ...]) -> tuple[int, float]:
        ends = (found[0].root == key.root) + (found[-1].root == key.root)
        return ends, _share_of_tonic(found, key)

    if share(chords)[0] == _ENDS:
        return chords
    tries = [planned(derive_seed(seed, "home", str(number))) for number in range(_TRIES)]
    return _from_home(max((chords, *tries), key=share), key, meter)


def _from_home(chords: tuple[ChordEvent, ...], key: Key, meter: Meter) -> tuple[ChordEvent, ...]:
    """Return chords with the tonic as the first."""
    first = chords[0]
    if first.root == first.bass == key.root:
        return chords
    return tonic_for(first, key, meter), *chords[1:]


def _heard_at_once(
    chords: tuple[ChordEvent, ...],
    key: Key,
    meter: Meter,
    planned: Callable[[int], tuple[ChordEvent, ...]],
    seed: int,
) -> tuple[ChordEvent, ...]:
    """Return the chords of a place to which the song goes, and which leads back.

    They begin on its tonic, to which the dominant before leads. Of several tries they are those that do so,
    and then those that are on it longest.
    """
    tries = (planned(derive_seed(seed, "away", str(number))) for number in range(_TRIES))
    found = max((chords, *tries), key=lambda one: (one[0].root == key.root, _share_of_tonic(one, key)))
    return _from_home(found, key, meter)


def _share_of_tonic(chords: Iterable[ChordEvent], key: Key) -> float:
    return float(sum(chord.duration for chord in chords if chord.root == key.root))


def _parse(text: str, key: Key, bars: int, meter: Meter, name: str) -> tuple[ChordEvent, ...]:
    with _faults_of_chords(name):
        return tie_early_chords(parse_progression(text, key, bars, meter), meter)


def _context(
    song: SettledSong,
    form: Form,
    name: str,
    harmonies: tuple[str, ...] = (),
    meter: Meter | None = None,
    key: Key | None = None,
    feeling: Feeling = NEUTRAL,
    given: Given | None = None,
    own: OwnMusic = _PLAIN,
    *,
    is_own: bool = False,
) -> SectionContext:
    """Return all that the arranger needs of a section.

    ``meter``, ``key``, ``feeling`` and what else is its ``own`` are those of a visit.
    """
    style, closes = _style(song, own), form.walk[-1] == name and not is_loop(song.wishes)
    if any(
        wish.kind == "event" and wish.what == "fill" and wish.polarity == "avoid"
        for wish in song.wishes.wishes
    ):
        style = style.model_copy(update={"fills": dict.fromkeys(style.fills, ())})
    frame = section_frame(song.spec, song.wishes, name, form.bars[name], song.brief.grid)
    is_own = is_own or key is not None or find_asked_key(song.wishes, name) is not None
    is_own = is_own or find_asked_mode(song.wishes, name) is not None
    meter = meter or frame.meter
    to = None
    if key is None:
        key = section_key(song, name, harmonies)
        to = _goes(song, form, name, harmonies)
        key = key if to is None else move_key(key, to)
    feeling = song.feeling(name, feeling)
    return SectionContext(
        name=name,
        kind=section_kind(name),
        bars=_bars(form, name, key, own, given),
        meter=meter,
        tempo_bpm=float(frame.quarters_per_minute / meter.beat_quarters),
        key=key,
        chords=_chords(
            song,
            form,
            name,
            key,
            meter,
            harmonies,
            feeling,
            given,
            own=own,
            closes=closes,
            is_own=is_own,
            goes=to is not None,
        ),
        energy=identity_energy(name, song.section(name), style, song.wishes),
        seed=song.section_seed(name) if own.seed is None else derive_seed(own.seed, name),
        style=style,
        ends_song=closes and form.walk.count(name) == 1,
        feeling=feeling,
        song_seed=song.seed,
        given=given,
    )
