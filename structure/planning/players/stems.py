"""The stems of a song, and which of them play in a section of a given energy.

They are the user's, or the style's as changed by what the description asks for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from structure.arrange.context import Player
from structure.arrange.drums import KEYS
from structure.base.errors import PlanError
from structure.base.sampling import generator
from structure.base.types import ROLES, SUNG, Role
from structure.lyrics.voices import is_harmonised, voice_words
from structure.planning.players.ensembles import Seat, exact_players, seat_players
from structure.plans.plan import StemPlan
from structure.presets.bands import Casting, draw_band
from structure.presets.mixes import Mix
from structure.presets.players import (
    Instrument,
    doubling_of,
    find_instrument,
    is_meant_by,
    is_of_family,
    is_same_or_relative,
    kit_lanes,
    plain_name,
    players_of,
    role_named,
    voices_of,
)
from structure.presets.programs import guess_program
from structure.presets.styles import Style, StyleStem, Voicing
from structure.specs.spec import FormEntry, SectionSpec, SongSpec, StemSpec, VoiceSpec
from structure.specs.wishes import Wish, Wishes, is_song_wide, song_wide

_PLAYS_FROM: dict[Role, float] = {
    "drums": 0.38,
    "bass": 0.28,
    "chords": 0.0,
    "pad": 0.0,
    "arpeggio": 0.4,
    "lead": 0.32,
    "effects": 0.0,
    "audio": 0.0,
}
"""Energy from which a role plays, where neither the style nor the user says."""

_AS_PLAYERS: dict[Role, Role] = {"vocals": "lead", "backing": "pad"}
"""What voices are planned as, until their words are set."""

_VOICE_PROMPTS: dict[Role, str] = {
    "vocals": "wordless voice oohs",
    "backing": "backing voices, choir",
}
"""How voices sound where an instrument stands in for them."""

_CALLED_VOICE = re.compile(r"\b(?:vocals?|voices?|singers?|vox|vocalist)\b(?! synth)")

_VOCALS = "vocals"
"""Who is asked for in a description that asks for a singer."""

_SECOND = "harmony"
"""The second voice of a song whose style has one."""

_SECOND_FROM = 0.7
"""Energy by which further stems of one role have joined in."""

_MELODIC = (
    "verse",
    "prechorus",
    "chorus",
    "postchorus",
    "hook",
    "bridge",
    "solo",
    "instrumental",
    "drop",
    "head",
)
"""Kinds of section that have a melody of their own accord."""

_LINK_MELODY_FROM = 0.5
"""Energy from which other kinds (intros, interludes, outros) have one too."""

_POWER = re.compile(
    r"\b(?:distort\w*|overdriven?|crunch\w*|metal|power chords?|palm[- ]muted)\b.*\bguitar"
    r"|\bguitar.*distort",
    re.I,
)
_CENTRED: tuple[Role, ...] = ("drums", "bass")
_REVERB: dict[Role, float] = {
    "drums": 0.1,
    "bass": 0.0,
    "chords": 0.18,
    "pad": 0.35,
    "arpeggio": 0.25,
    "lead": 0.25,
}
_PANS: dict[Role, tuple[float, ...]] = {
    "chords": (-0.2, 0.35, -0.5),
    "pad": (0.1, -0.25, 0.3),
    "arpeggio": (0.35, -0.4, 0.5),
    "lead": (0.1, -0.2, 0.25),
}
_STAND_INS: tuple[tuple[str, Role], ...] = (
    ("felt piano", "chords"),
    ("acoustic guitar", "chords"),
    ("string ensemble", "pad"),
    ("flute", "lead"),
    ("drum kit", "drums"),
    ("electric bass", "bass"),
    ("harp", "arpeggio"),
)
"""Who plays where all stems of a style are unwanted, and the notes that are given to a role that a style
has not."""

LEAST_SHARE = 0.6
"""The least share of the bars in which an instrument that is asked for is heard."""

_FALLBACK_ORDER: tuple[Role, ...] = ("chords", "pad", "arpeggio", "lead", "bass", "drums")
"""Who plays in a section where nobody would."""


@dataclass(frozen=True, slots=True)
class PlannedStem:
    """A stem, its player, and the energies (0…1) between which it plays.

    ``is_named``: the user asks for it, in the spec's stems or in the description. ``share`` is the least
    share of the song's bars in which it is to be heard. One that plays ``always`` is never silent in a
    section of its own accord. ``sings`` is the role of a voice: it is planned as one who plays the tune, or
    chords, and gets words last. One that ``joins_last`` sings in the last refrain alone. A guest plays
    nowhere but where it is asked for.
    """

    plan: StemPlan
    player: Player
    plays_from: float
    until: float
    is_named: bool = False
    share: float = 0.0
    always: bool = False
    sings: Role | None = None
    joins_last: bool = False
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class _Source:
    """A stem before it is planned.

    It has the style's stem for what is open, and how its player differs from the usual. It also says
    whether a wish names it for the song or for a part of it.
    """

    stem: StemSpec
    origin: StyleStem | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    is_named: bool = False
    share: float = 0.0
    always: bool = False
    sings: Role | None = None
    joins_last: bool = False
    is_guest: bool = False


def plan_stems(
    spec: SongSpec, style: Style, wishes: Wishes, mix: Mix, seed: int, *, in_every_role: bool = False
) -> tuple[PlannedStem, ...]:
    """Plan the stems of a song, in its order, with the mix that ``mix`` gives their roles.

    ``seed`` draws those of the style that nobody asks for. ``in_every_role`` draws at least one for each
    role that the style has.
    """
    casting = _casting(spec, wishes)
    if in_every_role:
        casting = replace(casting, roles=ROLES)
    drawn = style.model_copy(
        update={
            "stems": _without_guests(draw_band(style, seed, casting), style, _find_placed_names(wishes))
        }
    )
    asked = _find_sources(drawn, wishes)
    players = [stem for stem in spec.stems or () if stem.role != "effects"]
    sources = [_voice(stem) if stem.role in SUNG else _from_spec(stem, style, asked) for stem in players]
    sources = _with_kit(sources, wishes) if sources else asked
    if not spec.stems and not exact_players(wishes):
        # Somebody plays the given notes of a role that nobody has.
        taken = {word for source in sources for word in (source.stem.name, source.stem.role)}
        missing = set(_part_names(spec)) - taken
        sources += [
            _Source(StemSpec(name=role, role=role, prompt=prompt), is_named=True)
            for prompt, role in _STAND_INS
            if role in missing
        ]
    sources = _with_singers(sources, spec, wishes, is_harmonised(style.name))

    wanted = Counter(source.stem.role for source in sources)
    usual = Counter(own.role for own in style.stems)
    ranks: Counter[Role] = Counter()
    planned: list[PlannedStem] = []
    for source in sources:
        stem, origin = source.stem, source.origin
        # One of a pair that the style has to the left and the right stands in the middle when alone.
        alone = wanted[stem.role] == 1 < usual[stem.role]
        place = origin.model_copy(update={"pan": 0.0}) if origin and alone else origin
        planned.append(_plan_stem(replace(source, origin=place), ranks[stem.role], mix))
        ranks[stem.role] += 1

    # Players answer the tune where it rests, in as many songs as the style says. All of them that play in
    # a section play the same line, so that none depends on the others.
    has_lead = any(stem.plan.role == "lead" for stem in planned)
    rng = generator(seed, "counter-melody")
    if len(planned) >= _FIFTH and has_lead and rng.random() < style.counter_melodies:
        for i, one in enumerate(planned):
            if one.plan.role in _COUNTERS and one.player.texture == "full":
                planned[i] = replace(one, player=replace(one.player, counters=True))
    return tuple(planned)


_COUNTERS: tuple[Role, ...] = ("pad", "arpeggio")
"""Who answers the tune."""

_FIFTH = 5
"""Players from which on a band has one to spare for it."""


def _voice(stem: StemSpec) -> _Source:
    """Return the source of a voice that the user writes.

    Until its words are set it is planned as one who plays the tune, or chords.
    """
    voice = stem.voice.name if isinstance(stem.voice, VoiceSpec) else stem.voice or ""
    usual = f"{voice} {_VOICE_PROMPTS[stem.role]}".strip()
    player = stem.model_copy(
        update={"role": _AS_PLAYERS[stem.role], "prompt": stem.prompt or usual, "voice": stem.voice}
    )
    return _Source(player, is_named=True, sings=stem.role)


def _with_singers(
    sources: Sequence[_Source], spec: SongSpec, wishes: Wishes, may_harmonise: bool
) -> list[_Source]:
    """Return the stems with somebody who sings the words, where there are some.

    That is the first melody that is called a voice, else one more stem. Where nobody says who plays, and
    a style may, a second voice joins the last refrain. Singers come before others who have the tune.
    Those without a voice have the one that the description asks for.
    """
    found = list(sources)
    if spec_has_words(spec) and all(source.sings != "vocals" for source in found):
        called = [
            i
            for i, one in enumerate(found)
            if one.stem.role == "lead"
            and _CALLED_VOICE.search(f"{one.stem.name} {one.stem.prompt or ''}".lower())
        ]
        if called:
            found[called[0]] = replace(found[called[0]], sings="vocals")
        else:
            taken = {source.stem.name for source in found}
            names = ("vocals", *(f"vocals-{i}" for i in range(2, 99)))
            name = next(one for one in names if one not in taken)
            found.append(_voice(StemSpec(name=name, role="vocals")))
    sings_alone = any(wish.what == "backing vocals" for wish in song_wide(wishes, "part", "avoid"))
    may_harmonise = may_harmonise and not sings_alone and not spec.stems and not exact_players(wishes)
    if spec_has_words(spec) and may_harmonise:
        second = _voice(StemSpec(name=_SECOND, role="backing"))
        found.append(replace(second, is_named=False, joins_last=True))
    first = next((i for i, one in enumerate(found) if one.stem.role == "lead"), 0)
    singers = [one for one in found[first:] if one.sings == "vocals"]
    others = [one for one in found[first:] if one.sings != "vocals"]
    found = [*found[:first], *singers, *others]

    text = spec.description or ""
    spans = [
        wish.span for wish in wishes.wishes if wish.kind == "part" and plain_name(wish.what) == _VOCALS
    ]
    for i, source in enumerate(found):
        if source.sings is not None and source.stem.voice is None and text:
            said = " ".join(voice_words(text, *span) for span in spans if span is not None)
            voice = said or voice_words(text, 0, len(text)) or None
            found[i] = replace(source, stem=source.stem.model_copy(update={"voice": voice}))
    return found


def spec_has_words(spec: SongSpec) -> bool:
    """Return whether any section or visit of a spec has words to sing."""
    owners: list[SectionSpec | FormEntry] = [*spec.sections.values()]
    owners += spec.form if isinstance(spec.form, tuple) else ()
    return any(owner.lyrics and owner.lyrics.strip() for owner in owners)


def _casting(spec: SongSpec, wishes: Wishes) -> Casting:
    """Return which of the style's stems are asked for, and which are unwanted.

    The spec names them in its sections and visits, or the description by instrument, role or sound.
    """
    owners: list[SectionSpec | FormEntry] = [*spec.sections.values()]
    owners += spec.form if isinstance(spec.form, tuple) else ()
    parts = _part_names(spec)
    names = {
        name
        for owner in owners
        for name in (*(owner.stems or ()), *owner.mute, *(event.stem for event in owner.events or ()))
    }
    names |= set(parts)
    called = [name for name, *_ in _yield_named_players(wishes) if not kit_lanes(name)]
    roles = {role for name in called if (role := role_named(name))} | ({*parts} & {*ROLES})
    players = [(name, find_instrument(name).role) for name in called if not role_named(name)]
    sounds = [(plain_name(w.what), w.where.stem) for w in song_wide(wishes, "sound") if w.where.stem]
    unwanted = _find_unwanted(wishes)
    return Casting(
        is_asked=lambda stem: (
            stem.name in names
            or any(stem.role == role and is_of_family(name, role, stem.prompt) for name, role in players)
            or any(
                words in plain_name(stem.prompt)
                and is_same_or_relative(name, stem.role, stem.name, stem.prompt)
                for words, name in sounds
            )
        ),
        is_unwanted=lambda stem: _is_unwanted(stem, unwanted),
        roles=roles,
    )


def _part_names(spec: SongSpec) -> list[str]:
    """Return the names of the stems, or of the roles, that have notes of the user's own."""
    owners: list[SongSpec | SectionSpec | FormEntry] = [spec, *spec.sections.values()]
    owners += spec.form if isinstance(spec.form, tuple) else ()
    return list(dict.fromkeys(name for owner in owners for name in owner.parts))


