"""Lets a language model write nothing but JSON that a schema allows, token by token.

The part of JSON Schema that is used here (constants, enumerations, whole numbers within bounds, strings by
pattern, arrays with bounds, objects whose keys are all written in their order, alternatives) describes a
regular language. So a schema becomes a regular expression, and a token is allowed where the text with it
can still grow into a match: Willard and Louf, "Efficient Guided Generation for Large Language Models",
2023. The partial matching of the ``regex`` package, which transformers needs anyway, tells that.

By hand, since outlines-core takes as long to index a schema for a vocabulary of 32,000 tokens as it takes
here to write 300 of them, anew for each song, and knows no bounds of whole numbers.
"""

from __future__ import annotations

import json
import string
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import regex  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import torch

Schema = Mapping[str, Any]

_SPACE = " ?"
"""What may stand behind a comma or a colon."""

_PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "


def schema_pattern(schema: Schema) -> str:
    """Return a regular expression that matches the JSON texts of a schema.

    Strings need an ``enum`` or a ``pattern``; a pattern has no anchors, and matches no quotes and no
    backslashes. Raises ValueError for a schema that is not supported.
    """
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return _either(_literal(value) for value in schema["enum"])
    if "oneOf" in schema:
        return _either(schema_pattern(option) for option in schema["oneOf"])
    try:
        match schema["type"]:
            case "string":
                pattern = f'"(?:{schema["pattern"]})"'
            case "integer":
                pattern = _either(str(n) for n in range(schema["minimum"], schema["maximum"] + 1))
            case "array":
                item = schema_pattern(schema["items"])
                least, most = schema.get("minItems", 1), schema["maxItems"]
                if not 1 <= least <= most:
                    raise ValueError(f"an array needs 1 ≤ minItems ≤ maxItems, got {least} and {most}")
                pattern = rf"\[{item}(?:,{_SPACE}{item}){{{least - 1},{most - 1}}}\]"
            case "object":
                items = schema["properties"].items()
                members = (f"{_literal(key)}:{_SPACE}{schema_pattern(value)}" for key, value in items)
                pattern = rf"\{{{f',{_SPACE}'.join(members)}\}}"
            case other:
                raise KeyError(other)
    except KeyError as exc:
        raise ValueError(f"no pattern for the schema {json.dumps(schema)[:80]}: {exc}") from exc
    return pattern


def _literal(value: object) -> str:
    return str(regex.escape(json.dumps(value), special_only=True))


def _either(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


class Vocabulary:
    """The texts of a tokenizer's tokens, as they stand inside a text."""

    def __init__(self, tokenizer: Any) -> None:
        special = set(tokenizer.all_special_ids)
        # Some tokenizers drop the space before a first token, so each is decoded behind another one.
        anchor = next(token for token in range(len(tokenizer)) if token not in special)
        before = tokenizer.decode([anchor])
        self.texts: dict[int, str] = {}
        self.by_first: dict[str, list[int]] = defaultdict(list)
        for token in range(len(tokenizer)):
            if token in special:
                continue
            both = tokenizer.decode([anchor, token], clean_up_tokenization_spaces=False)
            text = both[len(before) :] if both.startswith(before) else ""
            if text and text.isascii() and text.isprintable():
                self.texts[token] = text
                self.by_first[text[0]].append(token)
        self.end = tokenizer.eos_token_id

    def text(self, tokens: Iterable[int]) -> str:
        """Return the text of a row of tokens; special tokens have none."""
        return "".join(self.texts.get(token, "") for token in tokens)


class PatternConstraint:
    """A logits processor for :meth:`generate` that keeps what is written a beginning of a match.

    ``n_choices`` tokens stay possible at each step: 1 is the best one, more are for sampling.
    """

    def __init__(
        self, pattern: str, vocabulary: Vocabulary, prompt_tokens: int, n_choices: int = 1
    ) -> None:
        self._pattern = regex.compile(pattern)
        self._vocabulary = vocabulary
        self._prompt_tokens = prompt_tokens
        self._n_choices = n_choices

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return scores of the next token, ``(batch, tokens)``: minus infinity for what is not allowed."""
        masked = scores.new_full(scores.shape, float("-inf"))
        for row, tokens in enumerate(input_ids[:, self._prompt_tokens :].tolist()):
            allowed = self._find_allowed(tokens, scores[row])
            masked[row, allowed] = scores[row, allowed]
        return masked

    def _find_allowed(self, tokens: Sequence[int], scores: torch.Tensor) -> list[int]:
        """Return the allowed tokens with the best scores, or only the end where the text is complete."""
        written = self._vocabulary.text(tokens)
        if self._vocabulary.end in tokens or self.is_complete(written):
            return [self._vocabulary.end]
        candidates = [
            token
            for first in _PRINTABLE
            if first in self._vocabulary.by_first and self._can_begin(written + first)
            for token in self._vocabulary.by_first[first]
        ]
        values = scores[candidates].tolist()
        found: list[int] = []
        for _, token in sorted(zip(values, candidates, strict=True), key=lambda pair: (-pair[0], pair[1])):
            if self._can_begin(written + self._vocabulary.texts[token]):
                found.append(token)
                if len(found) == self._n_choices:
                    break
        return found or [self._vocabulary.end]

    def _can_begin(self, text: str) -> bool:
        return self._pattern.fullmatch(text, partial=True) is not None

    def is_complete(self, text: str) -> bool:
        """Return whether the whole text matches."""
        return self._pattern.fullmatch(text) is not None
