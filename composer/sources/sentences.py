"""Sentences as people type them: told from paths, and the seed that each of them has."""

from __future__ import annotations

import re
from pathlib import Path

from songs import song_names
from structure.base.errors import FolderError, did_you_mean
from structure.base.names import PLAN, SPEC
from structure.base.seeds import derive_seed
from structure.description.reading import read_wishes

_SEEDS = 1_000_000
"""Seeds of sentences are short, so that one can say them."""

_LONGEST_PATH_WORDS = 4
"""Words of a path that was typed with blanks in it."""

_FILE = re.compile(
    r"\.(ya?ml|json|lock|wav|flac|mp3|ogg|opus|m4a|aac|wma|aiff?|caf|midi?|kar|musicxml|mxl|xml|abc|lrc|srt|"
    r"txt|toml|md|csv|pdf|docx?|png|svg|jpe?g|gif|webp|npz|npy|safetensors|zip|als|rpp|mp4|mov)$",
    re.I,
)
_ROOTED = re.compile(r"~?[/\\]|\.{1,2}[/\\]|[A-Za-z]:[/\\]")
_NO_PATH = re.compile(
    r"\d\s*/\s*\d|\b[Ww]/[Oo]?\b|\b[A-Z&]{1,4}/[A-Z&]{1,4}\b|\s/|/\s|\b(and/or|his/her|male/female)\b"
)
"""Slashes that stand in sentences: 3/4, w/o, AC/DC, verse / chorus."""

_ARTICLE = re.compile(r"(an?|the|eine?|une?|un[ae]?|el|la|le|les|some)\s", re.I)
"""What begins a sentence, and hardly ever a path."""


def sentence_seed(sentence: str) -> int:
    """Return the seed of a sentence: the same one on every machine, whatever its blanks and capitals."""
    return derive_seed("sentence", " ".join(sentence.casefold().split())) % _SEEDS


def check_is_no_path(text: str, what: str = "a sentence") -> None:
    """Raise FolderError where a text names something on the disk, or looks like a path.

    Such a text is not read as ``what``. A single word may be the name of a folder too, if that holds what
    was made of it, such as a clip's folder that is called by the clip's prompt.
    """
    is_name = text.isidentifier() and _exists(text) and _exists(str(Path(text) / PLAN))
    if _exists(text) and not is_name:
        kind, song = "folder" if Path(text).is_dir() else "file", Path(text) / SPEC
        has_song = Path(text).is_dir() and song.is_file()
        hint = f"{what} is what you would say of the music"
        if text.isidentifier() and kind == "folder":
            hint = f"if it is {what}, say a word more"
        hint = f"its song is {song}" if has_song else hint
        raise FolderError(f"{_shorten(text)} is a {kind}, and not read as {what}", path=text, hint=hint)
    if looks_like_path(text):
        hint = did_you_mean(re.split(r"[/\\]", text)[-1].split(".")[0].replace(" ", "_"), song_names())
        hint = (
            f"{hint} (a bundled song)" if hint.startswith("did") else f"{what} has no such slash or ending"
        )
        raise FolderError(
            f"{_shorten(text)} looks like a path, and nothing is there", path=text[:200], hint=hint
        )


def looks_like_path(text: str) -> bool:
    """Return whether a text is written like the path of a file or folder, be there one or not.

    That is what begins or ends like one, what lies in a folder that is there, and a few words with a
    slash, the first of which say nothing of music: ``songs/my song``, but not ``piano/violin duo``.
    """
    text = text.strip()
    if _FILE.search(text) or _ROOTED.match(text):
        return True
    slashed = _NO_PATH.sub(" ", text.replace("\\", "/") if re.search(r"\w\\\w", text) else text)
    if "/" not in slashed:
        return False
    first = slashed.split("/")[0]
    if _exists(first):
        return True
    is_short = len(text.split()) <= _LONGEST_PATH_WORDS and not re.search(r"[,;:!?]", text)
    if _ARTICLE.match(text) or not is_short:
        return False
    return all(wish.kind == "unknown" for wish in read_wishes(first, guessing=False).wishes)


def _exists(text: str) -> bool:
    try:
        return bool(text.strip()) and Path(text).exists()
    except (OSError, ValueError):  # no file can have such a name
        return False


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")
