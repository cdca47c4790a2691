"""A song on its grid: what returns is the same, what is edited is alone, what cannot be done is said."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from render.audio.loudness import measure_lufs
from render.backends.request import Clip, ClipRequest
from render.clips.asked import build_request
from render.clips.caching.cache import ClipCache
from render.renderer import RenderResult, render_song
from structure.base.errors import RitornelloError
from structure.base.progress import ProgressEvent
from structure.plans.plan import SongPlan
from structure.specs.spec import MasterSpec
from tests.builders import change_visit
from tests.render.support import RATE, plan_of
from tests.tones import RingingBackend

FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0), ("verse", 2, 0.0), ("chorus", 2, 0.5))
SHORT = (("verse", 2, 0.0), ("chorus", 2, 0.0))
STEMS = ("drums", "bass", "chords")


@dataclass
class ImpulseBackend(RingingBackend):
    """One sample at each note, and nothing else."""

    def generate(self, request: ClipRequest) -> Clip:
        self.requests.append(request)
        audio = np.zeros((1, request.total_samples), np.float32)
        for note in request.notes:
            audio[0, request.pre_roll_samples + request.grid.sample_at(note.onset)] = 0.5
        return Clip(audio, RATE, request.pre_roll_samples)


@dataclass
class WrongBackend(RingingBackend):
    """Breaks its contract in one way."""

    fault: str = ""

    def generate(self, request: ClipRequest) -> Clip:
        clip = super().generate(request)
        audio, downbeat = clip.audio.copy(), clip.downbeat_sample
        if self.fault == "short":
            audio = audio[:, : audio.shape[1] // 3]
        elif self.fault == "two samples long":
            audio = np.pad(audio, ((0, 0), (0, 2)))
        elif self.fault == "downbeat":
            downbeat += 20
        elif self.fault == "flat":
            return Clip(audio[0], clip.sample_rate, downbeat)
        elif self.fault == "channels":
            audio = np.repeat(audio, 3, axis=0)
        elif self.fault == "nan":
            audio[0, 5] = np.nan
        return Clip(audio, clip.sample_rate, downbeat)


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_of(FORM)


@pytest.fixture(scope="module")
def backend() -> RingingBackend:
    return RingingBackend()


@pytest.fixture(scope="module")
def song(plan: SongPlan, backend: RingingBackend) -> RenderResult:
    return render_song(plan, backend)


def reseeded(plan: SongPlan, section: str, seed: int) -> SongPlan:
    return replace(
        plan,
        visits=tuple(change_visit(v, seed=seed) if v.place.name == section else v for v in plan.visits),
    )


def peak_bin(audio: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    return float(np.argmax(spectrum) * rate / len(audio))


def keys(song: RenderResult, stems: Iterable[str] = STEMS) -> dict[str, list[str]]:
    return {stem: [clip.key for clip in song.clips if clip.stem == stem] for stem in stems}


@pytest.mark.slow
def test_all_audio_is_stereo_and_of_the_planned_length(plan: SongPlan, song: RenderResult) -> None:
    wanted = (2, plan.total_samples)
    assert list(song.stems) == list(STEMS)
    for audio in (*song.stems.values(), song.premaster, song.master.audio):
        assert audio.shape == wanted
        assert audio.dtype == np.float32
        assert not audio[:, -1].any()


@pytest.mark.slow
def test_stems_sum_to_the_premaster_within_90_db(song: RenderResult) -> None:
    gap = np.abs(sum(song.stems.values()) - song.premaster).max() / np.abs(song.premaster).max()
    assert 20 * math.log10(gap) < -90.0


def test_the_master_is_as_loud_as_asked(song: RenderResult) -> None:
    assert measure_lufs(song.master.audio, RATE) == pytest.approx(-14.0, abs=0.1)
    assert song.warnings == ()


def test_returning_sections_are_asked_for_once_and_variations_by_themselves(
    backend: RingingBackend, song: RenderResult
) -> None:
    for verse, chorus, again, varied in keys(song).values():
        assert verse == again
        assert len({verse, chorus, varied}) == 3
    assert len(backend.requests) == 3 * len(STEMS)
    assert [clip.reused for clip in song.clips] == [False] * 6 + [True] * 3 + [False] * 3


@pytest.mark.slow
def test_a_song_whose_audio_lies_on_the_disk_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(SHORT)
    usual = render_song(plan, RingingBackend())
    monkeypatch.setattr("render.audio.shelf.MOST_IN_MEMORY", 0)
    stored = render_song(plan, RingingBackend())
    assert (
        stored.master.audio.base is not None
        and usual.master.audio.tobytes() == stored.master.audio.tobytes()
    )
    assert usual.premaster.tobytes() == stored.premaster.tobytes()
    for name in STEMS:
        assert usual.stems[name].tobytes() == stored.stems[name].tobytes()


@pytest.mark.slow
def test_two_renders_are_identical(plan: SongPlan, song: RenderResult) -> None:
    again = render_song(plan, RingingBackend())
    assert np.array_equal(again.master.audio, song.master.audio)
    assert np.array_equal(again.premaster, song.premaster)
    assert all(np.array_equal(again.stems[stem], song.stems[stem]) for stem in STEMS)


@pytest.mark.slow
def test_cached_clips_change_no_sample_and_are_not_made_again(
    plan: SongPlan, song: RenderResult, tmp_path: Path
) -> None:
    render_song(plan, RingingBackend(), ClipCache(tmp_path))
    idle = RingingBackend()
    again = render_song(plan, idle, ClipCache(tmp_path))
    assert idle.requests == []
    assert all(clip.reused for clip in again.clips)
    assert np.array_equal(again.master.audio, song.master.audio)
    next(iter(sorted(tmp_path.rglob("*.clip")))).write_bytes(b"damaged")
    events: list[ProgressEvent] = []
    mended = render_song(plan, idle, ClipCache(tmp_path), events.append)
    assert len(idle.requests) == 1
    assert np.array_equal(mended.master.audio, song.master.audio)
    assert all(event.work <= event.total_work for event in events)


@pytest.mark.slow
def test_editing_one_section_leaves_the_others_bytes_alone(plan: SongPlan, song: RenderResult) -> None:
    edited = render_song(reseeded(plan, "chorus", 99), RingingBackend())
    start, end = plan.bounds(plan.visits[0])
    chorus = slice(*plan.bounds(plan.visits[1]))
    for stem in STEMS:
        one, two = song.stems[stem], edited.stems[stem]
        before_the_join = slice(start, end - RATE)
        assert np.array_equal(one[:, before_the_join], two[:, before_the_join])
        assert not np.allclose(one[:, chorus], two[:, chorus], atol=1e-4)


def test_a_request_says_nothing_of_where_it_stands(plan: SongPlan) -> None:
    first, later = plan.visits[0], plan.visits[2]
    for stem in plan.stems:
        assert build_request(plan, first, stem) == build_request(plan, later, stem)


@pytest.mark.slow
@given(
    tempo=st.decimals(90, 200, places=2).map(float),
    meter=st.sampled_from(["4/4", "3/4", "6/8", "5/4"]),
    beats=st.sampled_from([0.25, 0.5, 2.0]),
)
@settings(max_examples=6, phases=[Phase.explicit, Phase.generate])
def test_notes_sound_on_the_samples_of_the_grid(tempo: float, meter: str, beats: float) -> None:
    """Without reverb an impulse on each beat comes out on its sample: downbeats of sections exactly,
    other notes within the one sample by which a clip's own grid may round otherwise."""
    plan = plan_of(SHORT, tempo=tempo, meter=meter, roles=("bass",), tail_s=1.0)
    plan = replace(
        plan,
        stems=(replace(plan.stems[0], reverb=0.0),),
        render=plan.render.model_copy(update={"crossfade_beats": beats}),
    )
    audio = np.abs(render_song(plan, ImpulseBackend()).stems["bass"][0])
    loud = np.flatnonzero(audio > 0.5 * audio.max())
    heard = loud[np.diff(loud, prepend=-9) > 1]
    planned = plan.grid.beat_samples(plan.bars)
    assert len(heard) == len(planned)
    assert np.abs(heard - planned).max() <= 1
    assert {plan.bounds(visit)[0] for visit in plan.visits} <= set(heard.tolist())