def _find_sources(style: Style, wishes: Wishes) -> list[_Source]:
    """Return the stems of an exact ensemble, else the style's and the wanted ones.

    Their names differ, and they have the words for their sounds that are asked for.
    """
    exact = exact_players(wishes)
    found = [_seat(s) for s in seat_players(exact)] if exact else _from_style(style, wishes)
    if exact:
        # "Orchestra, no percussion": a group that is named plays without some of its members.
        unwanted = [name for name in _find_unwanted(wishes) if name not in exact]
        found = [one for one in found if not _is_refused(one.stem, unwanted)] or found
        found += _find_guests(style, wishes, found)

    # A second ``guitar`` is ``guitar-2``.
    taken: set[str] = set()
    for i, source in enumerate(found):
        name, number = source.stem.name, 1
        while name in taken:
            number += 1
            name = f"{source.stem.name[:28]}-{number}"
        taken.add(name)
        found[i] = replace(source, stem=source.stem.model_copy(update={"name": name}))

    found = _with_kit(found, wishes)
    for i, source in enumerate(found):
        stem = source.stem
        prompt = stem.prompt or (source.origin.prompt if source.origin else "")
        sounds: list[str] = []
        for wish in (*song_wide(wishes, "sound"), *song_wide(wishes, "sound", "more")):
            name = wish.where.stem or ""
            is_meant = bool(name) and is_meant_by(name, stem.role, stem.name, prompt)
            if is_meant and f" {plain_name(wish.what)} " not in f" {plain_name(prompt)} ":
                sounds.append(wish.what)
        if sounds:
            words = " ".join([*sounds, prompt])
            found[i] = replace(source, stem=stem.model_copy(update={"prompt": words}))
    return found


