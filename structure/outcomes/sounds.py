"""What is said to the sound model, and what stands around the music: genre, age, mix, title, lyrics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.errors import RitornelloError
from structure.base.types import PITCHLESS, Role
from structure.outcomes.grooves import groove_named
from structure.outcomes.instruments import family_of, kit_keys, players
from structure.outcomes.listening import Song, UnmetError, describe_bars
from structure.outcomes.places import bar_of, bars_for, visits_at
from structure.presets.effects import Effect, effect_of_key, effects
from structure.presets.mixes import load_mix
from structure.presets.styles import style_names
from structure.specs.moves import find_move
from structure.specs.wishes import Wish, Wishes, is_song_wide

_WET, _DRY = 0.3, 0.1
_ECHOED = 0.25
_LESS = 0.15
"""The most that a stem sends to the reverb where less of it is asked for."""
_ECHOES = ("delay", "delays", "echo", "echoes")
_DUCKED = ("sidechained", "sidechain", "pumping", "ducked", "ducking")
_DUCKED_TO = 0.7
"""What is left of a stem at a kick that clearly pushes it down: 3 dB less."""
_BALLAD_BPM, _WALTZ_BEATS = 92, 3
"""Beats a minute at most of a ballad, and beats a bar of a waltz."""
_ARPEGGIATED = ("arpeggiated", "arpeggio", "arpeggios", "arpeggiating", "broken chords")
_ONE_BY_ONE = 0.7
"""The share of strokes of an arpeggio that are single notes."""
_EDGE = 0.05
"""Quarters at the end of an effect in which it is no longer heard."""

EFFECT_WORDS = ("fx", "effects", "sound effects", "sfx", "effect", "ear candy")
"""What effects of any kind are called."""


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_data("outcomes.yaml")
    return data


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w&']+", text.lower()))


@cache
def _styles() -> dict[str, set[str]]:
    """Return the styles of each genre that has some."""
    found: dict[str, set[str]] = {}
    for style, genres in _data()["genres"].items():
        for genre in (style, *genres):
            found.setdefault(_plain(genre), set()).add(style)
    return found


def check_genre(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the style that a genre is played in, where that is its own. Raises UnmetError for another."""
    genre, played = _plain(wish.what), _styles_at(song, wish)
    style = played[0]
    styles, own = _styles(), _styles().get(genre) or set()
    if not own:
        text = wish.what.lower().strip()
        words = text.replace("-", " ").replace("/", " ").split()
        if text not in styles and ("-" in text or "/" in text):
            # "soul-pop" is soul or pop.
            own = {one for word in words for one in styles.get(word, ())}
        if not own:
            # "prairie folk" is folk, and a shipped style that no genre lists is its own genre.
            tails = (" ".join(words[start:]) for start in range(len(words)))
            shipped = {text.replace(" ", "-")}.intersection(style_names())
            own = next((styles[tail] for tail in tails if tail in styles), shipped)

    if wish.polarity == "avoid":
        if any(one in own for one in played):
            raise UnmetError(f"it is {style}")
        return style
    style = next((one for one in played if one not in own), style)
    if not own:
        raise UnmetError(f"played as {style}: no style of its own yet")
    if style not in own and (manner := _manner_of(song, genre)):
        return f"{manner}, in the style {style}"
    if style not in own:
        # Of two genres that are mixed ("jazz house") a song is in one, and coloured by the other.
        other = [_plain(w.what) for w in wishes.wishes if w.kind == "genre" and w is not wish]
        texts = [f" {_plain(p)} " for visit in song.plan.visits for p in visit.sound.prompts.values()]
        is_coloured = any(f" {genre} " in text for text in texts)
        if not is_coloured or not any(style in styles.get(name, ()) for name in other):
            raise UnmetError(f"played as {style}")
        return f"said to the model, in the style {style}"
    return f"in the style {style}"


def _styles_at(song: Song, wish: Wish) -> list[str]:
    """Return the styles of the visits in the place of a wish, the song's own for a wish for all of it."""
    if is_song_wide(wish):
        return [song.plan.genre]
    bars = set(bars_for(song, wish))
    here = [v for v in song.plan.visits if bars & set(range(v.place.start_bar, v.end_bar))]
    return [visit.music.genre or song.plan.genre for visit in here] or [song.plan.genre]


