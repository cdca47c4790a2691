"""The model that the package ships: does it play the score? librosa, which does not know it, listens."""

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction

import librosa
import mir_eval
import numpy as np
import pytest
import torch

from render.backends import load_backend
from render.backends.base import Backend
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest
from render.model.excitation import comb, stiff_comb, struck_comb
from render.model.pianos import FILE, read_piano_words
from render.model.pipeline import ScorePipeline, load_pipeline, text_vector
from render.model.shipped import WEIGHTS
from structure.base.grid import Grid, Meter
from structure.plans.score import Note

RATE = 44_100
GRID = Grid.steady(100, Meter())

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("librosa_loaded")]


@pytest.fixture(scope="module")
def backend() -> Backend:
    return load_backend("embedded")


@pytest.fixture(scope="module")
def pipeline() -> ScorePipeline:
    return load_pipeline("pitched")


def request(role: str, prompt: str, notes: list[Note], bars: int = 2, **changes: object) -> ClipRequest:
    values: dict[str, object] = {
        "role": role,
        "prompt": prompt,
        "negative_prompt": "",
        "notes": tuple(notes),
        "grid": GRID,
        "body_quarters": Fraction(4 * bars),
        "pre_roll_samples": 4410,
        "tail_samples": RATE,
        "latent": LatentRecipe(11),
    }
    return ClipRequest(**{**values, **changes})


def line(pitches: list[int], length: Fraction = Fraction(1)) -> list[Note]:
    return [Note(k * length, length, pitch, 96) for k, pitch in enumerate(pitches)]


def span(clip: Clip, note: Note) -> np.ndarray:
    """The middle of a note in a clip."""
    start = clip.downbeat_sample + GRID.sample_at(note.onset)
    end = clip.downbeat_sample + GRID.sample_at(note.end)
    quarter = (end - start) // 4
    return clip.audio[0, start + quarter : end - quarter]


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("prompt", "is_piano"),
    [
        ("piano", True),
        ("felt piano, soft, intimate", True),
        ("old tack piano from a western bar", True),
        ("keys of a big wooden grand, jazz", True),
        ("electric piano, mellow", False),
        ("thumb piano", False),
        ("strings, cinematic", False),
        ("nylon guitar", False),
    ],
)
def test_pianos_are_known_by_their_words(prompt: str, is_piano: bool) -> None:
    words = read_piano_words(WEIGHTS / "pitched" / FILE)
    assert words is not None
    assert words.ask_for_piano(text_vector(prompt)) == is_piano


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("tubular bells", "tubes"),
        ("a church bell far away, dark", "tubes"),
        ("glockenspiel, bright", "bars"),
        ("bell-like electric piano", None),
        ("bell pad, airy", None),
        ("marimba", None),
    ],
)
def test_what_is_struck_is_known_by_its_name(
    pipeline: ScorePipeline, prompt: str, kind: str | None
) -> None:
    found = pipeline.find_comb(prompt)(72, RATE)
    assert np.array_equal(found, (struck_comb(kind) if kind else comb)(72, RATE))


def test_what_turns_into_a_bell_has_harmonics(pipeline: ScorePipeline) -> None:
    assert pipeline.find_comb("violin", "tubular bells") is comb
    assert pipeline.find_comb("piano", "grand piano") is stiff_comb


MELODY = line([69, 72, 76, 74, 72, 71, 69, 64])


@pytest.mark.parametrize("prompt", ["concert flute", "saw lead synth", "violin", "clarinet"])
def test_a_melody_has_the_pitches_of_its_score(backend: Backend, prompt: str) -> None:
    clip = backend.generate(request("lead", prompt, MELODY))
    right = 0
    for note in MELODY:
        f0, _, _ = librosa.pyin(span(clip, note), fmin=180, fmax=1200, sr=RATE)
        right += abs(float(np.nanmedian(librosa.hz_to_midi(f0))) - note.pitch) < 0.5
    assert right >= 7


def test_a_bass_line_has_the_pitches_of_its_score(backend: Backend) -> None:
    notes = line([33, 33, 40, 36, 41, 41, 43, 40])
    clip = backend.generate(request("bass", "electric bass, fingered", notes))
    right = 0
    for note in notes:
        f0 = librosa.yin(span(clip, note), fmin=40, fmax=200, sr=RATE, frame_length=4096)
        right += abs(float(np.median(librosa.hz_to_midi(f0))) - note.pitch) < 0.5
    assert right >= 7


def test_chords_have_the_pitch_classes_of_their_score(backend: Backend) -> None:
    chords = [(57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62)]
    notes = [
        Note(Fraction(2 * k), Fraction(2), pitch, 90) for k, chord in enumerate(chords) for pitch in chord
    ]
    clip = backend.generate(request("chords", "electric piano", notes))
    for k, chord in enumerate(chords):
        chroma = librosa.feature.chroma_cqt(y=span(clip, notes[3 * k]), sr=RATE).mean(axis=1)
        assert set(np.argsort(chroma)[-3:]) == {pitch % 12 for pitch in chord}