def _from_spec(stem: StemSpec, style: Style, asked: Sequence[_Source]) -> _Source:
    """Return a user's stem, with what it leaves open taken from another.

    That is the stem that the description asks for in the same words, else the style's stem of the same
    name, else its first of the same role.
    """
    for source in asked:
        words = source.stem.prompt or (source.origin.prompt if source.origin else None)
        is_same = source.stem.name == stem.name and source.stem.role == stem.role
        if is_same and words == stem.prompt:
            return replace(source, stem=stem, is_named=True)
    same = [own for own in style.stems if own.role == stem.role]
    sounds = [sound for own in same for sound in own.sounds()]
    origin = next((own for own in sounds if own.name == stem.name), same[0] if same else None)
    return _Source(stem, origin, is_named=True)


def _seat(seat: Seat) -> _Source:
    """Return a stem of an exact ensemble, which plays in all sections unless something silences it."""
    base = _name_of(seat.instrument, seat.instrument.role)
    doubling = doubling_of(seat.instrument.name) if seat.texture == "family" else None
    base = base if doubling is None else doubling.name
    sections = (
        {voice.name for voice in voices_of(seat.instrument.choir)} if seat.instrument.choir else set()
    )
    name = seat.part if seat.part in sections else f"{base}-{seat.part}" if seat.part else base
    prompt = join_words(seat.instrument.prompt, seat.sound)
    changes = {
        "texture": seat.texture,
        "voice": seat.voice,
        "span": seat.span,
        "follows": seat.follows,
    }
    return _Source(
        StemSpec(name=name, role=seat.role, prompt=prompt),
        changes=changes,
        is_named=True,
        share=LEAST_SHARE,
        always=True,
        sings="vocals" if plain_name(seat.instrument.name) == _VOCALS and seat.role == "lead" else None,
    )


