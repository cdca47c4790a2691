"""Edits in words: turns what a sentence asks to be changed into edits of the user's own YAML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from composer.project.edits import (
    DuplicateVisit,
    Edit,
    MoveChords,
    PlaceVisit,
    RemoveField,
    RenameSection,
    Several,
)
from composer.project.insertions import insert_section, is_new
from composer.project.places import Reach, Sheet, find_reach, find_reached_visits, visits_of
from composer.project.players import (
    SENDS,
    add_player,
    confine,
    find_owners,
    keep_only,
    replace_player,
    set_level,
    set_pan,
    set_playing,
    set_send,
    silence,
    take_player,
)
from structure.arrange.articulation.ways import way_called
from structure.base.errors import EditError, RitornelloError
from structure.base.grid import Meter
from structure.changing.asking import Ask, read_asks
from structure.harmony.keys import RELATED_KEYS, Key, parse_key, related_key
from structure.harmony.letters import move_chords
from structure.plans.plan import SongPlan
from structure.presets.masters import MASTER_PRESETS
from structure.presets.mixes import mix_names

Replan = Callable[[str], SongPlan]

_STEP = 0.15
"""How much more energy "louder" is."""
_PACE = 1.1
"""How much faster "faster" is."""
_MORE = 0.4
"""How much more a visit is varied."""


@dataclass(frozen=True, slots=True)
class Worded:
    """What became of a sentence.

    ``edit`` is None where nothing changes. ``obeyed`` are the clauses that are obeyed, ``impossible``
    those that are impossible with the reason, and ``unread`` the words that are not understood.
    """

    edit: Edit | None
    obeyed: tuple[str, ...] = ()
    impossible: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Return whether every wish is obeyed."""
        return not self.impossible and not self.unread


def edit_in_words(text: str, source: str, plan: SongPlan, words: str, replan: Replan) -> Worded:
    """Return the edit of a spec that a sentence asks for.

    ``replan`` plans a text, and raises RitornelloError where that cannot be. Such a wish is impossible,
    and the others are kept.
    """
    edits: list[Edit] = []
    obeyed: list[str] = []
    impossible: list[tuple[str, str]] = []
    unread: list[str] = []
    sections = dict.fromkeys(visit.place.name for visit in plan.visits)
    stems = [stem.name for stem in plan.stems if stem.role != "effects"]
    for ask in read_asks(words, tuple(sections), stems):
        sheet = Sheet(text, source, plan)
        try:
            if "add" in ask.does and any(is_new(spot, plan) for spot in ask.spots):
                insert_section(sheet, ask)
            elif (change := _find_change(ask)) is not None:
                change(sheet, ask, find_reach(ask.spots, plan))
            else:
                unread.append(ask.said)
                continue
            if sheet.text == text:
                raise EditError("this is so already")
            plan = _plan_anew(sheet, replan)
        except RitornelloError as exc:
            impossible.append((ask.said, str(exc)))
            continue
        text = sheet.text
        edits += sheet.edits
        obeyed.append(ask.said)
        unread += [" ".join(ask.unread)] if ask.unread else []
    made = Several(tuple(edits), "; ".join(obeyed)) if edits else None
    return Worded(made, tuple(obeyed), tuple(impossible), tuple(unread))


def _plan_anew(sheet: Sheet, replan: Replan) -> SongPlan:
    """Plan what is written, and drop a length that the changed form no longer has.

    Raises RitornelloError where it cannot be planned.
    """
    try:
        return replan(sheet.text)
    except RitornelloError as exc:
        faults = getattr(exc, "faults", ())
        fields = {exc.field, *(fault.field for fault in faults)}
        if sheet.get(("length",)) is None or "length" not in fields:
            raise
    sheet.set(("length",), None)
    return replan(sheet.text)


_Change = Callable[[Sheet, Ask, Reach], None]


