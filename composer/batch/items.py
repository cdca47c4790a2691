"""What a batch is to make: the specs that a folder, a pattern, a table or a sentence names."""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from composer.sources.sentences import check_is_no_path, sentence_seed
from songs import find_song, song_path
from structure.base.errors import Fault, FolderError, SpecError, did_you_mean
from structure.base.jsonfile import parse_json
from structure.loading.textfile import read_text
from structure.specs.spec import SongSpec

SPEC_FILES = (".yaml", ".yml")
_TABLES = (".csv", ".tsv")
_LISTS = (".jsonl", ".ndjson")
_MOST_KIB = 64 * 1024
"""Of a table: some hundred thousand songs."""

OWN_COLUMNS = ("id", "mood")
"""What a table may say of a song besides the fields of its spec."""

_TEXTS = frozenset(
    {"title", "description", "genre", "key", "meter", "length", "prompt", "negative_prompt", "lyrics"}
    | {"lyrics_file", "id", "mood"}
)
"""Columns whose cells are text, whatever they look like."""

_ID = re.compile(r"[^\W_][\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Item:
    """One song to make.

    ``key`` tells it from the others, also when the batch is begun again: it is a digest of all that is
    asked of the song. ``origin`` says for people where it is from.

    ``path`` is its spec's file, or ``fields`` are a spec's; ``changes`` go over either. Files that the
    fields name are looked up in ``folder``. ``fault`` says why there is no song in it.
    """

    key: str
    origin: str
    folder: Path = Path()
    path: Path | None = None
    fields: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] | None = None
    number: str = ""
    fault: str = ""
    columns: str = ""
    """What a table calls a field of a spec, for errors: column, or key."""

    def with_changes(self, changes: Mapping[str, Any]) -> Item:
        """Return the item with other values in some of its fields; each such song is one of its own."""
        if not changes or self.fault:
            return self
        said = " ".join(f"{name}={value}" for name, value in changes.items())
        both = {**(self.changes or {}), **changes}
        return replace(self, key=digest_of(self.key, both), origin=f"{self.origin} {said}", changes=both)


