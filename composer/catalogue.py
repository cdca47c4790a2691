"""What comes with the package: songs and styles, as lists."""

from __future__ import annotations

from songs import song_names, song_path, song_summary
from structure.loader import load_spec


def bundled_songs() -> list[dict[str, str]]:
    """Each bundled song with what its spec says; what it leaves to the planner is empty."""
    return [_song(name) for name in song_names()]


def _song(name: str) -> dict[str, str]:
    spec = load_spec(song_path(name))
    return {
        "name": name,
        "title": spec.title or "",
        "genre": spec.genre or "",
        "tempo": f"{spec.tempo:g} BPM" if spec.tempo else "",
        "key": spec.key or "",
        "meter": spec.meter or "",
        "length": f"{spec.length} s" if isinstance(spec.length, (int, float)) else spec.length or "",
        "summary": song_summary(name),
        "path": str(song_path(name)),
    }