@pytest.mark.slow
@pytest.mark.parametrize("rate", [48_000, 32_000, 44_100])
def test_a_backend_at_another_rate_keeps_pitch_and_time(rate: int) -> None:
    plan = plan_of(SHORT, roles=("bass",))
    audio = render_song(plan, RingingBackend(sample_rate=rate)).stems["bass"][0]
    native = render_song(plan, RingingBackend()).stems["bass"][0]
    a, b = audio[: 2 * RATE], native[: 2 * RATE]
    assert peak_bin(a, RATE) == pytest.approx(peak_bin(b, RATE), abs=0.5)
    lag = int(np.argmax(np.correlate(a[2000:-2000], b, "valid"))) - 2000
    assert abs(lag) <= 1
    assert np.corrcoef(a, b)[0, 1] > 0.995


@pytest.mark.slow
def test_stereo_clips_stay_as_loud_as_mono_ones() -> None:
    plan = plan_of(SHORT, roles=("bass",))
    mono, stereo = (render_song(plan, RingingBackend(channels=n)).stems["bass"] for n in (1, 2))
    assert measure_lufs(stereo, RATE) == pytest.approx(measure_lufs(mono, RATE), abs=0.5)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("fault", ["short", "two samples long", "downbeat", "flat", "channels", "nan"])
