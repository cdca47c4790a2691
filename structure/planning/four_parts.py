"""Voices of an ensemble of single lines, set around the melody: who has it, and what the others do.

Bass and inner voices are led beat by beat by the rules of :mod:`structure.counterpoint.setting`, so that
they keep their order and make no fifths and octaves in parallel. How they move depends on how strong the
section is: held, in lines of their own, off the beat, or in repeated notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Literal

from structure.arrange.context import Player, SectionContext
from structure.arrange.ending import with_held_ending
from structure.arrange.melody.figuration import other_mode, turn_to_mode
from structure.arrange.melody.instrument import range_of
from structure.arrange.melody.tune import write_lead
from structure.base.exact import Fraction
from structure.base.sampling import pick
from structure.base.seeds import derive_seed
from structure.base.types import Role
from structure.counterpoint.setting import Setting
from structure.counterpoint.themes import SLOTS, Tone, rules
from structure.harmony.bars import chord_at
from structure.harmony.chords import Chord, qualities
from structure.harmony.pitch import fold_into_range
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.score import Note
from structure.presets.players import doubling_of
from structure.presets.programs import guess_program

_Motion = Literal["held", "lines", "off_beats", "repeated"]

_MOTIONS: Mapping[str, tuple[_Motion, ...]] = {
    "low": ("held", "lines"),
    "mid": ("lines", "off_beats", "lines"),
    "high": ("repeated", "lines"),
}
"""How the voices below a melody may move, by the level of the section."""

_BUSY = {"low": 0.2, "mid": 0.45, "high": 0.7}
"""Share of the beats in which a voice moves on between them, where it can."""

_BACKING: frozenset[Role] = frozenset({"drums", "chords", "arpeggio"})
_SINGERS = range(52, 55)
_LEAST_ROOM = 15
_BREATH_BEATS = 2
_PHRASE_BARS = 4
_LOOSENING = ("thin", "hold")


def set_players(players: Sequence[Player]) -> tuple[Player, ...]:
    """Return the players who share a setting, from the highest.

    They are the single lines of an ensemble that has nobody else. Empty where there is no inner voice, or
    somebody plays chords or drums.
    """
    families = [p for p in players if p.texture == "family"]
    others = [p for p in players if p not in families and not (families and p.role == "drums")]
    lines = [p for p in others if p.texture == "voice" or p.role in ("lead", "bass")]
    is_whole = len(lines) == len(others) and not any(p.role in _BACKING or p.follows for p in others)
    if (
        not is_whole
        or not any(p.texture == "voice" for p in players)
        or len(lines) not in rules()["ranges"]
    ):
        return ()
    return tuple(sorted(lines, key=lambda p: (p.role == "bass", -sum(_compass(p)))))


def bearer_of(number: int, players: Sequence[Player]) -> int:
    """Return the number of the player of a setting who has the melody in a section.

    ``number``, from 0, counts the sections in the order in which they first come. Choirs leave the melody
    to the lead, others hand it down.
    """
    lead = next((i for i, p in enumerate(players) if p.role == "lead"), 0)
    if len(players) < 3 or guess_program(players[0].prompt, "lead") in _SINGERS:
        return lead
    able = [lead, *range(2, len(players) - 1)] if len(players) > 3 else [lead, 1]
    return able[number % len(able)]


def lower_bearer(players: Sequence[Player]) -> int:
    """Return which of the players of a setting has the melody in a variation of another voice."""
    return bearer_of(1, players) if players else 0


def variation_of(ctx: SectionContext, plan: VisitPlan) -> SectionContext:
    """Return a section as a variation accompanies its theme.

    It is as strong as the visit, has figures of its own, and is in the other mode where the variation turns
    to it.
    """
    seed = derive_seed(ctx.seed, "variation", plan.figure, plan.index)
    ctx = replace(ctx, energy=plan.energy, seed=seed)
    if not plan.turns:
        return ctx

    # Each chord goes to the same step of the other mode; the dominant stays major.
    key, to = ctx.key, other_mode(ctx.key)
    chords = list(ctx.chords)
    for i, chord in enumerate(ctx.chords):
        is_dominant = (chord.root - key.root) % 12 in (7, 11)
        pitches = [turn_to_mode(p, key, to, keeps_leading=is_dominant) % 12 for p in chord.pitch_classes]
        root, bass = (
            turn_to_mode(p, key, to, keeps_leading=is_dominant) % 12 for p in (chord.root, chord.bass)
        )
        if is_dominant and key.is_minor:
            pitches = list(chord.pitch_classes)
        bass = bass if bass in pitches else root
        above = sorted((p - root) % 12 for p in pitches)
        kinds = (q for q in qualities().values() if sorted(step % 12 for step in q.intervals) == above)
        quality = next(kinds, None)
        if quality is not None:
            spelled = Chord(to.spell(root), quality, to.spell(bass))
            chords[i] = replace(
                chord, symbol=spelled.symbol, root=root, bass=bass, pitch_classes=spelled.pitch_classes
            )
    return replace(ctx, key=to, chords=tuple(chords))


def with_all_voices(
    arranged: Sequence[VisitPlan], plain: Sequence[VisitPlan], players: Sequence[Player]
) -> list[VisitPlan]:
    """Return visits without what thins out the voices of a setting, or lets them hold.

    Only what somebody asks for stays, since these voices are led note by note. So is the bass beside a
    pianist in a trio, who walks on.
    """
    names = {player.name for player in set_players(players)}
    if any(player.texture == "hand" and "guitar" not in player.prompt for player in players):
        names = {player.name for player in players if player.role == "bass"}
    return [
        replace(
            visit,
            events=tuple(
                event
                for event in visit.events
                if event in asked.events or event.do not in _LOOSENING or event.stem not in names
            ),
        )
        if names
        else visit
        for visit, asked in zip(arranged, plain, strict=True)
    ]


def set_voices(
    ctx: SectionContext, players: Sequence[Player], bearer: int, melody: Sequence[Note]
) -> dict[str, list[Note]]:
    """Return the notes of each player of a setting; the ``bearer``-th has the melody in its own range."""
    singer = replace(players[bearer], role="lead")
    tune = write_lead(ctx, singer, 0, melody)
    ranges = []
    for player, (low, high) in zip(players, rules()["ranges"][len(players)], strict=True):
        least, most = _compass(player)
        shared = max(low, least), min(high, most)
        ranges.append(shared if shared[1] - shared[0] >= _LEAST_ROOM else (least, most))

    # Each beat has its chord, and its bass where a chord begins.
    setting = Setting(ranges, ctx.bars * ctx.meter.beats_per_bar)
    for beat in range(setting.beats):
        at = beat * ctx.meter.beat_quarters
        chord = chord_at(ctx.chords, at)
        begins = beat == 0 or chord.onset > at - ctx.meter.beat_quarters
        setting.chords.append(frozenset(pitch % 12 for pitch in chord.pitch_classes))
        setting.roots.append(chord.root)
        setting.keys.append(ctx.key)
        setting.basses.append(chord.bass if begins else None)

    for note, after in zip_longest(tune, tune[1:]):
        start, end = _slot(note.onset, ctx), _slot(note.end, ctx)
        if after is not None and after.onset - note.end <= _BREATH_BEATS * ctx.meter.beat_quarters:
            # Over a short breath the melody is still in the ear, so that others mind it.
            end = _slot(after.onset, ctx)
        setting.add(bearer, Tone(start, max(1, end - start), note.pitch))
    setting.rest(bearer, 0, setting.beats)

    rng = ctx.rng("setting")
    is_sung = guess_program(players[0].prompt, "lead") in _SINGERS
    motion: _Motion = "lines" if is_sung else pick(rng, _MOTIONS[ctx.level])
    if motion != "held":
        setting.cuts = set(range(0, setting.beats, ctx.meter.beats_per_bar))
    setting.fill(rng, _BUSY[ctx.level] if motion in ("lines", "held") else 0.0)
    found = {players[bearer].name: tune}
    for voice, player in enumerate(players):
        if voice != bearer:
            own: _Motion = "lines" if voice == len(players) - 1 else motion
            found[player.name] = _play_voice(setting, voice, own, ctx)
    return found


def orchestrate(
    ctx: SectionContext,
    found: Mapping[str, list[Note]],
    strings: Sequence[Player],
    families: Sequence[Player],
) -> dict[str, list[Note]]:
    """Return the notes of an orchestra: strings as they are set, and what the other families double.

    In loud sections all play on; in others woodwinds and brass take phrases in turn, in which the first
    strings leave the melody to the woodwinds.
    """
    whole = {name: list(notes) for name, notes in found.items()}
    length = _PHRASE_BARS * ctx.meter.bar_quarters
    is_tutti = ctx.level == "high"
    for player in families:
        plan = doubling_of(player.prompt)
        if plan is None or ctx.level not in plan.levels:
            continue
        source = found[strings[min(plan.voice, len(strings) - 1)].name]
        answers = 1 if plan.family == "woodwinds" else 0
        heard = [n for n in source if is_tutti or int(n.onset / length) % 2 == answers or _is_last(n, ctx)]
        low, high = _compass(player)
        whole[player.name] = [
            replace(note, pitch=fold_into_range(note.pitch + 12 * plan.octaves, low, high))
            for note in heard
        ]
    if not is_tutti and any(doubling_of(p.prompt) and p.name in whole for p in families):
        name = strings[0].name
        silent = [n for n in whole[name] if int(n.onset / length) % 2 == 0 or _is_last(n, ctx)]
        has_answer = any(int(n.onset / length) % 2 == 1 for n in whole[name])
        whole[name] = silent if has_answer and silent else whole[name]
    return whole


def _is_last(note: Note, ctx: SectionContext) -> bool:
    """Return whether a note is of the last chord of the song."""
    return ctx.ends_song and note.onset >= ctx.final_onset


def _compass(player: Player) -> tuple[int, int]:
    return player.span or range_of(player.prompt, "lead")


def _slot(at: Fraction, ctx: SectionContext) -> int:
    """Return the slot in which a place lies."""
    return int(at * SLOTS / ctx.meter.beat_quarters)


def _place(slot: int, ctx: SectionContext) -> Fraction:
    """Return where a slot begins, in quarters.

    In a beat of three parts the second half begins with its last part.
    """
    beat, part = divmod(slot, SLOTS)
    whole = ctx.meter.beat_quarters
    if whole.numerator != 3:
        return (beat + Fraction(part, SLOTS)) * whole
    return (beat + (Fraction(0), Fraction(1, 3), Fraction(2, 3), Fraction(5, 6))[part]) * whole


def _play_voice(setting: Setting, voice: int, motion: _Motion, ctx: SectionContext) -> list[Note]:
    """Return the notes of a voice: each tone is struck once, after each beat, or again and again."""
    found: list[Note] = []
    force = 86 if voice == len(setting.ranges) - 1 else 78
    beat = ctx.meter.beat_quarters
    step = beat / (3 if beat.numerator == 3 else 2)
    for tone in sorted(setting.tones[voice]):
        start, end = _place(tone.start, ctx), _place(tone.start + tone.length, ctx)
        places: list[Fraction] = []
        if motion not in ("held", "lines"):
            places = [start + step * i for i in range(int((end - start) / step))]
        if motion == "off_beats":
            places = [at for at in places if (at / beat).denominator != 1]
        strokes = [(at, at + step) for at in places] or [(start, end)]
        found += [Note(at, stop - at, tone.height, ctx.velocity(force)) for at, stop in strokes]
    last = setting.pitches[voice][min(_slot(ctx.final_onset, ctx), setting.beats * SLOTS - 1)]
    return with_held_ending(found, ctx, [] if last is None else [last])