@pytest.mark.parametrize("prompt", ["drum kit", "808 drums", "house drum kit"])
def test_drums_hit_on_the_beat(backend: Backend, prompt: str) -> None:
    notes = [Note(Fraction(k), Fraction(1, 4), (36, 38)[k % 2], 105) for k in range(8)]
    clip = backend.generate(request("drums", prompt, notes))
    heard = librosa.onset.onset_detect(y=clip.audio[0], sr=RATE, hop_length=256, units="time")
    wanted = np.array([(clip.downbeat_sample + GRID.sample_at(n.onset)) / RATE for n in notes])
    assert mir_eval.onset.f_measure(wanted, heard, window=0.04)[0] > 0.85


def test_kick_and_snare_sound_apart(backend: Backend) -> None:
    notes = [Note(Fraction(k), Fraction(1, 4), (36, 38)[k % 2], 105) for k in range(8)]
    clip = backend.generate(request("drums", "drum kit", notes))
    centroids = []
    for note in notes:
        start = clip.downbeat_sample + GRID.sample_at(note.onset)
        hit = clip.audio[:, start : start + 4410][0]
        centroids.append(float(librosa.feature.spectral_centroid(y=hit, sr=RATE, hop_length=4410)[0, 0]))
    assert max(centroids[::2]) < min(centroids[1::2])


def test_silence_where_nothing_is_written(backend: Backend) -> None:
    clip = backend.generate(request("lead", "concert flute", MELODY[:4], bars=3))
    silent = clip.audio[0, clip.downbeat_sample + GRID.sample_at(Fraction(7)) :]
    assert float(np.sqrt(np.mean(silent**2))) < 0.02 * float(np.abs(clip.audio).max())


def test_the_same_request_is_the_same_clip_and_another_seed_is_not(backend: Backend) -> None:
    wanted = request("lead", "violin", MELODY)
    one, same = backend.generate(wanted), backend.generate(wanted)
    other = backend.generate(request("lead", "violin", MELODY, latent=LatentRecipe(12)))
    assert np.array_equal(one.audio, same.audio)
    assert not np.allclose(one.audio, other.audio, atol=1e-3)


@pytest.mark.parametrize(("role", "prompt"), [("chords", "warm analog pad"), ("lead", "alto saxophone")])
def test_takes_of_one_instrument_differ_and_are_no_other_instrument(
    backend: Backend, role: str, prompt: str
) -> None:
    """The painter paints a take in one step, and not the mean of all takes: another seed changes the sound
    audibly, but by much less than another instrument does."""

    def mel(seed: int, words: str = prompt) -> np.ndarray:
        take = request(role, words, MELODY, latent=LatentRecipe(seed), timbre=LatentRecipe(5))
        audio = backend.generate(take).audio[0]
        return librosa.power_to_db(librosa.feature.melspectrogram(y=audio, sr=RATE, n_mels=64), top_db=60)

    takes = [mel(seed) for seed in range(4)]
    apart = np.mean([np.abs(one - other).mean() for one, other in itertools.combinations(takes, 2)])
    other = np.mean([np.abs(take - mel(seed, "church organ")).mean() for seed, take in enumerate(takes)])
    assert 1.0 < apart < 0.5 * other


def test_a_variation_lies_between_the_clip_and_another_take(backend: Backend) -> None:
    def mel(amount: float) -> np.ndarray:
        latent = LatentRecipe(11, 99, amount)
        audio = backend.generate(request("lead", "violin", MELODY, latent=latent)).audio[0]
        return librosa.power_to_db(librosa.feature.melspectrogram(y=audio, sr=RATE), top_db=70)

    base, third, whole = mel(0.0), mel(0.3), mel(1.0)
    near, far = np.abs(third - base).mean(), np.abs(whole - base).mean()
    assert 0.0 < near < far


def test_words_change_the_sound(backend: Backend) -> None:
    """A distorted guitar has more above 3 kHz than a muffled upright bass has."""
    notes = line([40, 43, 45, 40, 38, 40, 43, 45])

    def brightness(prompt: str) -> float:
        audio = backend.generate(request("chords", prompt, notes)).audio[0]
        return float(np.median(librosa.feature.spectral_centroid(y=audio, sr=RATE)))

    assert brightness("distorted guitar, bright") > 1.5 * brightness("upright bass, muffled")


@pytest.mark.parametrize(("role", "prompt"), [("lead", "alto saxophone"), ("drums", "brushed kit")])
@pytest.mark.parametrize("times", [1, 2, 3, 5, 9, 14])
def test_the_number_of_threads_does_not_change_a_bit(
    backend: Backend, threads: Callable[[int], None], role: str, prompt: str, times: int
) -> None:
    """BLAS adds up in another order for some numbers of notes and tokens, and not for others."""
    notes = [Note(k * Fraction(1, 2), Fraction(1, 2), 36 + (7 * k) % 40, 60 + k) for k in range(4 * times)]
    made = []
    for count in (1, 2):
        threads(count)
        text_vector.cache_clear()
        made.append(backend.generate(request(role, prompt, notes, bars=(times + 1) // 2)).audio)
    assert np.array_equal(*made)
