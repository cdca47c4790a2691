"""The styles that come with the package, by family, each in a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from composer.stylebook.words import spread
from structure.presets.families import style_families
from structure.presets.styles import load_style


@dataclass(frozen=True, slots=True)
class StyleSummary:
    """A style in a line.

    ``meters`` begin with the most usual one. ``stems`` that only some songs have are in brackets.
    """

    name: str
    family: str
    tempo: str
    tempo_bpm: tuple[float, float]
    meters: str
    feel: str
    stems: str
    summary: str

    @property
    def meter(self) -> str:
        """Return the most usual metre."""
        return self.meters.split(", ", maxsplit=1)[0]

    def document(self) -> dict[str, Any]:
        """Return the line as plain data; ``meters`` and ``stems`` are lists then."""
        lists = {"meters": self.meters.split(", "), "stems": self.stems.split(", ")}
        return asdict(self) | {"tempo_bpm": list(self.tempo_bpm)} | lists


def style_summaries() -> tuple[StyleSummary, ...]:
    """Return all styles that come with the package, family by family."""
    found = []
    for family, names in style_families().items():
        for style in map(load_style, names):
            meters = sorted(style.meters, key=lambda meter: -style.meters[meter])
            stems = (stem.name if stem.chance == 1.0 else f"({stem.name})" for stem in style.stems)
            is_swung, is_late = style.swing.share != "1/2", style.feel.late_ms >= 5
            summary = StyleSummary(
                name=style.name,
                family=family,
                tempo=spread(*style.tempo, "BPM"),
                tempo_bpm=style.tempo,
                meters=", ".join(meters),
                feel="swung" if is_swung else "laid back" if is_late else "straight",
                stems=", ".join(stems),
                summary=style.summary,
            )
            found.append(summary)
    return tuple(found)
