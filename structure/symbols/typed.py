"""Progressions as people type them: what parts the chords and the bars, repeats, groups, holds.

``C | Am | F | G`` has bar lines; ``Eb - Bb - Ab``, ``C, Am, F, G``, ``D → A → G``, ``C Am F G`` and
``Am-F-C-G`` have none. ``|: … :| x3``, ``(C | Am) x2``, ``2x: …`` and ``G x4`` repeat; ``%`` ``/`` ``.``
and dashes at the end of a bar hold; ``Verse:`` or ``[Verse]`` before a line is its label. Chords stay as
they are written: :mod:`structure.harmony.chords` and :mod:`structure.harmony.roman` read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from structure.base.labels import kind_of

HOLDS = ("%", "/", ".")
"""A bar of ``%`` alone repeats the bar before it; inside a bar these signs prolong a chord."""

NO_CHORD = re.compile(r"N\.?\s?C\.?|n\.c\.?|N|X|tacet|NO CHORD", re.ASCII)
"""What says that there is no chord; no root has such a name."""

MOST_SLOTS = 4096
"""Chords and holds of a progression with its repeats played."""

_ROOT = r"[#b♭♯]?(?:[A-H]|VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?![a-z]{3,}\d*\b)"
_DASH = r"[-–—−]"
_LABEL = re.compile(
    r"\s*(?:\[(?P<bracketed>[A-Za-z][\w -]*)\]|(?P<plain>[A-Za-z][A-Za-z_-]+(?: ?\d+)?)\s*(?::|-|–))\s+"
)
_SCAN = re.compile(
    rf"(?P<line>\s*\n\s*)|(?P<blank>[^\S\n]+)"
    rf"|(?P<both>:\|+:)|(?P<opens>(?:\|+|\[|\{{):)|(?P<closes>:(?:\|+|\]|\}}))"
    rf"|(?P<bar>\|+\]?|\[\||‖)"
    rf"|(?P<times>(?P<open>\(\s*)?(?:[x×]\s?(?P<after>\d{{1,2}})"
    rf"|(?P<before>\d{{1,2}})\s?(?:[x×]|bars?\b)(?![a-z]):?)(?(open)\s*\)|))"
    rf"|(?P<rests>{_DASH}(?:\s+{_DASH})+(?=\s|\||$)|{_DASH}(?=\s*\|))"
    rf"|(?P<parts>[,;]|->|=>|→|⇒|➔|>|{_DASH}+(?=\s)|(?<=[^\s|]){_DASH}(?={_ROOT}))"
    rf"|(?P<group>[(\[](?!\|))|(?P<ends>[)\]])"
    rf"|(?P<chord>(?:(?!:[|\]}}]|{_DASH}{_ROOT})[^\s|,;()\[\]→⇒➔>‖–—]|(?<=\S)\([^()|\n]*\))+)"
)
_SUFFIX_PAREN = re.compile(
    r"\(\s*(?:[#b♭♯+-]?\d{1,2}|(?:add|no|omit|sus|maj|min|alt|M)[\w#♭♯]*)"
    r"(?:\s*[,/ ]\s*(?:[#b♭♯+-]\d{1,2}|(?:add|no|omit)[\w#♭♯]*))*\s*\)"
)
_SUFFIX = re.compile(
    r"(?:major|minor|maj|min|Maj|Min|dim|aug|sus|add|alt|half-?dim|dominant)(?:[#b]?\d+)*", re.ASCII
)
_NASHVILLE = re.compile(rf"[#b]?[1-7](?:{_DASH}[#b]?[1-7]){{2,}}")
_SLASHED = re.compile(r"[A-H][#b♭♯]?[^/\s]*(?:/[A-H][#b♭♯]?[^/\s]*){2,}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A progression as it was typed. ``bars`` are the slots of each bar, a chord or a hold each.

    ``has_lines`` says whether bar lines or repeat signs stand in it; where they do not, ``bars`` are what
    stands between commas, dashes and ends of lines. ``labels`` are names of sections before its lines.
    """

    bars: tuple[tuple[str, ...], ...]
    has_lines: bool
    labels: tuple[str, ...] = ()

    @property
    def slots(self) -> tuple[str, ...]:
        """Return the chords and holds in a row."""
        return tuple(slot for bar in self.bars for slot in bar)


@dataclass(frozen=True, slots=True)
class _Item:
    """A sign or a chord of a line, and where its text stands.

    The kinds are ``chord``, ``suffix`` (of the chord before), ``bar``, ``part``, ``line``, ``times``,
    ``opens``, ``closes``, ``group``, ``ends`` and, where something is played again, ``again``.
    """

    kind: str
    text: str = ""
    count: int = 0
    span: tuple[int, int] = (0, 0)


