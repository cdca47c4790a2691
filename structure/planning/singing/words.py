"""The words of a planned song on the notes of its voices.

Until here a voice is planned as one who plays the tune. Its notes are the tune that the words are set to:
in every visit of a section that of its first, so that verses with other words have one tune, and a chorus
is the same each time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from structure.arrange.swing import apply_swing, remove_swing
from structure.base.exact import Fraction
from structure.base.grid import Grid
from structure.base.labels import REFRAINS
from structure.forms.section_lengths import section_kind
from structure.harmony.keys import parse_key
from structure.lyrics.harmony_voices import beside_lead, long_tones
from structure.lyrics.own_tune import lay_under
from structure.lyrics.passage import Passage
from structure.lyrics.ranges import octave_for
from structure.lyrics.syllables import SungLine, split_into_syllables
from structure.lyrics.text import read_lines, unsung_signs
from structure.lyrics.voices import VoiceRange, range_of_voice, usual_wordless, wordless_of
from structure.lyrics.words import set_words, without_words
from structure.planning.players.stems import PlannedStem
from structure.plans.events import WHOLE_BAND
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import Note, Part, in_order
from structure.presets.styles import Swing
from structure.specs.languages import guess_language


def with_words(plan: SongPlan, stems: Sequence[PlannedStem]) -> SongPlan:
    """Return a planned song whose voices sing: their notes have syllables, their stems a voice.

    A song without voices is returned as it is. Raises PlanError where words do not fit their bars.
    """
    roles = {stem.plan.name: stem.sings for stem in stems if stem.sings is not None}
    if not any(stem.name in roles for stem in plan.stems):
        return plan
    said = next((stem.language for stem in plan.stems if stem.language), "")
    language = said or guess_language("\n".join(visit.sound.lyrics for visit in plan.visits))
    leads = [stem for stem in plan.stems if roles.get(stem.name) == "vocals"]
    behind = [stem for stem in plan.stems if roles.get(stem.name) == "backing"]
    song = _Song(plan, language)
    # A voice sings all of a song in one octave.
    octaves = {}
    for stem in leads:
        pitches = [note.pitch for visit in plan.visits for note in song.tune(visit, stem)]
        octaves[stem.name] = octave_for(pitches, range_of_voice(stem.voice or stem.prompt))

    visits = []
    for visit in plan.visits:
        parts = dict(visit.music.score.parts)
        for stem in leads:
            notes = song.sing_visit(visit, stem, octaves[stem.name])
            if notes:
                parts[stem.name] = Part("vocals", tuple(notes))
            else:
                parts.pop(stem.name, None)
        first = next((parts[stem.name].notes for stem in leads if stem.name in parts), ())
        for place, stem in enumerate(behind):
            if stem.name in parts:
                parts[stem.name] = Part("backing", tuple(song.backing(visit, stem, place, first)))
        comp = {name: bars for name, bars in visit.sound.comp.items() if name not in roles}
        music = replace(visit.music, score=replace(visit.music.score, parts=parts))
        visits.append(replace(visit, music=music, sound=replace(visit.sound, comp=comp)))

    named = tuple(
        replace(stem, role=roles[stem.name] or stem.role, language=stem.language or language)
        if stem.name in roles
        else stem
        for stem in plan.stems
    )
    heard = {name for visit in visits for name in visit.music.score.parts}
    return replace(
        plan,
        stems=tuple(stem for stem in named if stem.name in heard),
        visits=tuple(visits),
        notes=(*plan.notes, *_notes(plan, roles.keys())),
    )


def _notes(plan: SongPlan, voices: Collection[str]) -> list[str]:
    """Return what the user should know of words that are not sung as they stand."""
    words = "\n".join(visit.sound.lyrics for visit in plan.visits)
    signs = unsung_signs(words)
    found = [f"left out of the words, since nobody can sing it: {signs}"] if signs else []
    empty = [
        visit.place.label
        for visit in plan.visits
        if visit.sound.lyrics.strip() and not read_lines(visit.sound.lyrics)
    ]
    if empty:
        found.append(f"the words of {', '.join(empty)} hold nothing to sing: the tune has syllables alone")
    silent = [
        visit.place.label
        for visit in plan.visits
        if visit.sound.lyrics and not any(name in visit.music.score.parts for name in voices)
    ]
    if silent:
        found.append(f"nobody sings the words of {', '.join(silent)}, where the voices are muted")
    return found


_STOPS = ("stop", "shot", "rest")
"""Events that silence a voice, or let it strike with the others."""


def _find_stops(first: Visit, visit: Visit, stem: StemPlan) -> set[int]:
    """Return the bars of a visit, from 0, in which a voice stops, and does not in the first visit."""
    return {
        bar
        for event in visit.music.events
        if event.do in _STOPS and event.stem in (stem.name, WHOLE_BAND) and event not in first.music.events
        for bar in range(event.bar - 1, event.bar - 1 + (event.bars or 1))
    }


@dataclass
class _Song:
    """A song while its words are set."""

    plan: SongPlan
    language: str

    def tune(self, visit: Visit, stem: StemPlan) -> list[Note]:
        """Return the tune of a visit as it is written: that of its section's first visit, where it fits."""
        own = self._own_tune(visit, stem)
        first = next(
            (
                one
                for one in self.plan.visits
                if one.place.name == visit.place.name and self._own_tune(one, stem)
            ),
            visit,
        )
        by = visit.music.lift - first.music.lift
        if first is visit or stem.name in visit.music.takes or not self._are_alike(first, visit, by):
            return own
        # Where all stop, strike or rest as they did not in the first visit, so does the voice.
        grid, stops = self._grid(visit), _find_stops(first, visit, stem)
        theirs = [note.transpose_by(by) for note in self._own_tune(first, stem)]
        found = []
        for note in theirs:
            bar = grid.bar_at(note.onset)[0]
            until = min((grid.quarters_at_bar(stop) for stop in stops if stop > bar), default=note.end)
            if bar not in stops:
                found.append(note.move_to(note.onset, min(note.end, until) - note.onset))
        found += [note for note in own if grid.bar_at(note.onset)[0] in stops]
        return sorted(found, key=in_order)

    def _are_alike(self, one: Visit, other: Visit, by: int) -> bool:
        """Return whether two visits have the same bars and, a lift apart, the same chords."""
        chords = [
            [(chord.onset, (chord.root - lift) % 12) for chord in visit.music.score.chords]
            for visit, lift in ((one, 0), (other, by))
        ]
        meters = [self._meters(visit) for visit in (one, other)]
        return chords[0] == chords[1] and meters[0] == meters[1]

    def _meters(self, visit: Visit) -> list[object]:
        grid = self.plan.grid_of(visit)
        return [grid.span_at(grid.quarters_at_bar(bar)).meter for bar in range(visit.bars)]

    def _own_tune(self, visit: Visit, stem: StemPlan) -> list[Note]:
        """Return the notes of a voice before its words, written straight.

        A tune that the user gives, to the voice or to a melody, comes first and stays as it is. Empty where
        there is none and the voice has no part.
        """
        parts = visit.music.score.parts
        leads = [name for name, part in parts.items() if part.role == "lead"]
        given = [name for name in (stem.name, *leads) if name in visit.music.given and name in parts]
        source = given[0] if given else stem.name if stem.name in parts else next(iter(leads), None)
        if source is None or (stem.name not in parts and not given):
            return []
        notes = [
            replace(note, bend=(), articulation="none", offset=Fraction(0)) for note in parts[source].notes
        ]
        return (
            notes if source in given else remove_swing(notes, self._swing(visit), self._grid(visit).meter)
        )

    def is_given(self, visit: Visit, stem: StemPlan) -> bool:
        """Return whether the tune of a visit is one of the user's own."""
        parts = visit.music.score.parts
        return any(
            name in visit.music.given
            for name, part in parts.items()
            if name == stem.name or part.role == "lead"
        )

    def _swing(self, visit: Visit) -> Swing:
        return visit.music.swing or self.plan.style.swing

    def _grid(self, visit: Visit) -> Grid:
        return self.plan.grid_of(visit)

    def passage(self, visit: Visit) -> Passage:
        """Return the bars of a visit, with their chords and their scale."""
        return Passage.of(
            self._grid(visit), visit.bars, visit.music.score.chords, parse_key(visit.music.key).scale
        )

    def lines(self, visit: Visit, stem: StemPlan) -> tuple[SungLine, ...]:
        """Return the words of a visit, split into syllables."""
        return split_into_syllables(read_lines(visit.sound.lyrics), stem.language or self.language)

    def sing_visit(self, visit: Visit, stem: StemPlan, octave: int) -> list[Note]:
        """Return what a voice sings in a visit: its words on the tune, or the tune on syllables."""
        if stem.name not in visit.music.score.parts:
            return []
        voice, passage = range_of_voice(stem.voice or stem.prompt), self.passage(visit)
        lines = self.lines(visit, stem)
        where = f"sections.{visit.place.name}.lyrics"
        if self.is_given(visit, stem):
            tune = self._own_tune(visit, stem)
            return (
                lay_under(lines, tune, passage, where)
                if lines
                else self._wordless(tune, stem, passage, None)
            )
        tune = [note.transpose_by(octave) for note in self.tune(visit, stem)]
        if lines:
            notes = set_words(lines, tune, passage, voice, where)
        else:
            notes = self._wordless(tune, stem, passage, voice)

        # Each note ends at the latest where the next begins or the section ends.
        line = apply_swing(notes, self._swing(visit), self._grid(visit).meter)
        limits = [*(note.onset for note in line[1:]), passage.length]
        ends = [min(note.end, limit, passage.length) for note, limit in zip(line, limits, strict=True)]
        return [
            note.move_to(note.onset, end - note.onset)
            for note, end in zip(line, ends, strict=True)
            if end > note.onset
        ]

    def _wordless(
        self, tune: Sequence[Note], stem: StemPlan, passage: Passage, voice: VoiceRange | None
    ) -> list[Note]:
        sings = wordless_of(f"{stem.voice}") or usual_wordless()
        return without_words(tune, passage, voice or VoiceRange(0, 127), sings)

    def backing(self, visit: Visit, stem: StemPlan, place: int, lead: Sequence[Note]) -> list[Note]:
        """Return what a backing voice sings: the words with the lead in refrains, long tones elsewhere."""
        voice, passage = range_of_voice(stem.voice or stem.prompt), self.passage(visit)
        sings = wordless_of(stem.voice)
        if lead and visit.sound.lyrics and sings is None and section_kind(visit.place.name) in REFRAINS:
            return beside_lead(lead, parse_key(visit.music.key), passage, voice)
        oohs = sings or wordless_of("ooh") or usual_wordless()
        return long_tones(passage, voice, place, oohs)
