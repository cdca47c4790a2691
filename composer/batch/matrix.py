"""One spec, many songs: every combination of some seeds and of some values of its fields."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from composer.batch.items import OWN_COLUMNS, Item
from structure.base.errors import UsageError, did_you_mean
from structure.specs.spec import SongSpec

MOST = 100_000
"""Songs of a batch; more are probably a slip."""

_RANGE = re.compile(r"\s*(\d{1,18})\s*(?:-\s*(\d{1,18})\s*)?")


def read_seeds(text: str) -> tuple[int, ...]:
    """Read ``1-50`` or ``1, 4, 7-9``. Raises UsageError with what is allowed."""
    seeds: dict[int, None] = {}
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last - first >= MOST:
            raise UsageError(f"{text!r} names more than {MOST:,} seeds", field="seeds")
        if first > last:
            raise UsageError(
                f"{text!r} names no seeds",
                field="--seeds",
                hint="write 1-50, or 1,4,7-9: the lower one first",
            )
        seeds.update(dict.fromkeys(range(first, last + 1)))
    return tuple(seeds)


def read_variations(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Read fields of a spec and the values that they take, such as ``tempo=90,100,110``.

    A field inside another is written with dots. A value with commas stands in double quotes. ``mood`` goes
    into the description. Raises UsageError for what cannot be varied or has no values.
    """
    known = [name for name in (*SongSpec.model_fields, *OWN_COLUMNS) if name not in ("id", "seed")]
    found: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, sign, said = text.partition("=")
        name = name.strip()
        if not sign or not said.strip():
            raise UsageError(f"{text!r} varies nothing", field="--vary", hint="write tempo=90,100,110")
        if name == "seed":
            raise UsageError("seeds are varied by --seeds", field="--vary", hint=f"--seeds {said}")
        if name.partition(".")[0] not in known:
            hint = did_you_mean(name, known) or f"allowed: {', '.join(known)}"
            raise UsageError(f"no spec has a field {name!r}", field="--vary", hint=hint)
        if name in found:
            raise UsageError(f"{name} is varied twice", field="--vary", hint="give all its values at once")
        # commas in double quotes do not part values
        parts = [part for part in re.findall(r'(?:"[^"]*"|[^,"])+', said) if part.strip(' "')]
        values = tuple(dict.fromkeys(_value(name, part.strip().strip('"')) for part in parts))
        if not values:
            raise UsageError(f"{text!r} has no values", field="--vary")
        found[name] = values
    return found


def vary(
    items: Iterable[Item], variations: dict[str, tuple[Any, ...]], seeds: Sequence[int] = ()
) -> list[Item]:
    """Return each item in every combination. Raises UsageError where they are too many."""
    axes: dict[str, Sequence[Any]] = {**variations, **({"seed": seeds} if seeds else {})}
    songs: list[Item] = []
    for item in items:
        for values in itertools.product(*axes.values()):
            songs.append(item.with_changes(dict(zip(axes, values, strict=True))))
            if item.fault:
                break  # once is enough
            if len(songs) > MOST:
                raise UsageError(f"these are more than {MOST} songs", hint="make them in several batches")
    return songs


def _value(name: str, text: str) -> Any:
    if name in ("tempo", "length"):
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            return text
        return value if isinstance(value, float) or (isinstance(value, int) and ":" not in text) else text
    if "." in name:
        value = yaml.safe_load(text)
        return value if isinstance(value, (str, int, float, bool)) else text
    return text