def _find_change(ask: Ask) -> _Change | None:
    """Return what is to be done; None where that is not understood."""
    does, facts = set(ask.does), ask.facts
    players = facts.get("player", [])
    lasts = bool(does & {"times 2", "times 0.5", "times 3"}) or "bars" in facts
    is_level = bool(does & {"louder", "quieter", "less"}) or " more " in f" {ask.said.lower()} "
    has_send = any(word in SENDS for word in facts.get("mood", ()))
    rows: list[tuple[bool, _Change]] = [
        ("title" in facts or ("rename" in does and not ask.spots and bool(ask.tail)), _title),
        ("rename" in does and bool(ask.spots), _rename),
        ("move" in does and bool(ask.spots) and ask.beside is not None, _move),
        ("take" in does, take_player),
        ("replace" in does and len(players) > 1, replace_player),
        (bool(players) and has_send, set_send),
        (bool(players) and any(map(way_called, facts.get("mood", ()))), set_playing),
        (bool(players) and bool(does & {"left", "right", "centre"}), set_pan),
        (bool(players) and "confine" in does and bool(ask.spots), confine),
        (bool(does & {"fade", "abrupt", "slow end"}) or facts.get("event") == "fade", _ending),
        (
            bool(players) and bool(does & {"enter", "leave"} or {"enter", "leave"} & {facts.get("event")}),
            _event,
        ),
        ("mix" in does or "mix" in facts, _mix),
        ("master" in does, _master),
        (bool(does & {"higher", "lower", "transpose"}) and ("interval" in facts), _transpose),
        ("key" in facts or "mode" in facts, _key),
        (bool(does & {"faster", "slower", "tempo times 2", "tempo times 0.5"}) or "tempo" in facts, _tempo),
        ("tempo" in does and "number" in facts, _tempo),
        ("meter" in facts, _meter),
        (bool(players) and bool(facts.get("only")), keep_only),
        (bool(players) and ("remove" in does or "without" in facts), silence),
        (bool(players) and "add" in does, add_player),
        (bool(players) and is_level and "event" not in facts, set_level),
        ("event" in facts, _event),
        (lasts or (bool(does & {"longer", "shorter"}) and bool(ask.spots)), _length),
        ("duplicate" in does and bool(ask.spots), _duplicate),
        ("remove" in does and bool(ask.spots), _delete),
        (bool(does & {"louder", "quieter", "vary", "steady"}), _strength),
        ("genre" in facts and not (ask.spots and ask.unread), _genre),
        ("mood" in facts, _mood),
        (bool(players) and bool(ask.spots), add_player),
    ]
    return next((change for holds, change in rows if holds), None)


def _title(sheet: Sheet, ask: Ask, _reach: Reach) -> None:
    title = ask.facts.get("title") or ask.tail.removeprefix("it ").removeprefix("the song ").strip()
    sheet.set(("title",), title)


