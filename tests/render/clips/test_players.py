"""Songs whose stems and sections have backends of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from render.audio.types import Audio
from render.backends.base import Backend, Heavy
from render.backends.request import Clip, ClipRequest
from render.clips.caching.cache import ClipCache
from render.clips.guide import measure_level_db
from render.clips.make import ClipRecord, make_clips
from render.clips.players import Players
from render.clips.separate import PARTS, Separator
from render.clips.wanted import ClipPlan, PlayedBy, describe_players
from render.renderer import RenderResult, render_song
from structure.base.errors import BackendError, MissingWeightsError, NoRoomError
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.players import settings_of
from structure.specs.backend import BackendSpec
from structure.specs.spec import RenderSpec
from tests.builders import change_visit
from tests.render.clips.band import Band, Player, band, played_by, player
from tests.render.support import plan_of

FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0), ("verse", 2, 0.0))


class Made(NamedTuple):
    """The clips of a song in its order, their records, and what played them."""

    clips: list[Clip]
    records: tuple[ClipRecord, ...]
    players: tuple[PlayedBy, ...]
    warnings: tuple[str, ...]


def make(
    plan: SongPlan,
    own: Backend,
    load: Band | None = None,
    cache: ClipCache | None = None,
    separator: Separator | None = None,
) -> Made:
    clip_plan = ClipPlan.of(plan, own, separator, load or band())
    made = make_clips(clip_plan, cache or ClipCache(limit_bytes=0))
    clips = [made.clips[record.key] for record in made.records]
    return Made(clips, made.records, describe_players(clip_plan.all_clips), made.warnings)


def test_each_stem_and_section_is_played_by_its_own_backend() -> None:
    plan = played_by(plan_of(FORM), {"bass": "deep"}, {"chorus": "wide"})
    own, deep, wide = player("own"), player("deep"), player("wide", sample_rate=48_000, channels=2)
    made = make(plan, own, band(deep, wide))
    assert {(clip.section, clip.visit, clip.stem): clip.backend for clip in made.records} == {
        ("verse", visit, stem): "deep" if stem == "bass" else "own"
        for visit in (1, 2)
        for stem in ("drums", "bass", "chords")
    } | {("chorus", 1, "drums"): "wide", ("chorus", 1, "bass"): "deep", ("chorus", 1, "chords"): "wide"}
    assert (own.made, deep.made, wide.made) == (2, 2, 2)  # the second verse comes from the cache
    ways = {(one.name, one.fingerprint, one.way) for one in made.players}
    assert ways == {(name, f"{name}-1", "the backend's own stem") for name in ("own", "deep", "wide")}
    places = [place for one in made.players for place in one.places]
    assert sorted(places) == sorted(clip.place for clip in made.records)
    assert {len(clip.audio) for clip in made.clips} == {1, 2}
    assert {clip.sample_rate for clip in made.clips} == {plan.grid.sample_rate}


def test_naming_the_songs_own_backend_changes_no_clip() -> None:
    plan = plan_of(FORM)
    named = played_by(plan, dict.fromkeys(("drums", "bass"), "embedded"), {"chorus": "embedded"})
    keys = [
        {clip.place: clip.key for clip in ClipPlan.of(one, player("own")).all_clips}
        for one in (plan, named)
    ]
    assert keys[0] == keys[1]


def test_only_what_sounds_is_loaded_and_once() -> None:
    plan = played_by(plan_of(FORM), {"bass": "deep", "drums": "silent"}, {"chorus": BackendSpec(steps=9)})
    visits = []
    for visit in plan.visits:
        score = visit.music.score
        parts = {name: part for name, part in score.parts.items() if name != "drums"}
        visits.append(replace(visit, music=replace(visit.music, score=replace(score, parts=parts))))
    load = band(player("deep"))
    own = player("own")
    make(replace(plan, visits=tuple(visits)), own, load)
    assert load.loaded == ["deep"]
    assert {request.steps for request in own.requests} == {None, 9}


def test_the_same_backend_with_other_weights_is_another_one() -> None:
    choices = {"bass": BackendSpec(name="deep", model="a"), "chords": BackendSpec(name="deep", model="b")}
    load = band(player("deep"))
    make(played_by(plan_of(FORM[:1]), choices), player("own"), load)
    assert load.loaded == ["deep", "deep"]


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (32_000, 1), (16_000, 2)])
def test_downbeats_are_the_same_whatever_the_rate_of_a_backend(rate: int, channels: int) -> None:
    plan = plan_of(FORM, roles=("drums",), tempo=119.0)
    ours = make(plan, player("own")).clips
    other = player("other", sample_rate=rate, channels=channels)
    theirs = make(played_by(plan, {"drums": "other"}), player("own"), band(other)).clips
    lags = np.arange(-40, 41)
    for one, same in zip(ours, theirs, strict=True):
        assert (one.downbeat_sample, one.audio.shape[1]) == (same.downbeat_sample, same.audio.shape[1])
        heard, wanted = (clip.audio[0, : one.downbeat_sample + 20_000] for clip in (same, one))
        likeness = [float(np.dot(np.roll(heard, -lag), wanted)) for lag in lags]
        late = abs(lags[int(np.argmax(likeness))])
        assert late * rate <= plan.grid.sample_rate  # its notes begin on samples of its own


@pytest.mark.slow
def test_a_whole_song_by_several_backends_names_them() -> None:
    plan = played_by(plan_of(FORM), {"bass": "deep"})
    result = render_song(plan, player("own"), load=band(player("deep")))
    assert [one.name for one in result.players] == ["own", "deep"]
    plain = render_song(plan_of(FORM), player("own"), load=band())
    assert plain.players == () and {clip.backend for clip in plain.clips} == {"own"}
    for stem in ("drums", "chords"):
        assert np.array_equal(plain.stems[stem], result.stems[stem])


def levels_db(plan: SongPlan, result: RenderResult, stem: str) -> list[float]:
    audio = result.stems[stem]
    return [
        measure_level_db(audio[:, slice(*plan.bounds(visit))], plan.grid.sample_rate)
        for visit in plan.visits
    ]


@pytest.mark.slow
def test_makers_of_one_stem_are_brought_to_one_level() -> None:
    plan = plan_of(FORM[:2], roles=("bass",), tempo=120.0)
    quiet = render_song(plan, player("own"))
    plan = played_by(plan, sections={"chorus": "loud"})
    loud = render_song(plan, player("own"), load=band(player("loud", level=8.0)))
    one, other = levels_db(plan, quiet, "bass"), levels_db(plan, loud, "bass")
    assert other == pytest.approx(one, abs=0.5)


@dataclass
class Shares:
    """Takes a mix apart into known shares, which sum to it."""

    fingerprint: str = "shares-1"
    mixes: list[Audio] = field(default_factory=list)

    def separate(self, audio: Audio, sample_rate: int) -> dict[str, Audio]:
        self.mixes.append(audio)
        stereo = np.repeat(audio, 2, 0) if len(audio) == 1 else audio
        return {part: np.float32(0.25) * stereo for part in PARTS}


def bed_plan(way: str) -> SongPlan:
    """A song whose chorus has a bed by a maker of mixes, under drums of its own."""
    bed = BackendSpec(name="mixes", stems=way)  # type: ignore[arg-type]
    plan = plan_of(FORM[:2], render=RenderSpec(guide="none"))
    return played_by(plan, {"drums": "embedded"}, {"chorus": bed})


def mix_maker(**changes: Any) -> Player:
    return player("mixes", rolloff=1.0, makes_stems=False, follows_score=False, **changes)


@pytest.mark.slow
def test_a_bed_is_taken_apart_and_the_other_stems_are_made_by_themselves() -> None:
    own, mixes, separator = player("own"), mix_maker(), Shares()
    made = make(bed_plan("separate"), own, band(mixes), separator=separator)
    assert [request.role for request in mixes.requests] == ["mix"] and len(separator.mixes) == 1
    assert mixes.requests[0].prompt == "bass sound; chords sound"
    ways = {(one.name, one.way): set(one.places) for one in made.players}
    assert ways["mixes", "separated from a mix"] == {"chorus/1/bass", "chorus/1/chords"}
    assert "chorus/1/drums" in ways["own", "the backend's own stem"]


@pytest.mark.slow
def test_a_bed_is_asked_for_stem_by_stem_where_the_song_wants_that() -> None:
    own, mixes, separator = player("own"), mix_maker(), Shares()
    made = make(bed_plan("ask"), own, band(mixes), separator=separator)
    assert [request.role for request in mixes.requests] == ["bass", "chords"] and not separator.mixes
    assert {one.way for one in made.players if one.name == "mixes"} == {"asked for in words"}


WORDS = (
    "genre: pop\nseed: 1\nform: [verse]\nstems:\n  - {name: vocals, role: vocals}\n"
    "  - {name: keys, role: chords}\n"
    "sections:\n  verse: {bars: 4, chords: C | F | G | C, lyrics: over the river of light}\n"
)


def test_words_are_sung_by_what_can() -> None:
    plan = plan_song(parse_spec(WORDS, "a.yaml"))
    load = band(player("mute"), player("choir", can={"sings_lyrics": True}))

    def makers(one: SongPlan) -> list[str]:
        players = Players(one, player("own"), load)
        return [players.maker(one.visits[0], stem).name for stem in one.stems]

    assert makers(played_by(plan, {"vocals": "choir"})) == ["choir", "own"]
    assert makers(played_by(plan, sections={"verse": "choir"})) == ["choir", "choir"]
    assert makers(played_by(plan, sections={"verse": "mute"})) == ["embedded voice", "mute"]
    mute = played_by(plan, {"vocals": "mute"})
    with pytest.raises(
        BackendError, match=r"stems\.vocals\.backend: 'mute' sings no words.*one that sings"
    ):
        makers(mute)
    silent = replace(mute, render=RenderSpec(singer="none"))
    assert makers(silent) == ["mute", "own"]


def test_lyrics_go_to_the_singer_of_a_bed_alone() -> None:
    plan = plan_song(parse_spec(WORDS, "a.yaml"))
    plan = replace(plan, render=RenderSpec(guide="none"))
    bed = BackendSpec(name="mixes", stems="separate")
    mixes = mix_maker(can={"sings_lyrics": True})
    both = ClipPlan.of(played_by(plan, sections={"verse": bed}), player("own"), Shares(), band(mixes))
    assert {clip.approach.request.lyrics for clip in both.all_clips} == {"[verse]\nover the river of light"}
    keys = ClipPlan.of(played_by(plan, {"keys": bed}), player("own"), Shares(), band(mixes))
    made = {clip.stem.name: clip for clip in keys.all_clips}
    assert made["keys"].parts == PARTS and made["keys"].approach.request.lyrics == ""
    assert made["vocals"].maker.name == "embedded voice"


class NoWeights(Band):
    def __call__(self, settings: RenderSpec) -> Any:
        raise MissingWeightsError("no weights", field="model", hint="get them")


def test_what_cannot_be_loaded_is_told_by_the_field_that_asks_for_it_before_a_clip_is_made() -> None:
    own = player("own")
    plan = played_by(plan_of(FORM), sections={"chorus": "far"})
    with pytest.raises(
        MissingWeightsError, match=r"^sections\.chorus\.backend: no weights; get them$"
    ) as told:
        make(plan, own, NoWeights({}))
    assert told.value.field == "sections.chorus.backend" and own.made == 0


def test_a_bar_that_is_longer_than_a_backends_clips_is_told_before_a_clip_is_made() -> None:
    own, short = player("own"), player("short", longest_clip_s=3.0)
    plan = played_by(plan_of(FORM), sections={"chorus": "short"})
    with pytest.raises(
        BackendError, match=r"section 'chorus' lasts .* the backend 'short' makes clips of at most"
    ):
        make(plan, own, band(short))
    assert own.made == 0


@dataclass
class Big(Player):
    """A player whose weights take memory, of which there are ``free`` bytes in all."""

    memory: dict[str, int] = field(default_factory=dict)
    memory_bytes: int = 6
    device: str = "cpu"
    history: list[str] = field(default_factory=list)

    @property
    def is_held(self) -> bool:
        return self.name in self.memory

    def release(self) -> None:
        del self.memory[self.name]

    def generate(self, request: ClipRequest) -> Clip:
        self.memory[self.name] = self.memory_bytes
        self.history.append(f"{self.name}:{'+'.join(sorted(self.memory))}")
        return super().generate(request)


@pytest.mark.parametrize(("total", "held"), [(10, 1), (100, 2)])
def test_big_models_are_in_memory_one_at_a_time_where_two_have_no_room(
    total: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory: dict[str, int] = {}
    history: list[str] = []
    monkeypatch.setattr("render.backends.devices.free_bytes", lambda device: total - sum(memory.values()))
    one, other = (
        Big(name=name, fingerprint=name, memory=memory, history=history) for name in ("one", "other")
    )
    assert isinstance(one, Heavy) and not isinstance(player("own"), Heavy)
    plan = played_by(plan_of(FORM), {"bass": "one", "chords": "other"})
    own = player("own")
    made = make(plan, own, Band({"one": one, "other": other}))
    names = [entry.partition(":")[0] for entry in history]
    assert names == ["one", "one", "other", "other"]
    assert len(memory) == held
    assert max(entry.count("+") for entry in history) + 1 == held
    alone = make(plan, player("own"), band(player("one"), player("other")))
    for clip, same in zip(made.clips, alone.clips, strict=True):
        assert np.array_equal(clip.audio, same.audio)


def test_what_finds_no_room_is_loaded_once_more_without_the_others() -> None:
    memory = {"one": 6}
    one = Big(name="one", fingerprint="one", memory=memory)

    class Tight(Band):
        def __call__(self, settings: RenderSpec) -> Any:
            if memory:
                raise NoRoomError("no room")
            return super().__call__(settings)

    plan = played_by(plan_of(FORM[:1]), {"bass": "two"})
    players = Players(plan, one, Tight({"two": player("two")}))
    assert players.maker(plan.visits[0], plan.stems[1]).name == "two" and not memory
    with pytest.raises(NoRoomError, match=r"stems\.bass\.backend: no room"):
        memory["other"] = 6
        Players(plan, player("own"), Tight({})).maker(plan.visits[0], plan.stems[1])


VARIED = (("chorus", 2, 0.0), ("chorus", 2, 0.05), ("chorus", 2, 0.0), ("chorus", 2, 1.0))


@pytest.mark.parametrize(
    "can",
    [
        {"takes_latents": True},
        {"takes_latents": False, "takes_init_audio": True},
        {"takes_latents": False, "takes_init_audio": False},
    ],
)
def test_a_chorus_returns_and_varies_whatever_its_backend_can(can: dict[str, bool]) -> None:
    plan = played_by(plan_of(VARIED, roles=("bass",)), sections={"chorus": "other"})
    cache, other = ClipCache(), player("other", can=can)
    made = make(plan, player("own"), band(other), cache)
    keys = [clip.key for clip in made.records]
    assert keys[0] == keys[2] and made.records[2].reused
    varies = any(can.values())
    assert len(set(keys)) == (3 if varies else 1) and other.made == len(set(keys))
    assert any("takes no variations" in warning for warning in made.warnings) == (not varies)
    again = make(plan, player("own"), band(player("other", can=can)), cache)
    assert all(clip.reused for clip in again.records)
    anew = make(plan, player("own"), band(player("other", can=can)))
    for clip, same in zip(made.clips, anew.clips, strict=True):
        assert np.array_equal(clip.audio, same.audio)
    first, near, _, far = (clip.audio[:, 6000:40_000].ravel() for clip in made.clips)
    likeness = [float(np.corrcoef(first, other_clip)[0, 1]) for other_clip in (near, far)]
    assert likeness[0] > likeness[1] if varies else likeness == pytest.approx([1.0, 1.0])


def test_a_variation_begins_from_the_clip_that_it_varies() -> None:
    plan = plan_of(VARIED[:2], roles=("bass",))
    own = player("own", can={"takes_latents": False, "takes_init_audio": True})
    made = make(plan, own)
    first, varied = own.requests
    assert first.init is None and varied.init is not None
    assert varied.init.strength == 0.05 and varied.latent.seed == plan_seed(plan)
    assert "varied from its first visit by 0.05" in made.records[1].notes


def test_a_varied_visit_whose_bars_are_repainted_stays_varied_in_the_others() -> None:
    plan = plan_of(VARIED[:2], roles=("bass",))
    own = player("own", can={"takes_latents": False, "takes_init_audio": True})
    varied = make(plan, own).clips
    visits = (plan.visits[0], change_visit(plan.visits[1], repaint=((1, 2),), repaint_seed=7))
    made = make(replace(plan, visits=visits), own).clips
    (first, second), (_, before) = made, varied
    request = ClipPlan.of(plan, own).all_clips[1].request
    bar = request.grid.sample_at_bar(1) + request.pre_roll_samples
    assert np.array_equal(second.audio[:, : bar - 4000], before.audio[:, : bar - 4000])
    assert not np.array_equal(first.audio[:, : bar - 4000], before.audio[:, : bar - 4000])
    following = slice(bar, request.grid.sample_at_bar(2))
    assert not np.array_equal(second.audio[:, following], before.audio[:, following])


def plan_seed(plan: SongPlan) -> int:
    wanted = ClipPlan.of(plan, player("own")).all_clips
    return wanted[1].approach.request.latent.variation_seed


def test_steps_and_guidance_are_asked_of_the_backend_that_they_are_for() -> None:
    plan = plan_of(FORM[:1], render=RenderSpec(steps=50, guidance=3.0))
    plan = played_by(plan, {"bass": BackendSpec(name="deep", guidance=1.5), "chords": BackendSpec(steps=8)})
    own, deep = player("own"), player("deep")
    make(plan, own, band(deep))
    assert {(r.role, r.steps, r.guidance) for r in own.requests} == {("drums", 50, 3.0), ("chords", 8, 3.0)}
    assert {(r.role, r.steps, r.guidance) for r in deep.requests} == {("bass", None, 1.5)}
    assert settings_of(plan, plan.visits[0], plan.stems[2]).guidance == 3.0
