"""One song of a batch as it is to be made: its spec, with the title and the seed that it got."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from composer.batch.items import Item, put_all
from composer.sources.source import Source, read_source, yaml_source
from structure.base.errors import Fault, RitornelloError, SpecError
from structure.loading.loader import read_spec_text
from structure.loading.yaml_editor import set_value
from structure.loading.yaml_reader import read_yaml


@dataclass(frozen=True, slots=True)
class Choice:
    """What a batch chooses for a song, so that no other has the same: None is what the spec says."""

    title: str | None = None
    seed: int | None = None


AS_WRITTEN = Choice()


def source_of(item: Item, choice: Choice = AS_WRITTEN) -> Source:
    """Return the source of a song.

    Raises RitornelloError that names the file, or the row and column of a table.
    """
    if item.fault:
        raise SpecError([Fault(item.fault)], "")
    changes: dict[str, Any] = dict(item.changes or {})
    changes |= {} if choice.seed is None else {"seed": choice.seed}
    changes |= {} if choice.title is None else {"title": choice.title}
    if item.path is not None:
        return _file_source(item.path, changes)
    try:
        return read_source(put_all(item.fields or {}, changes), item.folder)
    except SpecError as exc:
        if not item.columns:
            raise
        faults = [
            replace(fault, field=f"{item.columns} {fault.field}" if fault.field else "", line=None)
            for fault in exc.faults
        ]
        raise SpecError(faults, item.origin) from exc
    except ValueError as exc:
        raise SpecError([Fault(str(exc))], item.origin) from exc
    except RitornelloError as exc:
        raise exc.with_context(f"{item.origin}: ") from exc


def _file_source(path: Path, changes: dict[str, Any]) -> Source:
    """Return the source of a file with other values in some of its fields."""
    text, origin = read_spec_text(path), str(path)
    if changes:
        yaml_source(text, origin)  # what is wrong with the file itself is told first

    for name, value in changes.items():
        if name == "mood":
            data = read_yaml(text, origin).data
            said = str(data.get("description") or "").strip() if isinstance(data, dict) else ""
            text = set_value(text, ("description",), f"{value}, {said}" if said else value, origin)
        else:
            text = set_value(text, tuple(name.split(".")), value, origin)
    return replace(yaml_source(text, origin), name=path.stem)