def _find_guests(style: Style, wishes: Wishes, members: Sequence[_Source]) -> list[_Source]:
    """Return those whom wishes name for a part of the song alone, beside the members of an exact ensemble.

    A string quartet that a trumpet joins in the last chorus is one all the same.
    """
    guests = []
    for wish in wishes.wishes:
        names = [name for name in names_for_place(wish) if not _are_members(name, members)]
        if names and wish.kind == "event":
            guests.append(wish)
        elif names:
            guests.append(replace(wish, what=", ".join(names)))
    nobody = style.model_copy(update={"stems": ()})
    found = _find_wanted_sources(nobody, replace(wishes, wishes=tuple(guests)))
    return [replace(source, always=True, is_guest=True) for source in found]


def names_for_place(wish: Wish) -> tuple[str, ...]:
    """Return who is named for a part of the song, or for a solo; nobody for all other wishes."""
    if wish.polarity != "want":
        return ()
    if wish.kind == "event" and wish.where.stem is not None:
        is_placed = wish.what in ("enter", "answer") and not is_song_wide(wish)
        return (wish.where.stem.replace("-", " "),) if is_placed or wish.what == "solo" else ()
    if wish.kind not in ("part", "ensemble") or is_song_wide(wish):
        return ()
    return tuple(player for name in wish.names for player in players_of(name))


