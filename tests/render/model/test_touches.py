"""How notes are played is heard: joined, bent, with vibrato, strummed, damped, held by the pedal."""

from collections.abc import Sequence
from dataclasses import replace

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.model.excitation import make_pitched_excitation, stiff_comb
from render.model.features import PITCHED
from render.model.pipeline import ScorePipeline, load_pipeline
from render.model.playing.notes import NoteTable
from render.model.playing.touches import Touch, play_notes
from render.model.sketch import NoteSpans
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter, Span
from structure.base.types import Articulation
from structure.plans.score import Control, Note

RATE = 44_100
GRID = Grid((Span(Fraction(0), Fraction(120), Meter()),))
"""A quarter is half a second."""

QUARTER = RATE // 2
BEFORE = 4000


def note(
    onset: float,
    duration: float,
    pitch: int,
    articulation: Articulation = "none",
    *,
    velocity: int = 90,
    bend: tuple[tuple[Fraction, float], ...] = (),
) -> Note:
    return Note(Fraction(onset), Fraction(duration), pitch, velocity, articulation=articulation, bend=bend)


def table(notes: Sequence[Note], controls: Sequence[Control] = (), *, is_drums: bool = False) -> NoteTable:
    return NoteTable.from_score(notes, GRID, BEFORE, controls, is_drums=is_drums)


@pytest.fixture(scope="module")
def pipeline() -> ScorePipeline:
    return load_pipeline("pitched")


def play(pipeline: ScorePipeline, prompt: str, notes: NoteTable, seconds: float = 3.0) -> np.ndarray:
    n_samples = round(seconds * RATE)
    noise = torch.Generator().manual_seed(3)
    return pipeline(
        notes,
        n_samples,
        prompt,
        latents=torch.randn(pipeline.latent_shape(n_samples), generator=noise),
        timbre_latents=torch.randn(pipeline.timbre_shape, generator=noise),
    ).audio