def test_a_clip_that_breaks_the_contract_is_refused(fault: str, rate: int) -> None:
    with pytest.raises(RuntimeError, match="backend 'tones'"):
        render_song(plan_of(SHORT, roles=("bass",)), WrongBackend(sample_rate=rate, fault=fault))


@pytest.mark.slow
def test_a_negative_prompt_that_nobody_hears_is_left_out_with_a_warning() -> None:
    plan = plan_of(SHORT, roles=("drums", "bass"))
    visits = tuple(change_visit(v, negative_prompts={"drums": "", "bass": "no fuzz"}) for v in plan.visits)
    plan = replace(plan, visits=visits)
    deaf, hearing = RingingBackend(negative_prompt=False), RingingBackend()
    warned, heard = render_song(plan, deaf), render_song(plan, hearing)
    assert {request.negative_prompt for request in deaf.requests} == {""}
    assert {request.negative_prompt for request in hearing.requests} == {"", "no fuzz"}
    assert len(warned.warnings) == 1
    assert "negative prompt" in warned.warnings[0]
    assert warned.warnings[0].endswith("bass")
    assert heard.warnings == ()


@pytest.mark.slow
def test_a_loudness_out_of_reach_is_a_warning_with_both_figures() -> None:
    plan = plan_of(SHORT, roles=("drums",), master=MasterSpec(loudness_lufs=-6.0))
    song = render_song(plan, ImpulseBackend())
    (warning,) = song.warnings
    assert "-6.0 LUFS" in warning
    assert f"{song.master.loudness_lufs:.1f} LUFS" in warning
    assert song.master.true_peak_dbtp <= -1.0


def test_a_section_longer_than_the_longest_clip_is_the_specs_fault() -> None:
    with pytest.raises(
        RitornelloError, match=r"section 'verse' lasts .* at most 3\.0 s; give .* fewer bars"
    ):
        render_song(plan_of(SHORT), RingingBackend(longest_clip_s=3.0))


def test_silent_stems_are_silent_files() -> None:
    plan = plan_of(SHORT, roles=("drums", "bass"))
    visits = tuple(
        change_visit(
            v,
            score=replace(
                v.music.score, parts={k: p for k, p in v.music.score.parts.items() if k != "bass"}
            ),
        )
        for v in plan.visits
    )
    song = render_song(replace(plan, visits=visits), RingingBackend())
    assert not song.stems["bass"].any()
    assert song.stems["drums"].any()


def test_time_is_split_into_what_the_backend_spent_it_on() -> None:
    song = render_song(
        plan_of(SHORT, roles=("bass",)),
        RingingBackend(seconds_by_stage={"network": 0.0001, "decoder": 0.0002}),
    )
    assert song.timings_s["network"] == pytest.approx(2 * 0.0001)
    assert song.timings_s["decoder"] == pytest.approx(2 * 0.0002)
    assert {"clips", "mix", "master"} <= song.timings_s.keys()
    assert min(song.timings_s.values()) >= 0.0


def clip_events(plan: SongPlan, cache: ClipCache) -> list[ProgressEvent]:
    events: list[ProgressEvent] = []
    render_song(plan, RingingBackend(), cache, events.append)
    return [event for event in events if event.stage == "clips"]


@pytest.mark.slow
def test_progress_weighs_only_the_clips_that_must_be_made(tmp_path: Path) -> None:
    plan, cache = plan_of(FORM, roles=("bass",)), ClipCache(tmp_path)
    fresh = clip_events(plan, cache)
    clip_s = fresh[0].total_work / 3
    assert clip_s == pytest.approx(2 * 4 * 60 / 137 + 0.11 + 2.5, abs=0.01)
    assert [event.done for event in fresh] == [0, 1, 2, 3]
    assert [event.work / clip_s for event in fresh] == pytest.approx([0, 1, 2, 3])
    edited = clip_events(reseeded(plan, "verse", 77), cache)
    assert edited[0].total_work == pytest.approx(clip_s)
    assert edited[-1].work == edited[-1].total_work
    assert clip_events(plan, cache)[-1].total_work == 0.0


def test_the_crossfade_is_as_long_as_its_beats(plan: SongPlan) -> None:
    assert plan.crossfade_samples == round(0.5 * 60 * RATE / 137)