def _are_members(name: str, members: Sequence[_Source]) -> bool:
    """Return whether a name calls some of an ensemble; a lone cello is not the strings that join it."""
    if role := role_named(name):
        if role in ("chords", "arpeggio", "lead"):
            return True  # chords and melodies are what players play
        return any(member.stem.role == role for member in members)
    called = [
        member
        for member in members
        if is_same_or_relative(
            name, member.stem.role, member.stem.name, member.stem.prompt or member.stem.role
        )
        or (kit_lanes(name) and member.stem.role == "drums")
    ]
    return len(called) > (find_instrument(name).choir != "" and len(members) < _FULL_SECTION)


_FULL_SECTION = 3
"""Players from which on a section of an orchestra is there."""


def join_words(prompt: str, sound: str) -> str:
    """Return a prompt with further words for its sound after a comma."""
    return f"{prompt}, {sound}" if sound else prompt


def _from_style(style: Style, wishes: Wishes) -> list[_Source]:
    """Return the style's stems without the unwanted ones.

    Wanted instruments take the place of the style's stems of their role, save guests, who come beside them.
    Raises PlanError where nobody is left to play.
    """
    named = _find_wanted_sources(style, wishes)
    wanted: dict[Role, list[_Source]] = {}
    for source in (source for source in named if not source.is_guest):
        wanted.setdefault(source.stem.role, []).append(source)
    # A guest takes the place of one of its name, but for one who has the tune.
    tunes = {own.name for own in style.stems if own.role == "lead"}
    names = {source.stem.name for source in named}
    names -= {source.stem.name for source in named if source.is_guest} & tunes
    unwanted = _find_unwanted(wishes)
    kept = [own for own in style.stems if own.role in wanted or not _is_unwanted(own, unwanted)]
    found: list[_Source] = []
    placed: set[Role] = set()
    for own in kept:
        if own.role not in wanted:
            if own.name not in names:
                found.append(_Source(StemSpec(name=own.name, role=own.role), own))
        elif own.role not in placed:
            placed.add(own.role)
            # The first takes over the place of the style's stem in the room and in the arrangement,
            # unless it is another one of the style's itself.
            first, *others = wanted[own.role]
            found += [replace(first, origin=first.origin or own), *others]
    for role, sources in wanted.items():
        if role not in placed:
            found += sources
    guests = [source for source in named if source.is_guest]
    if found:
        return found + guests

    # Where all stems of the style are unwanted, the first plays who is not.
    for name, role in _STAND_INS:
        own = StyleStem(name=plain_name(name).split()[-1], role=role, prompt=name)
        if not _is_unwanted(own, unwanted):
            return [_Source(StemSpec(name=own.name, role=role, prompt=name))]
    raise PlanError(
        f"nobody is left to play without {', '.join(unwanted)}",
        field="description",
        hint="leave one of them in",
    )


