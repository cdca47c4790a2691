"""The way from one prompt to another within a clip.

Each stem's sound becomes that of the same role in a clip of the target. Roles that only the target has
join in, in the notes of the start's style, and fade in on the way; those that only the start has fade out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from composer.clips.clip import (
    SECTION,
    ClipWish,
    clip_spec,
    plan_clip,
    plan_clip_spec,
    without_silent_stems,
)
from composer.sources.sentences import check_is_no_path
from structure.base.errors import UsageError
from structure.base.plain_text import clean_line
from structure.base.types import Role
from structure.description.reading import read_wishes
from structure.planning.planner import plan_ensemble, plan_song
from structure.planning.prompts import join_prompts, morph_prompt
from structure.planning.wishes.asked import find_asked_players
from structure.planning.wishes.genres import find_asked_genres
from structure.plans.plan import Fade, SongPlan, StemPlan, Visit
from structure.specs.spec import SongSpec


@dataclass(frozen=True, slots=True)
class Morph:
    """A clip that turns into a target prompt.

    ``spec`` is the clip's spec, in which the roles of the target play too. ``prompts`` are those of the
    target's stems by role; empty where the target names no sound and no style. ``roles`` are those that
    play in the clip at the start.
    """

    spec: SongSpec
    target: str
    prompts: Mapping[Role, str]
    roles: frozenset[Role]

    def turn(self, visit: Visit, stems: tuple[StemPlan, ...]) -> Visit:
        """Return a visit that turns into the target on the way."""
        heard = [stem for stem in stems if stem.name in visit.music.score.parts]
        turns = {}
        for stem in heard:
            if stem.role in self.prompts:
                turns[stem.name] = join_prompts(self.prompts[stem.role], self.target)
            else:
                turns[stem.name] = morph_prompt(stem.prompt, stem.role, self.target)

        # some stems enter and some leave; none, if nobody would be left to play
        entering: dict[str, Fade] = {stem.name: "in" for stem in heard if stem.role not in self.roles}
        leaving: dict[str, Fade] = {stem.name: "out" for stem in heard if stem.role not in self.prompts}
        stays = self.prompts and len(leaving) < len(heard)
        begins = len(entering) < len(heard)
        fades = {**(entering if begins else {}), **(leaving if stays else {})}

        prompts = {**visit.sound.prompts, **{name: turns[name] for name in fades if fades[name] == "in"}}
        return replace(visit, sound=replace(visit.sound, prompts=prompts, morph_prompts=turns, fades=fades))


def morph_of(start: ClipWish, target: str) -> Morph:
    """Find what a clip and its target have in common, and what not.

    Raises FolderError where one of the prompts is a path, UsageError for a target without words.
    """
    if not clean_line(target):
        raise UsageError("say in a few words how the clip should end", field="end")
    check_is_no_path(start.prompt, "a prompt")
    check_is_no_path(target, "a prompt")
    spec = clip_spec(start)
    plan = plan_song(spec)
    visit = plan.visits[0]
    playing = [stem for stem in plan.stems if stem.name in visit.music.score.parts]
    roles = frozenset(stem.role for stem in playing)

    # the prompt of each role in a clip of the target, where it names sounds or a style
    prompts: dict[Role, str] = {}
    wishes = read_wishes(target)
    if find_asked_genres(wishes) or find_asked_players(wishes):
        wish = replace(start, prompt=target, init=None, repaint=None, loop=False)
        for stem in plan_clip(wish).stems:
            prompts.setdefault(stem.role, stem.prompt)

    # the style's stems that the clip itself does not call for may be what the target needs
    joining = [stem.name for stem in plan_ensemble(spec) if stem.role in prompts.keys() - roles]
    if joining:
        names = (*(stem.name for stem in playing), *joining)
        section = spec.sections[SECTION].model_copy(update={"stems": tuple(dict.fromkeys(names))})
        spec = spec.model_copy(update={"sections": {SECTION: section}})
    return Morph(spec, target, prompts, roles)


def plan_morph(start: ClipWish, target: str) -> SongPlan:
    """Plan a clip that turns from one prompt into another. Raises RitornelloError."""
    morph = morph_of(start, target)
    plan = plan_clip_spec(morph.spec, start)
    visits = tuple(morph.turn(visit, plan.stems) for visit in plan.visits)
    return without_silent_stems(replace(plan, visits=visits))