def digest_of(*parts: Any) -> str:
    """Return a short digest of plain data."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def read_items(named: Sequence[str]) -> list[Item]:
    """Return the songs that arguments name, each once, in their order.

    An argument is a folder of specs, a pattern with ``*``, a spec, a table (``.csv``, ``.tsv``,
    ``.jsonl``), a bundled song or a sentence. A song that cannot be read is among them, with its fault.
    Raises FolderError where an argument names nothing, SpecError where a table has columns that no spec
    has.
    """
    found = [item for name in named for item in _read_argument(name)]
    seen: Counter[str] = Counter()
    items = []
    for item in found:
        seen[item.key] += 1
        again = seen[item.key]
        items.append(item if again == 1 else replace(item, key=digest_of(item.key, again)))
    ids = Counter(item.number.casefold() for item in items if item.number)
    return [
        replace(item, fault=f"{item.origin}: {item.columns} id: {item.number!r} is there twice")
        if item.number and ids[item.number.casefold()] > 1
        else item
        for item in items
    ]


def _read_argument(name: str) -> Iterator[Item]:
    path = Path(name).expanduser()
    if _is_so(path.is_dir):
        yield from _folder(path)
    elif glob.has_magic(name) and not _is_so(path.is_file):
        files = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  (a pattern may be absolute)
        if not files:
            raise FolderError(f"no file is like {name}", path=path)
        for file in files:
            yield from _folder(Path(file)) if Path(file).is_dir() else _file(Path(file))
    elif _is_so(path.is_file) or path.suffix.lower() in (*SPEC_FILES, *_TABLES, *_LISTS):
        yield from _file(path)
    elif (bundled := find_song(name)) is not None:
        yield _spec_file(song_path(bundled))
    else:
        check_is_no_path(name)
        if " " not in name.strip():
            raise FolderError(
                f"{name!r} is no file, folder, pattern, bundled song or sentence",
                path=name,
                hint="a sentence has several words",
            )
        fields = {"description": name, "seed": sentence_seed(name)}
        yield Item(digest_of(fields), f"“{name if len(name) <= 40 else name[:37] + '…'}”", fields=fields)


def _is_so(test: Callable[[], bool]) -> bool:
    """Ask something of a path; return False where the text is none, such as one that is too long."""
    try:
        return test()
    except (OSError, ValueError):
        return False


def _folder(folder: Path) -> Iterator[Item]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SPEC_FILES)
    if not files:
        raise FolderError(
            f"{folder} holds no spec", path=folder, hint=f"specs are {' or '.join(SPEC_FILES)} files"
        )
    yield from map(_spec_file, files)


def _file(path: Path) -> Iterator[Item]:
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        yield from read_table(read_text(path, "table", _MOST_KIB), path)
    elif suffix in _LISTS:
        yield from read_lines(read_text(path, "list", _MOST_KIB), path)
    else:
        yield _spec_file(path)


def _spec_file(path: Path) -> Item:
    try:
        data = path.read_bytes()
    except OSError as exc:
        return Item(digest_of(str(path)), str(path), fault=f"{path} cannot be read: {exc.strerror}")
    return Item(digest_of(path.name, hashlib.sha256(data).hexdigest()), str(path), path.parent, path)


def read_table(text: str, path: Path) -> Iterator[Item]:
    """Yield the songs of a table, one for each row.

    The first row names fields of specs, with dots for a field inside another. Raises SpecError where it
    names other things.
    """
    first = text.lstrip("\ufeff").partition("\n")[0]
    mark = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=mark)
    try:
        heads = [head.strip() for head in next(rows, [])]
    except csv.Error as exc:
        raise SpecError([Fault(f"this is no table: {exc}", line=1)], str(path)) from exc
    _check_columns(heads, path)
    number = 1
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as exc:
            yield Item(digest_of(path.name, number), f"{path}: row {number}", fault=f"{path}: {exc}")
            return
        if cells is None:
            return
        number += 1
        if any(cell.strip() for cell in cells):
            yield _row(path, f"row {number}", heads, cells)


def _check_columns(heads: Sequence[str], path: Path) -> None:
    known = (*SongSpec.model_fields, *OWN_COLUMNS)
    faults = []
    for column, head in enumerate(heads, 1):
        top = head.partition(".")[0]
        if not head:
            faults.append(Fault(f"column {column} has no name", line=1))
        elif heads.index(head) != column - 1:
            faults.append(Fault("this column is there twice", head, 1))
        elif top not in known:
            hint = did_you_mean(top, known) or f"columns are fields of a spec: {', '.join(known)}"
            faults.append(Fault("no spec has this field", head, 1, hint))
    if not faults and not {"description", "form", "lyrics", "lyrics_file"} & set(heads):
        faults.append(Fault("a song needs a column `description` or `form`", line=1))
    if faults:
        raise SpecError(faults, str(path))


def _row(path: Path, place: str, heads: Sequence[str], cells: Sequence[str]) -> Item:
    origin = f"{path}: {place}"
    if len(cells) > len(heads) and any(cell.strip() for cell in cells[len(heads) :]):
        fault = f"{origin}: it has {len(cells)} cells, and the table {len(heads)} columns"
        return Item(digest_of(path.name, place, list(cells)), origin, fault=fault, columns="column")
    fields: dict[str, Any] = {}
    for head, cell in zip(heads, cells, strict=False):
        if not cell.strip():
            continue
        try:
            _put(fields, head, cell.strip() if head in _TEXTS else yaml.safe_load(cell))
        except (yaml.YAMLError, ValueError, RecursionError) as exc:
            why = str(exc).splitlines()[0]
            fault = f"{origin}, column {head}: {cell.strip()[:60]!r} cannot be read: {why}"
            return Item(digest_of(path.name, place, list(cells)), origin, fault=fault, columns="column")
    return item_of(fields, path, origin, "column")


def read_lines(text: str, path: Path) -> Iterator[Item]:
    """Yield the songs of a list, a JSON object with the fields of a spec in each line."""
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        origin = f"{path}: line {number}"
        try:
            fields = parse_json(line.encode(errors="surrogatepass"))
        except ValueError as exc:
            yield Item(digest_of(path.name, line), origin, fault=f"{origin}: not valid JSON: {exc}")
            continue
        if not isinstance(fields, dict):
            fault = f"{origin}: a song is an object with the fields of a spec, {{…}}"
            yield Item(digest_of(path.name, line), origin, fault=fault)
            continue
        yield item_of(fields, path, origin, "key")


def item_of(fields: Mapping[str, Any], path: Path, origin: str, columns: str) -> Item:
    """Return the song of a table's row, with its mood in its description, and a seed of its own."""
    fields = dict(fields)
    number = str(fields.pop("id", "") or "")
    key = digest_of({"id": number} if number else {}, fields)
    if number and not _ID.fullmatch(number):
        fault = f"{origin}, {columns} id: {number!r} is no id; letters, digits, '.', '-' and '_' make one"
        return Item(key, origin, fault=fault, columns=columns)
    if "mood" in fields:
        fields = with_mood(fields, str(fields.pop("mood")))
    if isinstance(fields.get("description"), str):
        fields.setdefault("seed", sentence_seed(fields["description"]))
    return Item(key, origin, path.parent, fields=fields, number=number, columns=columns)


def with_mood(fields: Mapping[str, Any], mood: str) -> dict[str, Any]:
    """Return a spec's fields with a mood, or several, before what its description says."""
    said = str(fields.get("description") or "").strip()
    return {**fields, "description": f"{mood.strip()}, {said}" if said else mood.strip()}


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    """Give a field a value; the name may lead into others, by dots. Raises ValueError where it cannot."""
    *way, last = name.split(".")
    for step in way:
        fields = fields.setdefault(step, {})
        if not isinstance(fields, dict):
            raise ValueError(f"{step} has a value already")
    fields[last] = value


def put_all(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec's fields with changes, by dotted names; ``mood`` goes into the description.

    Raises ValueError where a name leads into a field that has a plain value.
    """
    changed: dict[str, Any] = json.loads(json.dumps(dict(fields), default=str))
    for name, value in changes.items():
        if name == "mood":
            changed = with_mood(changed, str(value))
        else:
            _put(changed, name, value)
    return changed