def _find_wanted_sources(style: Style, wishes: Wishes) -> list[_Source]:
    """Return the stems asked for by name, for the whole song or for a part of it, each once."""
    found: dict[tuple[Role, str, int], _Source] = {}
    unwanted = _find_unwanted(wishes)
    # "The flute answers the melody": who has the melody is named.
    has_lead = any(
        role_named(name) is None and find_instrument(name).role == "lead"
        for name, *_ in _yield_named_players(wishes)
    )
    guests = _find_placed_names(wishes)
    for name, is_everywhere, as_soloist, number in _yield_named_players(wishes):
        role = role_named(name)
        if role == "lead" and has_lead:
            continue
        instrument = find_instrument(name)
        own = _own_stem(style, name, role or instrument.role)
        lanes = kit_lanes(name)
        if lanes and any(one.role == "drums" for one in style.stems if not _is_unwanted(one, unwanted)):
            continue
        if lanes:
            role, own = "drums", None
        if as_soloist and "lead" in instrument.roles:
            role, own = "lead", _own_stem(style, name, "lead")
        share = LEAST_SHARE if is_everywhere else 0.0
        if own is not None:
            stem = StemSpec(name=own.name, role=own.role)
        else:
            stem = StemSpec(
                name=_name_of(instrument, role or instrument.role),
                role=role or instrument.role,
                prompt=instrument.prompt,
            )
        if number and own is not None:
            stem = StemSpec(name=own.name, role=own.role, prompt=instrument.prompt)
        key = (stem.role, own.name if own is not None else stem.prompt or stem.name, number)
        if key not in found or share > found[key].share:
            sings: Role | None = None
            if plain_name(name) == _VOCALS and stem.role == "lead":
                stem, sings = stem.model_copy(update={"name": _VOCALS}), "vocals"
            # Who is a part of the kit plays only that.
            rest = tuple(lane for lane in KEYS if lane not in lanes)
            changes = {"without": rest, "adds": tuple(lanes)} if lanes else {}
            is_guest = name in guests and own is None and stem.role in _OF_GUESTS and sings is None
            found[key] = _Source(
                stem,
                own,
                changes,
                is_named=True,
                share=share,
                always=is_guest,
                sings=sings,
                is_guest=is_guest,
            )
    return list(found.values())


_OF_GUESTS: tuple[Role, ...] = ("chords", "pad", "arpeggio", "lead")
"""Roles of those who may come beside the style's own: a band has one bass and one drummer."""


def _find_placed_names(wishes: Wishes) -> set[str]:
    """Return who is named for places of a song and for nothing else: a choir in the last chorus."""
    placed: set[str] = set()
    others: set[str] = set()
    for wish in wishes.wishes:
        if wish.kind in ("sound", "mix") or wish.polarity == "avoid":
            continue  # these say how somebody sounds, or where it does not
        # What is heard at the start or the end of a song is not only there.
        at_edge = wish.when is not None and wish.when.edge in ("start", "end")
        of_place = names_for_place(wish) if not (at_edge or wish.what in ("solo", "answer")) else ()
        named = wish.names if wish.kind in ("part", "ensemble") else ()
        stem = () if wish.where.stem is None else (wish.where.stem.replace("-", " "),)
        placed.update(of_place)
        others.update(name for name in (*named, *stem) if name not in of_place)
    return placed - others


def _without_guests(
    drawn: Sequence[StyleStem], style: Style, placed: Collection[str]
) -> tuple[StyleStem, ...]:
    """Return the drawn stems of a style with its usual one where a draw took an instrument of a guest.

    A trumpet that comes in late is none that has had the tune from the start.
    """
    usual = {stem.name: stem for stem in style.stems}

    def is_named(stem: StyleStem) -> bool:
        return any(is_same_or_relative(name, stem.role, stem.name, stem.prompt) for name in placed)

    return tuple(
        usual[stem.name] if is_named(stem) and not is_named(usual.get(stem.name, stem)) else stem
        for stem in drawn
    )


_PIPES = range(72, 80)
"""Programs of General MIDI that are flutes of one kind or another, each an instrument of its own."""


def _own_stem(style: Style, name: str, role: Role) -> StyleStem | None:
    """Return the style's own stem for a role, or for an instrument by the name of its family, or None."""
    same = [one for one in style.stems if one.role == role]
    if role_named(name) is not None:
        return next(iter(same), None)
    for one in same:
        if not is_of_family(name, one.role, one.prompt):
            continue
        program = guess_program(find_instrument(name).prompt, one.role)
        if one.role != "lead" or (plain_name(name) != plain_name(one.name) and program not in _PIPES):
            return one
        # A melody named after an instrument is played on it: a recorder is no flute.
        if program == guess_program(one.prompt, one.role):
            return one
    return None


