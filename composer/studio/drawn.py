"""Notes that were drawn on the page become a part of the user's own: a MIDI file that the spec names."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path

from mido import Message, MetaMessage, MidiFile, MidiTrack

from composer.studio.desk import Desk
from composer.studio.messages.faults import NotFoundError
from composer.studio.messages.models import DrawnNote, NotesRequest, State
from composer.studio.places import set_in_section, visit_at
from structure.base.errors import EditError
from structure.base.files import write_atomically
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan, Visit

_DIVISION = 960
"""Ticks of a quarter: what was drawn lies on one, in triplets too."""

_WITH_FEWER_ACCIDENTALS = {"G#": "Ab", "D#": "Eb", "A#": "Bb", "Dbm": "C#m", "Gbm": "F#m"}
"""Keys that MIDI cannot name, which knows seven accidentals at most, and the same by another name."""

FOLDER = "parts"
"""The folder beside the spec in which drawn parts lie. Each change has a file of its own, for undo."""


def keep_notes(desk: Desk, stem: str, asked: NotesRequest) -> State:
    """Write drawn notes beside the spec, and name them in it, for all visits of the section or for one.

    Raises NotFoundError for a stem or a section that the song has not, EditError for notes that lie
    outside of the section, StaleError.
    """
    with desk.hold() as project:
        plan = project.plan
        if stem not in {one.name for one in plan.stems}:
            raise NotFoundError(f"no stem is called {stem!r}", field="stem")
        visit = visit_at(plan, asked.section)

        start = visit.place.start_bar
        length = float(plan.grid.quarters_at_bar(start + visit.bars) - plan.grid.quarters_at_bar(start))
        if not asked.notes:
            raise EditError("a part has one note at least; to silence it, take the stem out of the section")
        for onset, duration, _, _ in asked.notes:
            if not 0 <= onset < length or not 0 < duration <= length:
                raise EditError(f"a note at quarter {onset + 1:g} is not in the section", field="notes")

        data = _midi(plan, visit, stem, asked.notes)
        name = f"{visit.place.name}_{stem}_{sha256(data).hexdigest()[:12]}.mid"
        folder = Path(project.path).parent / FOLDER
        folder.mkdir(exist_ok=True)
        write_atomically(folder / name, data)
        part = {"file": f"{FOLDER}/{name}", "bars": visit.bars}
        edit = set_in_section(project, asked.section, ("parts", stem), part, asked.reach)
        return desk.apply(asked.revision, edit.document())


def _midi(plan: SongPlan, visit: Visit, stem: str, notes: list[DrawnNote]) -> bytes:
    """Return the bytes of a MIDI file with one track; a lift of the visit is taken back."""
    role = next(one.role for one in plan.stems if one.name == stem)
    channel, lift = (9, 0) if role == "drums" else (0, visit.music.lift)

    # The song's tempo, metre and key, so that none of them is guessed anew.
    span, key = plan.grid.span_at(plan.grid.quarters_at_bar(visit.place.start_bar)), parse_key(plan.key)
    signature = key.tonic + ("m" if key.is_minor else "")
    track = MidiTrack(
        [
            MetaMessage("track_name", name=stem),
            MetaMessage("set_tempo", tempo=round(60_000_000 / float(span.quarters_per_minute))),
            MetaMessage(
                "time_signature", numerator=span.meter.numerator, denominator=span.meter.denominator
            ),
            MetaMessage("key_signature", key=_WITH_FEWER_ACCIDENTALS.get(signature, signature)),
        ]
    )

    strikes = []
    for onset, duration, pitch, velocity in notes:
        sounding = min(127, max(0, pitch - lift))
        strikes.append((round(onset * _DIVISION), True, sounding, velocity))
        strikes.append((round((onset + duration) * _DIVISION), False, sounding, 0))

    now = 0
    for tick, begins, pitch, velocity in sorted(strikes):  # a note ends before the next one begins
        kind = "note_on" if begins else "note_off"
        track.append(Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
        now = tick

    file = MidiFile(ticks_per_beat=_DIVISION)
    file.tracks.append(track)
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()
