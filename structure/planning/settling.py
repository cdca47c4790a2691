"""What is settled for the whole song before its sections are planned: frame, players, mix and prompts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from structure.base.seeds import derive_seed
from structure.description.reading import read_wishes
from structure.forms.section_lengths import section_kind
from structure.planning.arranging.contrasts import contrast_of
from structure.planning.brief import Brief, read_brief
from structure.planning.effects import EffectsPlan, plan_effects, split_wishes
from structure.planning.players.ensembles import exact_players
from structure.planning.players.stems import PlannedStem, plan_stems
from structure.planning.polyphony import polyphonic_form, usual_bars, voice_stems
from structure.planning.prompts import (
    song_negative_prompt,
    song_prompt,
)
from structure.planning.wishes.asked import (
    section_feeling,
)
from structure.planning.wishes.styles import with_rhythm_sections
from structure.presets.mixes import Mix, build_mix, load_mix
from structure.presets.moods import NEUTRAL, Feeling
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import Wishes


@dataclass(frozen=True)
class SettledSong:
    """What is settled for the whole song before its sections are planned."""

    spec: SongSpec
    wishes: Wishes
    brief: Brief
    seed: int
    stems: tuple[PlannedStem, ...]
    effects: EffectsPlan
    mix: Mix
    prompt: str
    negative_prompt: str

    @property
    def all_stems(self) -> tuple[PlannedStem, ...]:
        """Return the song's players, and after them its effects."""
        return (*self.stems, *self.effects.stems)

    def section(self, name: str) -> SectionSpec:
        """Return the user's settings of a section, empty ones where there are none."""
        return self.spec.sections.get(name, SectionSpec())

    def section_seed(self, name: str) -> int:
        """Return the seed of a section's notes."""
        return derive_seed(self.base_seed(name), name)

    def feeling(self, name: str, own: Feeling = NEUTRAL) -> Feeling:
        """Return which way the moods move the notes of a section.

        They are the mood of the song, what is asked of the section alone, and what a visit has of its
        ``own``. An exact ensemble cannot set one section off from another by who plays. It does so by
        register and density, where no mood of the section does.
        """
        asked = section_feeling(self.wishes, section_kind(name)).plus(own)
        feeling = self.brief.feeling.plus(asked)
        if not all(stem.always for stem in self.stems):
            return feeling
        contrast = contrast_of(section_kind(name), self.seed, self.brief.style)
        return feeling.plus(
            replace(
                contrast,
                register=0.0 if asked.register else contrast.register,
                density=0.0 if asked.density else contrast.density,
            )
        )

    def base_seed(self, name: str) -> int:
        """Return the seed that the user gives a section, else the song's."""
        own = self.section(name).seed
        return self.seed if own is None else own


def settle(spec: SongSpec, seed: int, wishes: Wishes | None = None) -> SettledSong:
    """Return what a spec, its description and a seed settle; ``wishes`` may replace the description's.

    Raises PlanError where the spec cannot be met, and RitornelloError for an unknown style.
    """
    wishes = read_wishes(spec.description) if wishes is None and spec.description else wishes or Wishes()
    wishes, for_effects = split_wishes(wishes)
    form = polyphonic_form(spec, wishes)
    if form is not None and form.counterpoint is not None:
        stems = voice_stems(spec, wishes, form.counterpoint)
        spec = spec.model_copy(update={"form": form.name, "stems": stems})
        if spec.genre is None and not any(wish.kind == "genre" for wish in wishes.wishes):
            spec = spec.model_copy(update={"genre": "classical"})
    brief = read_brief(spec, wishes, seed)
    if form is not None and form.counterpoint is not None:
        brief = replace(brief, usual_bars=usual_bars(form.counterpoint, seed))
    mix = build_mix(load_mix(spec.mix.preset or brief.style.mix), spec.mix)
    planned = plan_stems(spec, brief.style, wishes, mix, seed)
    with_rhythm = with_rhythm_sections(wishes, {stem.plan.role for stem in planned})
    if with_rhythm != wishes:
        wishes = with_rhythm
        planned = plan_stems(spec, brief.style, wishes, mix, seed)
    names = [stem.plan.name for stem in planned]
    is_exact = bool(exact_players(wishes))
    effects = plan_effects(spec, brief.style, for_effects, mix, seed, is_exact=is_exact, taken=names)
    return SettledSong(
        spec=spec,
        wishes=wishes,
        brief=brief,
        seed=seed,
        stems=planned,
        effects=effects,
        mix=mix,
        prompt=song_prompt(spec, wishes, brief.style.name),
        negative_prompt=song_negative_prompt(spec, wishes),
    )