def _manner_of(song: Song, genre: str) -> str:
    """Return how a song of another style is of a genre that any style may be played as; "" if it is not.

    A ballad is slow, and a waltz goes in three.
    """
    last = (genre.split() or [""])[-1]
    if last == "ballad" and song.tempo_at(0) <= _BALLAD_BPM:
        return f"a ballad, {song.tempo_at(0):.0f} beats a minute"
    if last in ("waltz", "valse") and song.plan.grid.meter.beats_per_bar == _WALTZ_BEATS:
        return f"a waltz, in {song.plan.grid.meter}"
    return ""


def _prompts(song: Song, wish: Wish) -> list[str]:
    """Return what the stems of a wish's place are to sound like, in words."""
    stems = set(song.stems)
    if wish.where.stem is not None:
        kit = song.with_role("drums") if kit_keys(wish.where.stem) else set()
        stems = set(players(song, wish.where.stem)) or kit
        if not stems:
            raise UnmetError(f"no stem is {wish.where.stem}")
    texts = [
        prompt
        for visit in visits_at(song, wish.where)
        for stem, prompt in visit.sound.prompts.items()
        if stem in stems
    ]
    return [*texts, *(plan.prompt for name, plan in song.stems.items() if name in stems)]


def _has(texts: list[str], words: str) -> bool:
    """Return whether one of some texts has all words, or others that mean the same, in any order."""
    wanted = _canonical(words)
    return any(wanted <= _canonical(text) for text in texts)


def _canonical(text: str) -> set[str]:
    """Return the words of a text, of those that mean the same sound the first of their row."""
    return {_same_sounds().get(word, word) for word in _plain(text).split()}


@cache
def _same_sounds() -> Mapping[str, str]:
    return {word: row[0] for row in _data()["same_sounds"] for word in row}


def find_effect(name: str) -> Effect | None:
    """Return the effect that a whole name is."""
    words = _plain(name).removesuffix("s")
    same = (e for e in effects().values() if any(_plain(w).removesuffix("s") == words for w in e.words))
    return next(same, None)


def check_effects(song: Song, wish: Wish) -> str:
    """Return where effects of a wish's name, or of any, sound in its place. Raises UnmetError."""
    effect = find_effect(wish.what)
    heard = {
        bar
        for sound in song.effects
        if effect in (None, effect_of_key(sound.pitch))
        for bar in range(sound.bar, song.bar_at(max(sound.start, sound.end - _EDGE)) + 1)
    }
    bars = set(bars_for(song, wish))
    there = heard & bars
    if wish.polarity == "avoid":
        if there:
            raise UnmetError(f"{wish.what} in {describe_bars(there)}")
        return f"no {wish.what}"
    stays = effect is not None and effect.does == "stays"
    if not there or (stays and 2 * len(there) < len(bars)):
        raise UnmetError(f"{wish.what} sounds in {describe_bars(there)} of {describe_bars(bars)}")
    return f"planned, {describe_bars(there)}"


def check_effect_event(song: Song, wish: Wish) -> str:
    """Return where an effect leads to the bar line of a wish, or begins on it. Raises UnmetError."""
    effect = next(effect for name, effect in effects().items() if name == wish.what)
    leads = effect.does == "leads"
    sounds = [sound for sound in song.effects if sound.pitch == effect.key]
    found = {round(sound.end if leads else sound.start, 3) for sound in sounds}
    lines = {round(quarters, 3): bar for bar, quarters in enumerate(song.downbeats)}
    heard = {lines[at] for at in found if at in lines}

    # For each place of the wish the bar lines of which one is meant; anywhere will do for no place.
    when = wish.when
    asked: list[tuple[int, ...]] = []
    if when is not None and when.place is not None:
        visits = visits_at(song, when.place)
        if when.relation == "after":
            asked = [(visit.end_bar,) for visit in visits]
        else:
            asked = [(visit.place.start_bar,) for visit in visits if visit.place.start_bar]
    elif when is not None:
        asked = [(bar_of(song, when, wish.where),)]
    elif wish.where.section is not None:
        asked = [(visit.place.start_bar, visit.end_bar) for visit in visits_at(song, wish.where)]

    wrong = [line for line in asked if not heard & set(line)]
    if not heard or wrong:
        where = f" at bar {wrong[0][0] + 1}" if wrong else ""
        raise UnmetError(f"no {wish.what.replace('_', ' ')}{where}")
    more = f" and {len(heard) - 1} more" if len(heard) > 1 else ""
    return f"planned, {'to' if leads else 'at'} bar {min(heard) + 1}{more}"


