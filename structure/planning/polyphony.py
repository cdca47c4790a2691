"""Songs in equal voices: who has a voice, and the visits of a fugue, an invention or a canon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.happening.events import with_events
from structure.arrange.melody.instrument import range_of
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.sampling import generator, pick
from structure.base.types import Role
from structure.counterpoint.canon import write_canon
from structure.counterpoint.fugue import write_fugue
from structure.counterpoint.places import Piece, Place
from structure.counterpoint.setting import Setting
from structure.counterpoint.themes import SLOTS, rules
from structure.harmony.keys import Key
from structure.planning.arranging.endings import tempo_events
from structure.planning.players.ensembles import exact_players
from structure.plans.events import Event
from structure.plans.plan import Visit
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.presets.forms import NamedForm, Voices, list_forms
from structure.presets.players import find_instrument, voices_of
from structure.specs.spec import SongSpec, StemSpec
from structure.specs.wishes import Wishes

_LEAST_ROOM = 15
"""Semitones of a usual range that an instrument must have to keep to it."""

_ROOM = 22
"""Semitones that an instrument with another range uses, from a third above its lowest note."""

_ABLE = ("enter", "leave", "rest", "stop", "fade")
"""Events, besides those of the tempo, that leave the lines of equal voices as they are."""

_QUALITIES = {(4, 7): "", (3, 7): "m", (3, 6): "dim", (4, 8): "aug"}


def polyphonic_form(spec: SongSpec, wishes: Wishes) -> NamedForm | None:
    """Return the form in equal voices that a spec or its description names; None for another."""
    if isinstance(spec.form, tuple):
        return None
    named = [spec.form] if spec.form else [w.what for w in wishes.wishes if w.kind in ("form", "genre")]
    for name in named:
        plain = re.sub(r"[\s_-]+", "-", name.strip().lower())
        for form in list_forms().values():
            if form.counterpoint is not None and plain in (form.name, *form.aliases):
                return form
    return None


def usual_bars(voices: Voices, seed: int) -> int:
    """Return how many bars a form in equal voices has where nobody says it: an even number."""
    least, most = voices.bars
    return pick(generator(seed, "usual bars"), range(least, most + 1, 2))


_SINGERS = (
    "vocals",
    "voice",
    "voices",
    "singer",
    "choir",
    "lead",
    "melody",
    "chords",
    "pad",
    "counter melody",
)
"""Parts that a counted form in voices speaks of, and which are no instrument of its own."""


def voice_stems(spec: SongSpec, wishes: Wishes, voices: Voices) -> tuple[StemSpec, ...]:
    """Return a stem for each voice, from the highest.

    They are those of the spec, of the exact ensemble that the description names, or of the form's own
    instrument.
    """
    plain = re.sub(r"[\s_-]+", "-", (spec.description or "").lower())
    asked = next((number for words, number in rules()["counts"].items() if words in plain), voices.voices)
    own = [stem for stem in spec.stems or () if stem.role not in ("drums", "effects")]
    if len(own) > 1:
        return tuple(sorted(own, key=lambda stem: -sum(range_of(stem.prompt or stem.name, stem.role))))[:5]
    # "Four voices" are no singers: who is named as the ensemble plays, and nobody else.
    ensemble = replace(wishes, wishes=tuple(wish for wish in wishes.wishes if wish.kind == "ensemble"))
    players = [
        player for name in exact_players(ensemble) if (player := find_instrument(name)).role != "drums"
    ]
    if not players:
        # "A fugue, harpsichord": the one instrument that is named plays all voices.
        named = {wish.what for wish in wishes.wishes if (wish.kind, wish.polarity) == ("part", "want")}
        heard = [
            player for name in named if (player := find_instrument(name)).role not in ("drums", "bass")
        ]
        players = heard if len(named) == 1 and not named & set(_SINGERS) else []
    if own:
        return _share_instrument(own[0].name, own[0].prompt or own[0].name, asked)
    if not players:
        return _share_instrument(voices.name, voices.prompt, asked)
    if len(players) == 1:
        choir = voices_of(players[0].choir) if players[0].choir else ()
        sounds = [voice.prompt for voice in choir] if len(choir) == asked else [""] * asked
        return _share_instrument(_plain(players[0].name), players[0].prompt, asked, sounds)

    players = sorted(players, key=lambda player: -sum(range_of(player.prompt, "lead")))[:5]
    names = [_plain(player.name) for player in players]
    found = []
    for i, (name, player) in enumerate(zip(names, players, strict=True)):
        number = names[: i + 1].count(name)
        label = f"{name}{number}" if names.count(name) > 1 else name
        found.append(StemSpec(name=label, role=_role(i, len(players)), prompt=player.prompt))
    return tuple(found)


def _share_instrument(
    name: str, prompt: str, count: int, sounds: Sequence[str] = ()
) -> tuple[StemSpec, ...]:
    """Return the voices of one instrument, or of one choir, each with words for its own sound."""
    names, sounds = rules()["names"][count], sounds or [""] * count
    return tuple(
        StemSpec(
            name=f"{name}-{voice}", role=_role(i, count), prompt=f"{prompt}, {sound}" if sound else prompt
        )
        for i, (voice, sound) in enumerate(zip(names, sounds, strict=True))
    )


def _role(place: int, count: int) -> Role:
    return "bass" if place == count - 1 and count > 2 else "lead"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def voice_ranges(prompts: Sequence[str], *, is_canon: bool) -> list[tuple[int, int]]:
    """Return the lowest and highest MIDI pitch of each voice: the usual, where the instrument has it."""
    found: list[tuple[int, int]] = []
    for i, (low, high) in enumerate(rules()["ranges"][len(prompts)]):
        least, most = range_of(prompts[i], "lead")
        shared = max(low, least), min(high, most)
        if shared[1] - shared[0] < _LEAST_ROOM:
            shared = least + 3, min(most, least + 3 + _ROOM)
        if is_canon and i and prompts[i] == prompts[0]:
            shared = found[0]
        found.append(shared)
    return found


def in_voices(
    visits: Sequence[Visit],
    contexts: Sequence[SectionContext],
    asked: Sequence[Sequence[Event]],
    stems: Sequence[tuple[str, Role, str]],
    voices: Voices,
    key: Key,
    seed: int,
) -> tuple[Visit, ...]:
    """Return the visits with the notes of a piece in equal voices.

    ``asked`` are the events of each visit that the user asks for; only those that :func:`fits_voices`
    accepts are done. ``stems`` are name, role and prompt of each stem.
    """
    places, start = [], 0
    for visit, ctx in zip(visits, contexts, strict=True):
        beats = visit.music.score.bars * ctx.meter.beats_per_bar
        what = re.sub(r"[_-]?[a-e0-9]$", "", visit.place.name) if visit.place.name != "coda" else "coda"
        places.append(Place(what, start, beats))
        start += beats
    ranges = voice_ranges([prompt for *_, prompt in stems], is_canon=voices.writes == "canon")
    piece = Piece(places, key, contexts[0].meter.beats_per_bar, ranges, seed)
    setting = (
        write_canon(piece)
        if voices.writes == "canon"
        else write_fugue(piece, answers=voices.writes == "fugue")
    )
    names = [(name, role) for name, role, _ in stems]
    return tuple(
        _with_notes(visit, place, ctx, setting, names, events)
        for visit, place, ctx, events in zip(visits, places, contexts, asked, strict=True)
    )


def fits_voices(event: Event) -> bool:
    """Return whether an event can be done in equal voices.

    It may change the tempo, who is silent when, or how strongly all play, but no note of their lines.
    """
    return event.do in _ABLE or bool(tempo_events([event]))


def notes_on_events(visits: Sequence[tuple[str, Sequence[Event]]], form: NamedForm) -> tuple[str, ...]:
    """Return what the user should know of the events that a form in equal voices does not have.

    ``visits`` are the label of each and its events.
    """
    return tuple(
        f"{label}, bar {event.bar}: {event.do.replace('_', ' ')} is not done in a "
        f"{form.name.replace('-', ' ')}, whose voices keep to their lines; what is done are "
        f"{', '.join(_ABLE)} and changes of tempo"
        for label, events in visits
        for event in events
        if not fits_voices(event)
    )


def _with_notes(
    visit: Visit,
    place: Place,
    ctx: SectionContext,
    setting: Setting,
    stems: Sequence[tuple[str, Role]],
    asked: Sequence[Event],
) -> Visit:
    """Return a visit with what the voices of a setting have at its place."""
    parts: dict[str, Part] = {}
    first, end = place.start * SLOTS, place.end * SLOTS
    for voice, (name, role) in enumerate(stems):
        notes = []
        for tone in sorted(setting.tones[voice]):
            start, stop = max(tone.start, first), min(tone.start + tone.length, end)
            if start >= stop:
                continue
            onset = _quarters(start - first, ctx.meter)
            accent = 4 if (start - first) % (SLOTS * ctx.meter.beats_per_bar) == 0 else 0
            length = _quarters(stop - first, ctx.meter) - onset
            notes.append(Note(onset, length, tone.height, ctx.velocity(84 + accent)))
        if notes:
            parts[name] = Part(role, tuple(notes))

    # The harmony goes beat by beat, with equal beats joined.
    chords: list[ChordEvent] = []
    beat_quarters = ctx.meter.beat_quarters
    for beat in range(place.start, place.end):
        root, members = setting.roots[beat], setting.chords[beat]
        above = sorted((p - root) % 12 for p in members)[1:]
        symbol = setting.keys[beat].spell(root) + _QUALITIES[above[0], above[1]]
        if chords and chords[-1].symbol == symbol:
            chords[-1] = replace(chords[-1], duration=chords[-1].duration + beat_quarters)
            continue
        pitches = (root, *((root + step) % 12 for step in above))
        onset = (beat - place.start) * beat_quarters
        chords.append(ChordEvent(symbol, onset, beat_quarters, root, root, pitches))

    done = [event for event in asked if event.do in _ABLE]
    if done:
        parts = with_events(parts, done, ctx, opens_song=place.start == 0)
    score = SectionScore(visit.music.score.bars, tuple(chords), parts)
    music = replace(visit.music, score=score, events=(*done, *tempo_events(visit.music.events)))
    return replace(visit, music=music)


def _quarters(slot: int, meter: Meter) -> Fraction:
    """Return where a slot lies, in quarters.

    In a beat of three parts the second half begins with its last part.
    """
    beat, part = divmod(slot, SLOTS)
    if meter.beat_quarters.denominator == 1 or meter.beat_quarters.numerator != 3:
        return (beat + Fraction(part, SLOTS)) * meter.beat_quarters
    places = (Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(5, 6))
    return (beat + places[part]) * meter.beat_quarters
