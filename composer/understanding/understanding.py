"""What was understood of a sentence, and what became of it in the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from composer.understanding.words import say_wish
from structure.base.errors import WishError
from structure.description.reading import read_wishes
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from structure.specs.wishes import Outcome, OutcomeKind, Wishes, WishKind

Status = Literal["understood", "guessed", "not understood"]

_FIELDS: Mapping[WishKind, tuple[str, ...]] = {
    "genre": ("genre",),
    "tempo": ("tempo",),
    "key": ("key", "form", "sections"),
    "meter": ("meter",),
    "length": ("length", "form", "sections"),
    "form": ("form",),
    "section": ("form",),
    "ensemble": ("stems", "form", "sections"),
    "part": ("stems", "form", "sections"),
    "event": ("form", "sections"),
    "energy": ("form", "sections"),
    "harmony": ("sections",),
    "sound": ("stems", "prompt"),
    "mix": ("mix", "master"),
    "title": ("title",),
}
"""The fields of a spec that settle what a kind of wish is about; they go before its description."""

_CLIP: Mapping[WishKind, str] = {
    "form": "a clip is one section",
    "section": "a clip is one section",
    "length": "the length of a clip is that of `seconds`",
}


@dataclass(frozen=True, slots=True)
class Understood:
    """One row of the table: a wish, how it was read, and what became of it.

    ``asked`` is the wish in words, ``words`` are those of the sentence at ``span``. ``became`` says
    for people where or how the plan meets it, or why it does not. ``decided_by`` says what settled it
    otherwise, where the user did so himself; such a wish counts as met.
    """

    status: Status
    about: WishKind
    asked: str
    words: str
    span: tuple[int, int] | None
    result: OutcomeKind
    became: str
    decided_by: str = ""

    @property
    def is_met(self) -> bool:
        """Return whether the song does what is asked, or the user himself asked for something else."""
        return self.result == "obeyed" or bool(self.decided_by)

    def document(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {
            "status": self.status,
            "about": self.about,
            "asked": self.asked,
            "words": self.words,
            "span": None if self.span is None else list(self.span),
            "result": self.result,
            "became": self.became,
        }


@dataclass(frozen=True, slots=True)
class Understanding:
    """A sentence, what was read from it, and what became of each wish in the plan.

    ``rows`` are in the order of the sentence.
    """

    wishes: Wishes
    outcomes: tuple[Outcome, ...] = ()
    rows: tuple[Understood, ...] = ()

    @property
    def sentence(self) -> str:
        """The sentence itself, "" for a song that has no description."""
        return self.wishes.sentence

    @property
    def language(self) -> str:
        """The English name of its language, "" for one that is not known."""
        return self.wishes.language

    @property
    def unmet(self) -> tuple[Understood, ...]:
        """The rows that nobody understood, and those that the song does not fulfil."""
        return tuple(row for row in self.rows if not row.is_met)

    def check(self) -> None:
        """Raise WishError where something was not understood or is not planned."""
        faults = [f"not understood: “{row.words or row.asked}”" for row in self._of("not_understood")]
        faults += [f"{row.asked}: {row.became}" for row in self._of("impossible")]
        if self.sentence.strip() and not self.language:
            faults.insert(0, "the language of this sentence is none of those that are read")
        if faults:
            raise WishError(faults)

    def document(self) -> dict[str, Any]:
        """Return it as plain data, as reports and ``plan --json`` hold it."""
        return {
            "sentence": self.sentence,
            "language": self.language,
            "wishes": [row.document() for row in self.rows],
        }

    def _of(self, result: OutcomeKind) -> list[Understood]:
        return [row for row in self.unmet if row.result == result]


NOTHING = Understanding(Wishes())
"""Of a song without a description."""


def understand_song(plan: SongPlan, spec: SongSpec) -> Understanding:
    """Hold the whole plan of a spec against the wishes of its description.

    Where a field of the spec says otherwise, the field decides.
    """
    given = {name for name in spec.model_fields_set if getattr(spec, name) not in (None, {}, ())}
    decided: dict[WishKind, str] = {}
    for kind, names in _FIELDS.items():
        if fields := [f"`{name}:`" for name in names if name in given]:
            decided[kind] = f"{' and '.join(fields)} in the spec decide{'s' if len(fields) == 1 else ''}"
    return _understand(plan, spec.description or "", decided)


def understand_clip(plan: SongPlan, given: Mapping[WishKind, str] | None = None) -> Understanding:
    """Hold the plan of a clip against its prompt. ``given`` says what its options settle."""
    return _understand(plan, plan.description, {**_CLIP, **(given or {})})


def _understand(plan: SongPlan, sentence: str, decided: Mapping[WishKind, str]) -> Understanding:
    """Hold a plan against the wishes of a sentence; ``decided`` says what was settled otherwise."""
    if not sentence.strip():
        return NOTHING
    wishes = read_wishes(sentence)
    outcomes = check_wishes(plan, wishes)

    rows = []
    for outcome in outcomes:
        wish = outcome.wish
        status: Status = "guessed" if wish.guessed else "understood"
        decided_by = ""
        if outcome.result == "not_understood":
            status, became = "not understood", "nothing is made of it"
        elif outcome.result == "impossible":
            decided_by = decided.get(wish.kind, "")
            became = f"{decided_by or 'not planned'}: {outcome.why}"
        elif outcome.evidence.startswith("planned"):
            became = outcome.evidence
        else:
            became = f"planned: {outcome.evidence}".removesuffix(": ")
        rows.append(
            Understood(
                status=status,
                about=wish.kind,
                asked=say_wish(wish),
                words=wishes.words_of(wish),
                span=wish.span,
                result=outcome.result,
                became=became,
                decided_by=decided_by,
            )
        )

    end = len(sentence)
    rows.sort(key=lambda row: row.span or (end, end))
    return Understanding(wishes, outcomes, tuple(rows))