def pitch_of(audio: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Seconds, and the pitch there in semitones as MIDI counts them."""
    hertz = librosa.yin(audio, fmin=low, fmax=high, sr=RATE, frame_length=2048, hop_length=256)
    return np.arange(len(hertz)) * 256 / RATE, 69.0 + 12.0 * np.log2(hertz / 440.0)


def level_db(audio: np.ndarray, start_s: float, end_s: float) -> float:
    part = audio[round(start_s * RATE) : round(end_s * RATE)].astype(np.float64)
    return float(10.0 * np.log10(np.mean(part**2) + 1e-12))


@given(
    st.lists(
        st.tuples(st.integers(0, 15), st.integers(1, 8), st.integers(40, 80), st.integers(1, 127)),
        min_size=1,
        max_size=12,
    )
)
def test_notes_without_marks_are_played_as_they_are_written(rows: list[tuple[int, int, int, int]]) -> None:
    notes = sorted(
        (note(at / 4, length / 4, pitch, velocity=force) for at, length, pitch, force in rows),
        key=lambda one: one.onset,
    )
    played, touches = play_notes(notes, (), GRID, BEFORE, is_drums=False)
    assert played == [
        (BEFORE + GRID.sample_at(n.onset), BEFORE + GRID.sample_at(n.end), n.pitch, n.velocity)
        for n in notes
    ]
    assert touches == {}


@pytest.mark.parametrize(("way", "rising"), [("strum_down", True), ("strum_up", False)])
def test_a_strum_goes_from_string_to_string_about_its_beat(way: Articulation, rising: bool) -> None:
    pitches = [40, 47, 52, 56, 59, 64]
    strings = table([note(1, 1, pitch, way) for pitch in pitches])
    starts = strings.start if rising else strings.start[::-1]
    steps = np.diff(starts)
    assert np.all(steps > 0)
    assert np.ptp(steps) <= 1
    assert 0.03 < np.ptp(starts) / RATE < 0.05
    assert starts[0] < BEFORE + QUARTER < starts[-1]
    forces = strings.velocity if rising else strings.velocity[::-1]
    assert forces[0] == 90
    assert np.all(np.diff(forces) <= 0)
    assert forces[-1] < 90


def test_a_single_string_is_not_strummed() -> None:
    assert table([note(1, 1, 52, "strum_down")]).start.tolist() == [BEFORE + QUARTER]


@pytest.mark.parametrize(("way", "hertz"), [("tremolo", 11), ("roll", 18)])
def test_strokes_fill_a_note_without_a_gap(way: Articulation, hertz: int) -> None:
    strokes = table([note(0, 4, 60, way)], is_drums=way == "roll")
    assert len(strokes) == 2 * hertz
    assert strokes.start[0] == BEFORE
    assert strokes.end[-1] == BEFORE + 4 * QUARTER
    assert np.array_equal(strokes.start[1:], strokes.end[:-1])
    assert set(strokes.velocity[::2].tolist()) == {90}
    assert np.all(strokes.velocity[1::2] < 90)


def test_a_flam_has_a_softer_stroke_before_its_own() -> None:
    grace, stroke = table([note(1, 1, 38, "flam")], is_drums=True).start.tolist()
    assert stroke == BEFORE + QUARTER
    assert 0.02 < (stroke - grace) / RATE < 0.04
    velocity = table([note(1, 1, 38, "flam")], is_drums=True).velocity
    assert velocity[0] < velocity[1] == 90


def test_the_pedal_holds_notes_until_it_is_up_or_they_are_struck_again() -> None:
    pedal = Control(64, ((Fraction(0), 127), (Fraction(2), 0), (Fraction(3), 127), (Fraction(4), 0)))
    notes = [note(0, 0.5, 60), note(0.5, 0.5, 64), note(1, 0.5, 60), note(2, 0.5, 67), note(3, 0.5, 72)]
    held = table(notes, [pedal])
    ends = (held.end - BEFORE) / QUARTER
    assert ends.tolist() == pytest.approx([1.0, 2.0, 2.0, 2.5, 4.0], abs=1e-4)
    other = Control(1, ((Fraction(0), 127),))
    assert table(notes, [other]).end.tolist() == table(notes).end.tolist()


@pytest.mark.parametrize("way", ["legato", "hammer_on", "pull_off", "slide"])
def test_a_joined_note_goes_on_from_the_one_before(way: Articulation) -> None:
    joined = table([note(0, 1, 60), note(1, 1, 62, way)])
    assert joined.touches[1].after == 0
    assert joined.touches[0].leads_on
    course = joined.touches[1].find_shift(np.arange(QUARTER, dtype=np.float32))
    assert course[0] == -2.0
    assert course[-1] == 0.0
    assert np.all(np.diff(course) >= 0.0)


def test_nothing_is_joined_over_a_gap() -> None:
    apart = table([note(0, 0.5, 60), note(1, 1, 62, "legato")])
    assert apart.touches == {}
    slid = table([note(0, 0.5, 60), note(1, 1, 62, "slide")])
    assert slid.touches[1] == Touch(course=slid.touches[1].course)
    assert slid.touches[1].course[0][1] < 0 == slid.touches[1].course[-1][1]


def test_the_excitation_of_joined_notes_has_no_step() -> None:
    joined = table([note(0, 1, 60), note(1, 1, 62, "legato"), note(2, 1, 60, "legato")])
    struck = table([note(0, 1, 60), note(1, 1, 62), note(2, 1, 60)])
    steps = []
    for notes in (joined, struck):
        audio = make_pitched_excitation(notes, 4 * QUARTER, 0)
        ends = [BEFORE + QUARTER, BEFORE + 2 * QUARTER]
        around = [np.abs(np.diff(audio[end - 40 : end + 40])).max() for end in ends]
        middle = np.abs(np.diff(audio[BEFORE + 5000 : BEFORE + 15_000])).max()
        steps.append(max(around) / middle)
    assert steps[0] < 1.1

    # A piano has no joined notes: there the excitation is as it is without marks.
    piano, plain = (
        make_pitched_excitation(t, 4 * QUARTER, 0, make_comb=stiff_comb) for t in (joined, struck)
    )
    assert np.array_equal(piano, plain)


def test_a_bent_note_is_drawn_where_it_is_heard(pipeline: ScorePipeline) -> None:
    low, high = table([note(0, 2, 60)]), table([note(0, 2, 62)])
    bent = table([note(0, 2, 62, bend=((Fraction(0), -2.0), (Fraction(1), -2.0), (Fraction(2), 0.0)))])
    timbre = torch.zeros(1, 32)
    first, last, between = (
        pipeline.draw_sketch(notes, 120, timbre)[20:40].numpy() for notes in (low, high, bent)
    )
    assert np.abs(between - first).mean() < 0.2 * np.abs(between - last).mean()


def test_bends_are_heard(pipeline: ScorePipeline) -> None:
    bend = ((Fraction(0), -2.0), (Fraction(1, 2), -2.0), (Fraction(1), 0.0))
    audio = play(pipeline, "electric guitar lead, clean", table([note(0, 4, 72, bend=bend)]))
    seconds, pitch = pitch_of(audio, 200, 1200)
    before = np.median(pitch[(seconds > 0.15) & (seconds < 0.3)])
    after = np.median(pitch[(seconds > 0.75) & (seconds < 1.8)])
    assert before == pytest.approx(70.0, abs=0.2)
    assert after == pytest.approx(72.0, abs=0.1)


def test_the_lowest_and_the_highest_note_can_be_bent(pipeline: ScorePipeline) -> None:
    up, down = ((Fraction(0), -24.0), (Fraction(1), 24.0)), ((Fraction(0), 24.0), (Fraction(1), -24.0))
    notes = [note(0, 1.5, 0, bend=up), note(2, 1.5, 127, bend=down)]
    audio = play(pipeline, "synth lead", table(notes))
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() > 1e-4


def test_what_is_bent_far_up_has_no_mirrored_harmonics() -> None:
    """Between the harmonics of a note that has been bent up by two octaves there is nothing."""
    bend = ((Fraction(0), 0.0), (Fraction(1, 2), 24.0))
    audio = make_pitched_excitation(table([note(0, 4, 72, bend=bend)]), 4 * QUARTER, 0)
    part = audio[2 * QUARTER : 2 * QUARTER + 16_384].astype(np.float64) * np.blackman(16_384)
    spectrum, hertz = np.abs(np.fft.rfft(part)), np.fft.rfftfreq(16_384, 1 / RATE)
    ratio = hertz / (440.0 * 2.0 ** ((96 - 69) / 12))
    between = (np.abs(ratio - np.rint(ratio)) > 0.1) & (hertz > 500.0)
    assert spectrum[between].max() < 0.03 * spectrum.max()


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["solo flute", "solo violin"])
def test_vibrato_swings_about_the_note_five_to_six_times_a_second(
    pipeline: ScorePipeline, prompt: str
) -> None:
    swung = play(pipeline, prompt, table([note(0, 4, 76, "vibrato")]))
    still = play(pipeline, prompt, table([note(0, 4, 76)]))
    reaches = []
    for audio in (swung, still):
        seconds, pitch = pitch_of(audio, 300, 1500)
        held = pitch[(seconds > 0.7) & (seconds < 1.9)]
        assert np.mean(held) == pytest.approx(76.0, abs=0.1)
        reaches.append(np.percentile(held, 95) - np.percentile(held, 5))
        if audio is swung:
            spectrum = np.abs(np.fft.rfft((held - held.mean()) * np.hanning(len(held)), 4096))
            hertz = np.fft.rfftfreq(4096, 256 / RATE)
            assert 4.8 < hertz[spectrum.argmax()] < 6.6
            start = pitch[(seconds > 0.14) & (seconds < 0.25)]
            assert np.ptp(start) < 0.5 * reaches[0]
    assert 0.35 < reaches[0] < 0.75
    assert reaches[1] < 0.5 * reaches[0]


def test_only_one_note_at_a_time_has_vibrato(pipeline: ScorePipeline) -> None:
    chord = [note(0, 4, pitch, "vibrato") for pitch in (60, 64)]
    plain = [note(0, 4, pitch) for pitch in (60, 64)]
    swung, still = (play(pipeline, "string section", table(notes)) for notes in (chord, plain))
    assert np.array_equal(swung, still)


def test_a_palm_muted_string_dies_away_and_is_duller(pipeline: ScorePipeline) -> None:
    prompt = "distorted electric guitar"
    muted, still = (
        play(pipeline, prompt, table([note(0, 1.9, 40, way), note(2, 1.9, 45, way)]))
        for way in ("palm_mute", "none")
    )
    at = BEFORE / RATE
    fall = [
        level_db(audio, at + 0.35, at + 0.5) - level_db(audio, at, at + 0.1) for audio in (muted, still)
    ]
    assert fall[0] < -20.0
    assert fall[0] < fall[1] - 15.0
    shares = []
    for audio in (muted, still):
        part = np.abs(np.fft.rfft(audio[BEFORE : BEFORE + 4096].astype(np.float64) * np.hanning(4096))) ** 2
        hertz = np.fft.rfftfreq(4096, 1 / RATE)
        shares.append(10 * np.log10(part[hertz > 2000].sum() / part[(hertz > 60) & (hertz < 1000)].sum()))
    assert shares[0] < shares[1] - 3.0


def test_a_choked_cymbal_stops() -> None:
    drums = load_pipeline("drums")
    rung, choked = (
        play(drums, "rock drum kit", table([note(0, 0.5, 49, way)], is_drums=True))
        for way in ("none", "choke")
    )
    at = (BEFORE + QUARTER // 2) / RATE
    assert level_db(choked, 0.1, at) == pytest.approx(level_db(rung, 0.1, at), abs=1.0)
    assert level_db(choked, at + 0.2, at + 0.6) < level_db(rung, at + 0.2, at + 0.6) - 20.0


def test_spans_with_touches_cannot_move_others() -> None:
    """A touched note leaves those that have no touch where they were."""
    rows = [note(0, 1, 60), note(1, 1, 67), note(2, 1, 62, "palm_mute"), note(3, 1, 64, "slide")]
    spans = NoteSpans.of(table(rows), PITCHED, 300)
    plain = NoteSpans.of(table([replace(n, articulation="none") for n in rows]), PITCHED, 300)
    first = spans.note < 2
    assert torch.equal(spans.age[first], plain.age[plain.note < 2])
    assert torch.equal(spans.row[first], plain.row[plain.note < 2])
    assert spans.touches is not None
    assert not spans.touches.shift[first].any()
    assert plain.touches is None