@lru_cache(maxsize=1024)
def read_typed(text: str) -> Typed:
    """Return the bars of a progression with its repeats played.

    Raises ValueError for repeats that run away, and for brackets that are not closed.
    """
    items, labels = _scan(text)
    has_lines = any(item.kind in ("bar", "opens", "closes") for item in items)
    items = _join(items, has_lines=has_lines)
    bars: list[list[str]] = [[]]
    may_be_empty = True
    """Whether what goes before the open bar is no bar line, so that it is none itself where it is empty."""
    for item in _Player(items).play():
        if item.kind == "chord":
            bars[-1].append(item.text)
        elif item.kind in ("bar", "line", "again") or (item.kind == "part" and not has_lines):
            # Nothing between two bar lines is a fault of its own; other signs just end a bar.
            is_bar = item.kind == "bar"
            if bars[-1] or (is_bar and not may_be_empty):
                bars.append([])
            may_be_empty = not is_bar or len(bars) == 1
    if len(bars) > 1 and not bars[-1]:
        bars.pop()
    return Typed(tuple(map(tuple, bars)), has_lines, labels)


def chords_of_line(text: str) -> tuple[str, ...]:
    """Return the chords of a line without signs that hold or deny one; none where it is no such line."""
    try:
        slots = read_typed(text).slots
    except ValueError:
        return ()
    return tuple(slot for slot in slots if slot not in HOLDS and not NO_CHORD.fullmatch(slot))


