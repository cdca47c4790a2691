"""A job comes out of its parcel as it went in, with the models of the machine that opens it."""

from dataclasses import replace

import numpy as np
import pytest

from composer.engine.parcel import OtherModelError, find_model, pack, unpack
from render.backends import load_backend
from render.clips.guide import GuideRecipe
from render.clips.make import GenerateJob
from render.clips.wanted import ClipPlan
from render.model_voice.backend import EmbeddedVoiceBackend
from render.voice.backend import VoiceBackend
from structure.plans.plan import SongPlan
from tests.composer.songmaker import small_plan
from tests.tones import ToneBackend

PLAN = small_plan()


def jobs(plan: SongPlan, backend: object) -> list[GenerateJob]:
    clips = ClipPlan.of(plan, backend)  # type: ignore[arg-type]
    return [
        GenerateJob(key=c.key, approach=c.approach, backend=c.maker, guides=clips.guides, place=c.place)
        for c in clips.all_clips
    ]


def test_a_job_makes_the_same_clip_after_its_journey() -> None:
    for job in jobs(PLAN, ToneBackend()):
        again = unpack(pack(job)[0])
        ((key, clip),) = job.make().items()
        ((key_there, clip_there),) = again.make().items()
        assert key == key_there
        assert np.array_equal(clip.audio, clip_there.audio)


def test_weights_do_not_travel_but_are_named() -> None:
    backend = load_backend("embedded")
    data, names = pack(jobs(PLAN, backend)[0])
    assert len(data) < 10_000
    assert {(name[0], name[-1]) for name in names} == {("backend", backend.fingerprint)}
    first, second = (unpack(data) for _ in range(2))
    assert isinstance(first, GenerateJob)
    assert isinstance(second, GenerateJob)
    assert first.backend is second.backend is not backend  # loaded once in a process
    assert first.backend.fingerprint == backend.fingerprint


def test_what_makes_guides_is_named_where_a_clip_has_one() -> None:
    job = jobs(PLAN, ToneBackend())[0]
    guided = replace(job, approach=replace(job.approach, guide=GuideRecipe("model", 0.5)))
    assert pack(job)[1] == frozenset()
    ((kind, print_),) = pack(guided)[1]
    assert (kind, print_) == ("guides", load_backend("embedded").fingerprint)


def test_a_singer_is_named_too() -> None:
    job = replace(jobs(PLAN, ToneBackend())[0], backend=VoiceBackend())
    assert ("voice", "", VoiceBackend().fingerprint) in pack(job)[1]
    job = replace(job, backend=EmbeddedVoiceBackend())
    assert ("embedded voice", EmbeddedVoiceBackend().fingerprint) in pack(job)[1]


def test_other_weights_are_refused_by_name() -> None:
    backend = load_backend("embedded")
    name = next(name for name in pack(jobs(PLAN, backend)[0])[1] if name[0] == "backend")
    with pytest.raises(OtherModelError, match=f"its embedded is {backend.fingerprint}, not embedded-0000"):
        find_model((*name[:-1], "embedded-0000"))