def _yield_named_players(wishes: Wishes) -> Iterator[tuple[str, bool, bool, int]]:
    """Yield who is named.

    Each has the name, whether the whole song is meant, whether it is for a solo or an answer, and how many
    of the same name come before it in the same band.
    """
    for wish in wishes.wishes:
        is_everywhere = is_song_wide(wish)
        if wish.kind == "part" and wish.polarity in ("want", "more"):
            yield wish.what, is_everywhere, False, 0
        elif wish.kind == "part" and not is_everywhere:
            # Who is silent for a while is heard in the rest of the song.
            yield wish.what, False, False, 0
        elif wish.kind == "ensemble" and not is_everywhere and wish.polarity == "want":
            band = [player for name in wish.names for player in players_of(name)]
            for place, player in enumerate(band):
                yield player, False, False, band[:place].count(player)
        elif wish.kind == "event" and wish.where.stem is not None and wish.polarity in ("want", "more"):
            yield wish.where.stem.replace("-", " "), False, wish.what in ("solo", "answer"), 0
        elif wish.kind in ("sound", "mix") and wish.where.stem is not None and wish.polarity == "want":
            # Who is to sound so, or to stand so in the mix, is there to be heard.
            yield wish.where.stem.replace("-", " "), False, False, 0


def _with_kit(sources: Sequence[_Source], wishes: Wishes) -> list[_Source]:
    """Return the stems with what is asked of the parts of the drum kit."""
    exact = exact_players(wishes)
    only = [lane for name in exact for lane in kit_lanes(name)]
    has_kit = any(find_instrument(name).role == "drums" and not kit_lanes(name) for name in exact)
    without = [lane for wish in song_wide(wishes, "part", "avoid") for lane in kit_lanes(wish.what)]
    if only and not has_kit:
        without += [lane for lane in KEYS if lane not in only]
    adds = [lane for wish in song_wide(wishes, "part") for lane in kit_lanes(wish.what)]
    adds += only
    if not (without or adds):
        return list(sources)
    parts = [wish.what for wish in song_wide(wishes, "part") if kit_lanes(wish.what)]
    found = list(sources)
    for i, source in enumerate(sources):
        if source.stem.role != "drums":
            continue
        stem, changes = source.stem, {**source.changes}
        if parts and source.origin is not None and stem.prompt is None:
            # A style's drummer has the parts that are asked for in its prompt.
            stem = stem.model_copy(update={"prompt": ", ".join([source.origin.prompt, *parts])})
        changes["without"] = tuple(dict.fromkeys([*changes.get("without", ()), *without]))
        changes["adds"] = tuple(dict.fromkeys([*changes.get("adds", ()), *adds]))
        found[i] = replace(source, stem=stem, changes=changes)
    return found


def _name_of(instrument: Instrument, role: Role) -> str:
    """Return the instrument's last word as a stem name; drums and basses go by their role.

    A "flute section" are ``flutes``, and a "music box" is no box.
    """
    if role in _CENTRED and instrument.role == role:
        return role
    words: list[str] = re.findall(r"[a-z][a-z0-9]*", instrument.prompt.lower())
    if len(words) > 1 and words[-1] in _GROUPS:
        return words[-2][:31].removesuffix("s") + "s"
    if len(words) > 1 and words[-1] in _THINGS:
        return "-".join(words[-2:])[:32]
    return words[-1][:32] if words else role


_GROUPS = ("section", "ensemble", "group")
_THINGS = ("box", "drum", "machine", "bowl", "bowls", "block", "saw", "stick")
"""Last words of instruments' names that tell nothing by themselves."""


def _find_unwanted(wishes: Wishes) -> list[str]:
    """Return who is not to be heard anywhere; without violins there is no string section."""
    found = [wish.what for wish in song_wide(wishes, "part", "avoid")]
    return [*found, "strings"] if "violin" in found and "strings" not in found else found


def _is_unwanted(stem: StyleStem, unwanted: Sequence[str]) -> bool:
    """Return whether the stem's role, its instrument or a relative of it is not to be heard."""
    return any(is_same_or_relative(name, stem.role, stem.name, stem.prompt) for name in unwanted)


def _is_refused(stem: StemSpec, unwanted: Sequence[str]) -> bool:
    """Return whether a member of an exact ensemble is not to be heard."""
    return any(is_same_or_relative(name, stem.role, stem.name, stem.prompt or "") for name in unwanted)