def check_sound(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return how a song has a sound: by the words for what its stems are to sound like, or by an effect.

    Raises UnmetError where the wish is not met.
    """
    if find_move(wish) is not None:
        return _check_moves(song, wish)
    if song.effects and wish.where.stem is None and find_effect(wish.what) is not None:
        return check_effects(song, wish)
    if (played := _count_played(song, wish)) is not None:
        count, of = played
        if wish.polarity == "avoid" and count:
            raise UnmetError(f"{count} of {of} notes are played so")
        if wish.polarity in ("want", "more") and count:
            return f"planned, {count} of {of} notes"
    texts = _prompts(song, wish)
    same = [wish.what, *_data()["sounds"].get(wish.what.lower(), ())]
    found = any(_has(texts, words) for words in same)
    if wish.what.lower() in ("spacious", "dry") or "reverb" in wish.what.lower():
        sends = [plan.reverb for name, plan in song.stems.items()]
        wet = sum(sends) / len(sends)
        found = found or (wet <= _DRY if wish.what.lower() == "dry" else wet >= _WET)
    if not found and wish.what.lower() in _ARPEGGIATED:
        found = _is_arpeggiated(song, wish)
    if any(word in wish.what.lower() for word in _ECHOES):
        found = found or any(plan.delay >= _ECHOED for plan in song.stems.values())
    if wish.polarity == "less" and "reverb" in wish.what.lower():
        wet = max((plan.reverb for plan in song.stems.values()), default=0.0)
        if wet > _LESS:
            raise UnmetError(f"a stem sends {wet:.0%} to the reverb")
        return f"at most {wet:.0%} go to the reverb"
    groove = groove_named(wish.what) if not found else None
    if groove is not None:
        found = groove(song, bars_for(song, wish))
    if found == (wish.polarity == "avoid"):
        raise UnmetError(f"no stem is to sound {wish.what}" if not found else f"a stem sounds {wish.what}")
    return "said to the model" if found else f"no {wish.what}"


def _count_played(song: Song, wish: Wish) -> tuple[int, int] | None:
    """Return how many notes in the place of a wish are played in the way that it names, and of how many.

    None where it names no way of playing that a score can say.
    """
    row = next((row for row in _data()["played"] if _plain(wish.what) in row["words"]), None)
    if row is None:
        return None
    try:
        bars = set(bars_for(song, wish))
    except UnmetError:  # its place is none that has bars, and the words for its sound are all there is
        return None
    stems = set(song.stems)
    if wish.where.stem is not None:
        kit = song.with_role("drums") if kit_keys(wish.where.stem) else set()
        stems = set(players(song, wish.where.stem)) or kit
    count = of = 0
    for visit in song.plan.visits:
        for name, part in visit.music.score.parts.items():
            if name not in stems or (part.role in PITCHLESS and part.role != "drums"):
                continue
            held = any(control.controller == _SUSTAIN for control in part.controls)
            for note in part.notes:
                bar = visit.place.start_bar + int(note.onset / song.plan.grid_of(visit).meter.bar_quarters)
                if bar in bars:
                    of += 1
                    bent = bool(row.get("bent")) and bool(note.bend)
                    pedalled = bool(row.get("pedal")) and held
                    count += note.articulation in row.get("marks", ()) or bent or pedalled
    return count, of


_SUSTAIN = 64


def _is_arpeggiated(song: Song, wish: Wish) -> bool:
    """Return whether somebody plays arpeggios in the place of a wish, or whom it names plays chords so."""
    whose = song.with_role("arpeggio")
    if wish.where.stem is not None:
        whose = set(players(song, wish.where.stem))
    bars = bars_for(song, wish)
    for stem in whose:
        strokes: dict[float, set[int]] = {}
        for sound in song.in_bars(bars, [stem]):
            strokes.setdefault(round(sound.start, 2), set()).add(sound.pitch)
        single = sum(len(pitches) == 1 for pitches in strokes.values())
        played = sum(bar in song.sounding[stem] for bar in bars)
        is_line = song.role(stem) in ("arpeggio", "chords", "pad") and single >= _ONE_BY_ONE * len(strokes)
        if is_line and len(strokes) >= 2 * max(1, played):
            return True
    return False


def check_era(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return that the stems are to sound like an age. Raises UnmetError where none is."""
    texts = _prompts(song, wish)
    same = [wish.what, *_data()["eras"].get(wish.what.lower(), ())]
    if any(_has(texts, words) for words in same) == (wish.polarity == "avoid"):
        raise UnmetError(f"nothing is planned to sound like the {wish.what}")
    return "said to the model"


def check_mix(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return how the mix is, where that is wished for. Raises UnmetError for what nothing plans."""
    if find_move(wish) is not None:
        return _check_moves(song, wish)
    if wish.where.stem is None:
        # "Loud bass", or "bass up front", is a wish for the bass.
        words = _plain(wish.what).split()
        halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
        ways = [way for first, last in halves for way in ((last, first), (first, last))]
        found = next(((player, how) for player, how in ways if players(song, player)), None)
        if found is not None:
            wish = replace(wish, what=found[1], where=replace(wish.where, stem=found[0]))

    word = _plain(wish.what).removesuffix(" mix").removesuffix(" stereo").removesuffix(" sound")
    measured = _mix_of_stems(song, wish) if wish.where.stem is not None else _mix_of_song(song)
    if word not in measured:
        # The word that is measured and stands among some: "panned hard left" is left.
        within = [one for one in measured if f" {one} " in f" {word} "]
        word = max(within, key=len, default=word)
    if word not in measured:
        raise UnmetError(f"nothing makes a mix {wish.what}; the fields of `mix` can")
    said = f"the mix is {'' if measured[word] else 'not '}{wish.what}"
    if measured[word] == (wish.polarity in ("avoid", "less")):
        raise UnmetError(said)
    return said


def _check_moves(song: Song, wish: Wish) -> str:
    """Return where the mix moves as is asked for. Raises UnmetError where it does not."""
    do = find_move(wish)
    names = None if wish.where.stem is None else {*players(song, wish.where.stem), "all", wish.where.stem}
    moves = [
        move for move in song.plan.mix.moves if move.do == do and (names is None or move.stem in names)
    ]
    sections = {move.section for move in moves}
    visits = song.plan.visits if do == "tape_stop" else visits_at(song, wish.where)
    there = [v.place.label for v in visits if sections & {None, v.place.name, v.place.label}]
    if bool(there) == (wish.polarity in ("avoid", "less")):
        raise UnmetError(f"the mix has {'a' if there else 'no'} {wish.what} there")
    return f"the mix moves in {', '.join(there[:3])}" if there else f"no {wish.what}"


def _mix_of_song(song: Song) -> dict[str, bool]:
    """Return words for a mix, and whether they hold for the song's pans, sends, strips and master."""
    plan = song.plan
    pans = [abs(stem.pan) for stem in plan.stems]
    widths = [plan.mix.strips[stem.role].width for stem in plan.stems]
    wet = sum(stem.reverb for stem in plan.stems) / len(plan.stems)
    is_wide = max(pans) >= 0.4 or sum(pans) / len(pans) >= 0.2 or min(widths) >= 0.5
    is_mono = max(pans) == 0.0 and max(widths) == 0.0
    lufs = plan.master.loudness_lufs
    tops = max((stem.reverb for stem in plan.stems if stem.role not in ("drums", "bass")), default=wet)
    return {
        **dict.fromkeys(("wide", "big", "panoramic"), is_wide),
        "narrow": max(pans) <= 0.2 and max(widths) <= 0.3,
        "mono": is_mono,
        **dict.fromkeys(
            ("loud master", "loud", "hot", "club", "slammed", "maximized", "hot master", "club master"),
            lufs >= -10,
        ),
        **dict.fromkeys(("quiet master", "quiet", "dynamic", "soft"), lufs <= -16),
        **dict.fromkeys(("radio ready", "polished"), -14.5 <= lufs <= -8),
        "dry": max(stem.reverb for stem in plan.stems) <= _DRY,
        **dict.fromkeys(_ECHOES, max(stem.delay for stem in plan.stems) >= _ECHOED),
        **dict.fromkeys(
            ("wet", "spacious", "roomy", "reverb", "reverberant"), wet >= _WET or tops >= 1.5 * _WET
        ),
        **dict.fromkeys(_DUCKED, _ducks(song, [stem.role for stem in plan.stems])),
        **_tone(song),
    }


def _tone(song: Song) -> dict[str, bool]:
    """Return words for a tone, and whether they hold for the mix beside the preset that it began from."""
    mix = song.plan.mix
    try:
        usual = load_mix(mix.preset)
    except RitornelloError:
        return {}

    def more(*bands: int) -> float:
        return sum(mix.target[band] - usual.target[band] for band in bands) / len(bands)

    low, low_mid, mid, high = more(63, 125), more(125, 250), more(500, 1000), more(4000, 8000, 16000)
    drive = sum(strip.drive_db for strip in mix.strips.values())
    louder = {bus: level - usual.buses.get(bus, 0.0) for bus, level in mix.buses.items()}
    is_punchy = louder.get("drums", 0.0) >= 1.0 and mix.glue.attack_ms > usual.glue.attack_ms
    return {
        **dict.fromkeys(("bass heavy", "bassy", "boomy"), low - mid >= 2.0),
        **dict.fromkeys(("bright", "crisp", "airy"), high - mid >= 2.0),
        **dict.fromkeys(("dark", "muffled", "dull"), mid - high >= 2.0),
        "warm": low_mid - mid >= 1.0 and mid - high >= 1.0,
        **dict.fromkeys(("punchy", "tight"), is_punchy),
        **dict.fromkeys(("clean", "clear"), drive == 0.0),
        **dict.fromkeys(("lo fi", "low fidelity"), low - mid <= -2.0 and high - mid <= -2.0),
        "drums up front": louder.get("drums", 0.0) >= 2.0,
        "vocals up front": louder.get("lead", 0.0) >= 2.0,
    }


def _ducks(song: Song, roles: Sequence[Role]) -> bool:
    """Return whether somebody of some roles falls at each kick by more than 3 dB."""
    mix = song.plan.mix
    return any(1 - mix.duck.amount * mix.strips[role].duck <= _DUCKED_TO for role in roles)


def _mix_of_stems(song: Song, wish: Wish) -> dict[str, bool]:
    """Return words for how some stems are mixed, and whether they hold. Raises UnmetError for nobody."""
    names = set(players(song, wish.where.stem or "")) or song.with_role("drums")
    stems = [stem for stem in song.plan.stems if stem.name in names]
    if not stems:
        raise UnmetError(f"no stem is {wish.where.stem}")

    ups = ("loud", "louder", "up front", "upfront", "prominent", "forward", "in front", "front")
    downs = ("quiet", "quieter", "soft", "softer", "in the back", "back", "background", "low")
    is_spread = max(stem.pan for stem in stems) - min(stem.pan for stem in stems) >= 0.5
    mix = song.plan.mix
    widths = [mix.strips[stem.role].width for stem in stems]
    # A stem stands out by its own gain, and where its bus stands above where the preset has it.
    usual = load_mix(mix.preset)
    rises = [mix.bus_gain_db(stem.role) - usual.bus_gain_db(stem.role) for stem in stems]
    gains = [stem.gain_db + rise for stem, rise in zip(stems, rises, strict=True)]
    lets_attacks_through = mix.glue.attack_ms > usual.glue.attack_ms
    return {
        **dict.fromkeys(ups, min(gains) > 0),
        **dict.fromkeys(downs, max(gains) < 0),
        **dict.fromkeys(_DUCKED, _ducks(song, [stem.role for stem in stems])),
        **dict.fromkeys(
            ("punchy", "tight", "snappy", "hard hitting"), min(gains) > 0 and lets_attacks_through
        ),
        "left": all(stem.pan < 0 for stem in stems),
        "right": all(stem.pan > 0 for stem in stems),
        **dict.fromkeys(("centre", "center", "middle", "mono"), all(stem.pan == 0 for stem in stems)),
        "dry": all(stem.reverb <= _DRY for stem in stems),
        **dict.fromkeys(("wet", "reverb", "spacious", "roomy"), all(stem.reverb >= _WET for stem in stems)),
        "wide": is_spread or min(widths) >= 0.7,
        **dict.fromkeys(_ECHOES, all(stem.delay >= _ECHOED for stem in stems)),
    }


def check_title(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return the title, where it is the wished one. Raises UnmetError for another."""
    if _plain(song.plan.title) != _plain(wish.what):
        raise UnmetError(f"the title is {song.plan.title!r}")
    return song.plan.title


def check_lyrics(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return that nobody sings, where that is wished for. Raises UnmetError for words to sing."""
    singers = [stem.name for stem in song.plan.stems if stem.role == "vocals"]
    words = " / ".join(dict.fromkeys(v.sound.lyrics for v in song.plan.visits if v.sound.lyrics))
    voices = family_of("vocals")
    sings = bool(singers) or (voices is not None and bool(players(song, "vocals")))
    if wish.polarity == "avoid" and not sings:
        return "nobody sings"
    if wish.polarity == "avoid":
        raise UnmetError("somebody sings")
    if singers and words:
        raise UnmetError("words are sung, but nobody here writes any; those are the song's own")
    raise UnmetError("nobody sings words: write them as `lyrics` of the song or of a section")
