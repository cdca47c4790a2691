"""Keeps the songs of a batch apart: no two have one title, one folder or the tune of one chorus."""

from __future__ import annotations

from dataclasses import dataclass

from composer.batch.items import Item
from composer.batch.settled import Choice
from composer.batch.tunes import KnownChoruses
from composer.batch.words.names import plain_title
from composer.batch.work import Draft
from structure.base.errors import PlanError
from structure.base.plain_text import file_words
from structure.base.seeds import derive_seed

MOST_SEEDS = 12
"""Seeds that a song is tried with until its chorus has a tune of its own."""

_SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Settled:
    """A song as it will be made.

    ``choice`` has its title and seed, ``folder`` is the name of its folder. ``notes`` say what was chosen
    otherwise than its spec says, and why.
    """

    choice: Choice
    title: str
    folder: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherSeed:
    """The song has to be planned again, with this seed."""

    choice: Choice
    note: str


class Apart:
    """Settles one song after the other; what was settled keeps its title and its tune."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}
        self._folders: set[str] = set()
        self._choruses = KnownChoruses()

    def reserve(self, key: str, title: str, folder: str) -> None:
        """Keep title and folder for a song that is there already."""
        self._titles.setdefault(plain_title(title), key)
        self._folders.add(folder.casefold())

    def settle(
        self,
        item: Item,
        draft: Draft,
        choice: Choice,
        tried: int,
        notes: tuple[str, ...],
        folder: str | None = None,
    ) -> Settled | OtherSeed:
        """Settle a song, or say with which other seed it is to be planned: the tune is another's.

        ``tried`` seeds were tried so far. ``folder`` is where the song is already. Raises PlanError
        where no seed gives it a tune of its own.
        """
        tune = draft.tune
        if tune is not None and not tune.is_given:
            other = self._choruses.find(tune.tune)
            if other is not None:
                if tried >= MOST_SEEDS:
                    raise PlanError(
                        f"{item.origin}: its chorus has the tune of {other!r} with each of {tried} seeds",
                        field="seed",
                        hint="leave more of the song open, or say other chords or another style",
                    )
                seed = derive_seed("batch", item.key, draft.seed, tried) % _SEEDS
                return OtherSeed(
                    Choice(choice.title, seed), f"seed {seed}: the chorus was that of {other!r}"
                )
        title, said = self._title(item, draft, choice)
        if said:
            notes = (*notes, said)
        self._titles[plain_title(title)] = item.key
        if tune is not None:
            self._choruses.add(title, tune.tune)
        folder = folder or self._folder(item, title)
        self._folders.add(folder.casefold())
        chosen = None if title == draft.written_title and choice.title is None else title
        return Settled(Choice(chosen, choice.seed), title, folder, notes)

    def _title(self, item: Item, draft: Draft, choice: Choice) -> tuple[str, str]:
        titles = (choice.title,) if choice.title else draft.titles
        for title in titles:
            if self._is_free(title, item.key):
                is_other = draft.written_title is not None and title != draft.written_title
                note = f"title: {draft.written_title!r} is another song's" if is_other else ""
                return title, note if choice.title is None else ""
        base, number = titles[0], 2
        while not self._is_free(f"{base} {_roman(number)}", item.key):
            number += 1
        return f"{base} {_roman(number)}", ""

    def _is_free(self, title: str, key: str) -> bool:
        return self._titles.get(plain_title(title), key) == key

    def _folder(self, item: Item, title: str) -> str:
        base = file_words(title, "song")
        base = f"{item.number}_{base}" if item.number else base
        name, number = base, 2
        while name.casefold() in self._folders:
            name, number = f"{base}-{number}", number + 1
        return name


def _roman(number: int) -> str:
    """Return a number in Roman numerals."""
    said = ""
    for value, letters in (
        *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
        *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
    ):
        said += letters * (number // value)
        number %= value
    return said