def _plan_stem(source: _Source, rank: int, mix: Mix) -> PlannedStem:
    """Return a stem with the player, the sound and the place in the room that nobody gives it."""
    stem, origin = source.stem, source.origin
    strip = mix.strips[source.sings or stem.role]
    prompt = stem.prompt or (origin.prompt if origin else stem.role)
    starts = origin.plays_from if origin is not None else None

    # Distorted guitars play power chords. Others have the style's own way, if it is the style's sound.
    voicing: Voicing = origin.voicing if origin is not None and stem.prompt is None else "close"
    if stem.role == "chords" and _POWER.search(prompt):
        voicing = "power"
    usual_reverb = _REVERB[stem.role] if origin is None else origin.reverb
    player = Player(stem.name, stem.role, rank, voicing, prompt)

    # Singers, bass and drums are in the middle, others where the style has them or in a free place.
    pan = stem.pan
    if pan is None and (source.sings == "vocals" or stem.role in _CENTRED):
        pan = 0.0
    elif pan is None and origin is not None and (rank == 0 or not stem.prompt):
        pan = origin.pan
    elif pan is None:
        pan = _PANS[stem.role][rank % len(_PANS[stem.role])]

    return PlannedStem(
        plan=StemPlan(
            name=stem.name,
            role=stem.role,
            prompt=prompt,
            negative_prompt=stem.negative_prompt or "",
            gain_db=stem.gain_db,
            pan=pan,
            reverb=usual_reverb if stem.reverb is None else stem.reverb,
            delay=strip.delay if stem.delay is None else stem.delay,
            duck=round(mix.duck.amount * strip.duck, 4) if stem.duck is None else stem.duck,
            voice=stem.voice.name if isinstance(stem.voice, VoiceSpec) else stem.voice or "",
            voice_model=stem.voice.model if isinstance(stem.voice, VoiceSpec) else "",
            language=stem.language or "",
            backend=stem.backend,
        ),
        player=replace(player, **source.changes),
        plays_from=_PLAYS_FROM[stem.role] if starts is None else starts,
        until=origin.until if origin is not None and stem.prompt is None else 1.0,
        is_named=source.is_named or stem.prompt is not None,
        share=source.share,
        always=source.always,
        sings=source.sings,
        joins_last=source.joins_last,
        is_guest=source.is_guest,
    )


def playing(stems: Sequence[PlannedStem], kind: str, energy: float) -> tuple[PlannedStem, ...]:
    """Return which of ``stems`` (those that are not muted) play in a section of this kind and energy.

    At least one of them does.
    """
    ranks: dict[Role, int] = {}
    found = []
    for stem in stems:
        rank = ranks.get(stem.plan.role, 0)
        ranks[stem.plan.role] = rank + 1
        is_strong = _joins_at(stem, rank) <= energy <= stem.until
        if stem.always or (is_strong and _suits(stem, kind, energy)):
            found.append(stem)
    return tuple(found) or (min(stems, key=lambda stem: _FALLBACK_ORDER.index(stem.plan.role)),)


def distance(stem: PlannedStem, kind: str, energy: float) -> tuple[bool, float]:
    """Return how far a section is from one in which ``stem`` plays; the least of several suits it best.

    Kinds of section that lack its role come last. Then counts the energy that is missing, or too much.
    """
    join = _joins_at(stem, stem.player.rank)
    return not _suits(stem, kind, energy), max(join - energy, energy - stem.until, 0.0)


def _joins_at(stem: PlannedStem, rank: int) -> float:
    """Return the energy from which a stem plays; further stems of one role join in later."""
    if rank == 0:
        return stem.plays_from
    return max(stem.plays_from, min(_SECOND_FROM, stem.plays_from + 0.3 * rank))


def _suits(stem: PlannedStem, kind: str, energy: float) -> bool:
    """Return whether a stem suits a section of this kind and energy.

    Quiet links between sections have no melody, and quiet breakdowns no drums.
    """
    if stem.plan.role == "lead":
        return kind in _MELODIC or energy >= _LINK_MELODY_FROM
    return stem.plan.role != "drums" or kind != "breakdown" or energy >= 0.6