def chord_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the chords of a progression stand in its text, holds and other signs left out."""
    for item in _scan(text)[0]:
        if item.kind == "chord" and item.text not in HOLDS:
            yield item.span


def _scan(text: str) -> tuple[list[_Item], tuple[str, ...]]:
    labels: list[str] = []
    items: list[_Item] = []
    start = 0
    for line in text.splitlines(keepends=True):
        label = _LABEL.match(line)
        name = "" if label is None else (label["bracketed"] or label["plain"]).strip()
        skipped = 0
        if label is not None and kind_of(re.sub(r"[\s-]+", "_", name.lower())) is not None:
            labels.append(name)
            skipped = label.end()
        items += _items(line, start, skipped)
        start += len(line)
    return items, tuple(labels)


def _items(line: str, start: int, at: int) -> Iterator[_Item]:
    """Yield the items of a line from a position on; the line begins at ``start`` of the whole text."""
    while at < len(line):
        match = _SCAN.match(line, at)
        suffix = _SUFFIX_PAREN.match(line, at) if at and line[at - 1].isspace() else None
        if suffix is not None and not re.match(r"\s*[x×]", line[suffix.end() :]):
            yield _Item("suffix", suffix[0], span=(start + at, start + suffix.end()))
            at = suffix.end()
            continue
        if match is None:
            yield _Item("chord", line[at], span=(start + at, start + at + 1))
            at += 1
            continue

        place, chord = start + match.start(), match["chord"] or ""
        span = (place, start + match.end())
        if match["both"]:
            yield from (_Item("closes", span=span), _Item("opens", span=span))
        elif match["times"]:
            yield _Item("times", match["times"], int(match["after"] or match["before"]), span)
        elif match["rests"] or re.fullmatch("/{2,8}", chord):
            signs = [place + k for k, sign in enumerate(match[0]) if not sign.isspace()]
            yield from (_Item("chord", "/", span=(sign, sign + 1)) for sign in signs)
        elif chord:  # several where only dashes or slashes stand between them
            pattern = _DASH if _NASHVILLE.fullmatch(chord) else "/" if _SLASHED.fullmatch(chord) else None
            for number, part in enumerate(re.split(pattern, chord) if pattern else [chord]):
                if number:
                    yield _Item("part", span=(place - 1, place))
                yield _Item("chord", part, span=(place, place + len(part)))
                place += len(part) + 1
        elif not match["blank"]:
            kind = next(k for k in ("line", "opens", "closes", "bar", "parts", "group", "ends") if match[k])
            yield _Item("part" if kind == "parts" else kind, match[0], span=span)
        at = match.end()


def _join(items: Sequence[_Item], *, has_lines: bool) -> list[_Item]:
    """Return items in which each chord has the words that belong to it: ``C major``, ``Am7 (b5)``.

    A slash between two chords parts them where there are no bar lines.
    """
    found: list[_Item] = []
    for item in items:
        before = found[-1] if found else None
        chord = before if before is not None and before.kind == "chord" else None
        if chord is None or chord.text in HOLDS:
            found.append(_Item("chord", item.text, span=item.span) if item.kind == "suffix" else item)
            continue
        is_number = item.text.isdigit() and chord.text.endswith(("major", "minor"))
        is_word = item.kind == "chord" and (_SUFFIX.fullmatch(item.text) or is_number)
        if item.kind == "suffix" or is_word:
            found[-1] = _Item("chord", chord.text + item.text, span=(chord.span[0], item.span[1]))
        else:
            found.append(item)
    if has_lines:
        return found
    slashes = [i for i, item in enumerate(found) if item.kind == "chord" and item.text == "/"]
    kinds = [item.kind == "chord" and item.text != "/" for item in found]
    if slashes and all(0 < i < len(found) - 1 and kinds[i - 1] and kinds[i + 1] for i in slashes):
        return [_Item("part") if i in slashes else item for i, item in enumerate(found)]
    return found


class _Player:
    """Puts items in the order in which they sound, without groups, repeat signs and counts."""

    def __init__(self, items: Sequence[_Item]) -> None:
        self._items = items
        self._found: list[_Item] = []
        self._starts = [0]
        self._groups: list[int] = []
        self._last = 0
        """Where that begins which a count behind it repeats."""
        self._pending = 0
        """The count that stands before what it repeats."""

    def play(self) -> list[_Item]:
        """Return the items. Raises ValueError for brackets without their other, and too many repeats."""
        for number, item in enumerate(self._items):
            if item.kind == "group":
                self._groups.append(len(self._found))
            elif item.kind == "ends":
                self._end_group(number)
            elif item.kind == "opens":
                self._found.append(_Item("again"))
                self._starts.append(len(self._found))
            elif item.kind == "closes":
                self._close(number)
            elif item.kind == "times":
                self._count(number)
            else:
                self._found.append(item)
            if len(self._found) > 4 * MOST_SLOTS:
                raise ValueError(_TOO_MANY)
        if self._groups:
            raise ValueError("a bracket is not closed; each ( needs its )")
        if self._pending:
            self._found = _repeat(self._found, 0, self._pending)
        return self._found

    def _end_group(self, number: int) -> None:
        if not self._groups:
            sign = self._items[number].text
            raise ValueError(f"{sign!r} closes nothing; open it with a bracket before, or drop it")
        self._last = self._groups.pop()
        follows = self._items[number + 1 : number + 2]
        if self._pending or (follows and follows[0].kind == "times"):
            self._last = _fence(self._found, self._last)
        if self._pending:
            self._found = _repeat(self._found, self._last, self._pending)
            self._pending = 0

    def _close(self, number: int) -> None:
        """Play again from the repeat sign before, or from the end of what was repeated last."""
        start = self._starts.pop() if len(self._starts) > 1 else self._starts[0]
        follows = self._items[number + 1 : number + 2]
        count = follows[0].count if follows and follows[0].kind == "times" else 2
        self._found = _repeat(self._found, start, count)
        if len(self._starts) == 1:
            self._starts[0] = len(self._found)

    def _count(self, number: int) -> None:
        count, before = self._items[number].count, self._items[number - 1].kind if number else "line"
        if before == "closes":
            return
        if not self._found or before == "line":
            self._pending = count
        elif before == "ends":
            self._found = _repeat(self._found, self._last, count)
        else:
            # A count at the end is that of the line, any other one that of the chord before it.
            after = [one for one in self._items[number + 1 :] if one.kind not in _BREAKS]
            is_of_line = not after and sum(one.kind == "times" for one in self._items) == 1
            last = max((i for i, one in enumerate(self._found) if one.kind == "chord"), default=0)
            begin = self._starts[-1] if is_of_line else last
            self._found = _repeat(self._found, _fence(self._found, begin), count)


_BREAKS = ("bar", "part", "line", "again")
_TOO_MANY = f"its repeats make more than {MOST_SLOTS} chords; write fewer of them"


def _fence(found: list[_Item], begin: int) -> int:
    """Set off what is repeated from the bar before it; return where it begins."""
    if begin and found[begin - 1].kind == "chord":
        found.insert(begin, _Item("again"))
        return begin + 1
    return begin


def _repeat(found: Sequence[_Item], begin: int, count: int) -> list[_Item]:
    """Return items in which what stands at their end comes ``count`` times in all."""
    again = list(found[begin:])
    while again and again[-1].kind in _BREAKS:
        again.pop()
    while again and again[0].kind in _BREAKS:
        again.pop(0)
    if len(again) * count > MOST_SLOTS:
        raise ValueError(_TOO_MANY)
    more = [item for _ in range(count - 1) for item in (_Item("again"), *again)]
    return [*found, *more, _Item("again")]