def _rename(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    sheet.need_form()
    names = {visit.place.name for _, visit in find_reached_visits(reach, sheet.plan)}
    if len(names) != 1:
        raise EditError(f"this is for one section, and {', '.join(sorted(names))} are named")
    old = names.pop()
    name = ask.tail.split()[-1].strip("\"'") if ask.tail else ""
    if not name or name == old:
        raise EditError(f"say what {old} is to be called: rename the {old} to NAME")
    sheet.make(RenameSection(old, name))


def _move(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    if ask.beside is None:
        raise EditError("say where it is to go: before or after which section")
    sheet.need_form()
    (old, *more) = [k for k, _ in find_reached_visits(reach, sheet.plan)]
    beside = visits_of(ask.beside, sheet.plan)
    target = beside[0] if ask.relation == "before" else beside[0] + 1
    if more:
        raise EditError("several visits cannot be moved at once; say which: the second one, the last one")
    sheet.make(PlaceVisit(old, target - 1 if old < target else target))


def _duplicate(sheet: Sheet, _ask: Ask, reach: Reach) -> None:
    sheet.need_form()
    for k in sorted((k for k, _ in find_reached_visits(reach, sheet.plan)), reverse=True):
        sheet.make(DuplicateVisit(k))


def _delete(sheet: Sheet, _ask: Ask, reach: Reach) -> None:
    sheet.need_form()
    places = [k for k, _ in find_reached_visits(reach, sheet.plan)]
    if len(places) == len(sheet.plan.visits):
        raise EditError("nothing of the song would be left")
    for k in sorted(places, reverse=True):
        sheet.make(RemoveField(("form", k)))


def _length(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    if reach.is_song:
        raise EditError("say which section is to be longer or shorter", field="bars")
    factor = next((float(d.split()[1]) for d in ask.does if d.startswith("times")), None)
    said = ask.facts.get("bars", 4)

    def bars_of(now: int) -> int:
        if factor is not None:
            return max(1, round(now * factor))
        change = said * (("longer" in ask.does) - ("shorter" in ask.does))
        wanted: int = now + change if change else said
        if wanted < 1:
            raise EditError(f"{now} bars cannot be {said} shorter")
        return wanted

    for name in reach.sections:
        first = next(v for v in sheet.plan.visits if v.place.name == name)
        bars = bars_of(sheet.get(("sections", name, "bars")) or first.bars)
        if chords := sheet.get(("sections", name, "chords")):
            written = [bar.strip() for bar in str(chords).strip().strip("|").split("|")]
            if len(written) > bars:  # its beginning stays, and the last two bars, by which it ends
                last = min(2, bars // 2)
                chords = " | ".join([*written[: bars - last], *written[len(written) - last :]])
            sheet.set(("sections", name, "chords"), str(chords))
        sheet.set(("sections", name, "bars"), bars)
    for k, visit in find_reached_visits(reach, sheet.plan):
        is_own = isinstance(sheet.get(("form", k, "bars")), int)
        if k in reach.visits or is_own:
            sheet.set_visit(k, "bars", bars_of(visit.bars))


def _transpose(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    step = int(ask.facts["interval"]) * (-1 if "lower" in ask.does else 1)
    plan = sheet.plan
    if reach.is_song:
        old = parse_key(plan.key)
        _move_song(sheet, plan.key, old.transpose(step).name)
    for name in reach.sections:
        _move_section(sheet, name, step)
    for k in reach.visits:
        own = sheet.get(("form", k, "key"))
        if own:
            sheet.set_visit(k, "key", parse_key(str(own)).transpose(step).name)
        else:
            sheet.set_visit(k, "lift", (sheet.get(("form", k, "lift")) or 0) + step or None)


def _move_section(sheet: Sheet, name: str, step: int) -> None:
    """Move the chords in letters of a section, and the key that its numerals follow."""
    own = sheet.get(("sections", name, "key")) or sheet.get(("key",)) or sheet.plan.key
    key = parse_key(str(own)).transpose(step)
    sheet.set(("sections", name, "key"), key.name)
    if chords := sheet.get(("sections", name, "chords")):
        sheet.set(("sections", name, "chords"), move_chords(str(chords), step, key))
    for k, visit in enumerate(sheet.plan.visits):
        if visit.place.name == name:
            _move_visit(sheet, k, step, key.name)


def _move_visit(sheet: Sheet, k: int, step: int, key: str) -> None:
    if own := sheet.get(("form", k, "key")):
        sheet.set_visit(k, "key", parse_key(str(own)).transpose(step).name)
    if chords := sheet.get(("form", k, "chords")):
        sheet.set_visit(k, "chords", move_chords(str(chords), step, parse_key(key)))


def _move_song(sheet: Sheet, old: str, new: str) -> None:
    step = (parse_key(new).root - parse_key(old).root) % 12
    sheet.make(MoveChords(old, new))
    for k in range(len(sheet.plan.visits)):
        _move_visit(sheet, k, step, new)


def _key(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    new = _asked_key(sheet, ask)
    if reach.is_song:
        if parse_key(sheet.plan.key).mode == new.mode:
            _move_song(sheet, sheet.plan.key, new.name)
        else:
            sheet.set(("key",), new.name)
    for name in reach.sections:
        old = parse_key(str(sheet.get(("sections", name, "key")) or sheet.plan.key))
        if old.mode == new.mode:
            _move_section(sheet, name, (new.root - old.root + 5) % 12 - 5)
        sheet.set(("sections", name, "key"), new.name)
    for k in reach.visits:
        sheet.set_visit(k, "lift", None)
        sheet.set_visit(k, "key", new.name)


def _asked_key(sheet: Sheet, ask: Ask) -> Key:
    """Return the key that is said, or the one beside the song's that is: "the relative minor", "minor"."""
    if "key" in ask.facts:
        return parse_key(str(ask.facts["key"]))
    said, home = str(ask.facts["mode"]), parse_key(sheet.plan.key)
    found = related_key(home, said if said in RELATED_KEYS else f"parallel {said}")
    if said in RELATED_KEYS and found == home:
        raise EditError(f"the song is in {home.name}, which is {home.family} already", field="key")
    return found


def _tempo(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    facts, factor = ask.facts, None
    said = facts.get("tempo")
    if (times := next((d for d in ask.does if d.startswith("tempo times")), None)) is not None:
        factor = float(times.split()[-1])
    elif "percent" in ask.does and "number" in facts:
        factor = 1 + facts["number"] / 100 * (-1 if "slower" in ask.does else 1)
    elif said is None and "tempo" in ask.does and "number" in facts:
        said = facts["number"]
    elif said is None:
        factor = 1 / _PACE if "slower" in ask.does else _PACE

    def pace(now: float) -> float | int:
        wanted = float(said) if factor is None and said is not None else now * (factor or 1.0)
        return int(wanted) if (wanted := round(wanted, 1)) == int(wanted) else wanted

    now = sheet.get(("tempo",)) or float(sheet.plan.grid.tempo_bpm)
    if reach.is_song:
        sheet.set(("tempo",), pace(float(now)))
        for name in sheet.data.get("sections") or {}:
            if (own := sheet.get(("sections", name, "tempo"))) and factor is not None:
                sheet.set(("sections", name, "tempo"), pace(float(own)))
    for name in reach.sections:
        sheet.set(("sections", name, "tempo"), pace(float(sheet.get(("sections", name, "tempo")) or now)))
    for k in reach.visits:
        sheet.set_visit(k, "tempo", pace(float(sheet.of_visit(k, "tempo") or now)))


def _meter(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    if reach.is_song:
        sheet.set(("meter",), ask.facts["meter"])
        _fit_beats(sheet, Meter.parse(str(ask.facts["meter"])).beats_per_bar)
    for name in reach.sections:
        sheet.set(("sections", name, "meter"), ask.facts["meter"])
    for k in reach.visits:
        sheet.set_visit(k, "meter", ask.facts["meter"])


def _fit_beats(sheet: Sheet, beats: int) -> None:
    """Let events that are on a beat which the new metre does not have be on its last one."""
    for place in find_owners(sheet):
        for k, event in enumerate(sheet.get((*place, "events")) or []):
            if float(event.get("beat") or 0) >= beats + 1:
                sheet.set((*place, "events", k, "beat"), beats)


def _strength(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    """Change the energy, or the variation, of what is meant, and of visits that have one of their own."""
    is_energy = "louder" in ask.does or "quieter" in ask.does
    name, step = ("energy", _STEP) if is_energy else ("variation", _MORE)
    if "quieter" in ask.does or (not is_energy and "steady" in ask.does):
        step = -step

    seen: set[str] = set()
    for k, visit in find_reached_visits(reach, sheet.plan):
        now = visit.music.energy if is_energy else visit.sound.variation
        value = round(min(1.0, max(0.0, now + step)), 2)
        section = visit.place.name
        if k in reach.visits or sheet.get(("form", k, name)) is not None:
            sheet.set_visit(k, name, value)
        elif section not in seen:
            sheet.set(("sections", section, name), value)
        seen.add(section)


def _genre(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    from structure.description.words.vocabulary import vocabulary

    genre = str(ask.facts["genre"])
    style = vocabulary().genres.get(genre, genre)
    if reach.is_song:
        sheet.set(("genre",), style)
    for name in reach.sections:
        sheet.set(("sections", name, "genre"), style)
    for k in reach.visits:
        sheet.set_visit(k, "genre", style)


def _mood(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    words = ", ".join(ask.facts["mood"])

    def add_words(now: Any) -> str:
        return f"{now}, {words}" if now else words

    if reach.is_song:  # what describes a song makes its music, and a prompt only its sound
        field = "prompt" if sheet.get(("description",)) is None else "description"
        sheet.set((field,), add_words(sheet.get((field,))))
    for name in reach.sections:
        sheet.set(("sections", name, "prompt"), add_words(sheet.get(("sections", name, "prompt"))))
    for k in reach.visits:
        sheet.set_visit(k, "prompt", add_words(sheet.of_visit(k, "prompt")))


def _mix(sheet: Sheet, ask: Ask, _reach: Reach) -> None:
    said = f" {ask.said.lower().replace('-', ' ')} "
    found = [name for name in mix_names() if f" {name.replace('-', ' ')} " in said]
    if not found:
        raise EditError(f"this is no mix; the mixes are {', '.join(mix_names())}", field="mix")
    ask.unread.clear()
    sheet.set(("mix", "preset"), found[0])


def _master(sheet: Sheet, ask: Ask, _reach: Reach) -> None:
    said = ask.said.lower()
    found = [name for name in MASTER_PRESETS if name in said.split() and name != "reference"]
    ask.unread.clear()
    if found:
        sheet.set(("master", "preset"), found[0])
    elif "loud" in said or "quiet" in said or "soft" in said:
        step = 3.0 if "loud" in said else -3.0
        now = float(sheet.get(("master", "loudness_lufs")) or sheet.plan.master.loudness_lufs)
        sheet.set(("master", "loudness_lufs"), min(-8.0, max(-24.0, now + step)))
    else:
        raise EditError(f"this is no master; the masters are {', '.join(MASTER_PRESETS)}", field="master")


def _ending(sheet: Sheet, ask: Ask, _reach: Reach) -> None:
    """Let the song end so, and not in another way."""
    k = len(sheet.plan.visits) - 1
    now = sheet.of_visit(k, "events") or []
    others = [event for event in now if event.get("do") not in _ENDINGS]
    if "without" in ask.facts or "remove" in ask.does:
        sheet.set_visit(k, "events", others)
        return
    do, bars = "ritardando", 2
    if "fade" in ask.does or ask.facts.get("event") == "fade":
        do, bars = "fade", 4
    elif "abrupt" in ask.does:
        do, bars = "stop", 1

    bar = max(1, sheet.plan.visits[k].bars - bars + 1)
    sheet.set_visit(k, "events", [*others, {"bar": bar, "do": do}])


_ENDINGS = ("fade", "stop", "ritardando")


_AT_END = {"fill": 1, "stop": 1, "pickup": 1, "riser": 2, "rest": 1, "shot": 1, "reverse_cymbal": 1}
"""How many bars the last ones of a place are in which such an event is."""


def _event(sheet: Sheet, ask: Ask, reach: Reach) -> None:
    from composer.project.places import stems_named

    do = str(ask.facts.get("event") or next(d for d in ask.does if d in ("enter", "leave")))
    names = [s.name for player in ask.facts.get("player", []) for s in stems_named(player, sheet.plan)[:1]]
    if ask.facts.get("player") and not names:
        raise EditError(f"the song has no {ask.facts['player'][0]}")
    if ask.beside is not None:
        k = visits_of(ask.beside, sheet.plan)[0] - (ask.relation == "before")
        if not 0 <= k < len(sheet.plan.visits):
            raise EditError("nothing comes before that")
        reach = Reach(visits=(k,))
    if reach.is_song:
        bar = int(ask.facts.get("bar", 1)) - 1
        at = next(
            (k for k, v in enumerate(sheet.plan.visits) if v.place.start_bar <= bar < v.end_bar), None
        )
        if at is None or "bar" not in ask.facts:
            raise EditError(f"say where: {do} in a section, or at a bar")
        ask.facts["bar"] = bar - sheet.plan.visits[at].place.start_bar + 1
        reach = Reach(visits=(at,))
    first = {v.place.name: v for v in reversed(sheet.plan.visits)}
    for name in reach.sections:
        path = ("sections", name, "events")
        sheet.set(path, [*(sheet.get(path) or []), *_events(ask, do, names, first[name].bars)])
    for k in reach.visits:
        added = _events(ask, do, names, sheet.plan.visits[k].bars)
        sheet.set_visit(k, "events", [*(sheet.of_visit(k, "events") or []), *added])


def _events(ask: Ask, do: str, names: list[str], bars: int) -> list[dict[str, Any]]:
    last = min(bars, 4) if do == "build" and ask.beside is not None else _AT_END.get(do)
    bar = ask.facts.get("bar") or (max(1, bars - last + 1) if last else 1)
    if bar > bars:
        raise EditError(f"there is no bar {bar}; the section has {bars}")
    row: dict[str, Any] = {"bar": bar, "do": do}
    if do == "build" and last:
        row["bars"] = bars - bar + 1
    return [{**row, "stem": name} for name in names] or [row]
