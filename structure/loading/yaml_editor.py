"""Edits YAML text in place: the edited value changes, and every other character stays as it was.

The places of values come from ruamel.yaml, which reads YAML 1.2 as :mod:`structure.loading.yaml_reader`
does. An edit is applied only to text that our own reader accepts, with its bounds on depth and aliases, and
its result is read again: it must hold the wanted data, exactly. Where a splice of the text does not give
that (the value carries an anchor that others use), ruamel.yaml writes the document again with its comments.
"""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Callable
from typing import Any

import yaml as pyyaml
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.representer import SafeRepresenter
from ruamel.yaml.util import load_yaml_guess_indent

from structure.base.errors import EditError, SpecError
from structure.loading.yaml_reader import Path, read_yaml, write_path

_LONGEST_LINE = 80
"""Characters of a list or mapping on one line; a longer one is written over several lines."""

_ALIAS = "alias"
_AMBIGUOUS = re.compile(r"[\W\d_].*|.*\?.*|y|n", re.IGNORECASE | re.DOTALL)
"""Text to some readers, and a number, a flag, a sign or (from a ``?`` in a list on) nothing to others."""

_yaml_1_1 = pyyaml.resolver.Resolver()


def set_value(text: str, path: Path, value: Any, source: str = "<text>") -> str:
    """Return YAML text in which ``path`` holds ``value``, plain data; missing keys are added.

    An index one past the end of a list appends to it. ``source`` names the text in errors. Raises SpecError
    for text that the reader refuses, and EditError where there can be no such value.
    """
    before = _read(text, source)
    try:
        value = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as exc:
        raise EditError(f"{write_path(path)}: {value!r} cannot be written as YAML ({exc})") from exc
    wanted = _data_with(before, path, value)
    return _edit(text, path, wanted, value, source)


def remove_value(text: str, path: Path, source: str = "<text>") -> str:
    """Return YAML text without the key or list item at ``path``; comments above it stay.

    Raises SpecError for text that the reader refuses, and EditError where there is no such value, or
    nothing else in the document.
    """
    before = _read(text, source)
    wanted = _data_without(before, path)
    if not wanted:
        raise EditError(f"{source}: {write_path(path)} cannot be removed: nothing would be left")
    parent = value_at(wanted, path[:-1])
    if not parent:  # an empty block would read as null
        return _edit(text, path[:-1], wanted, parent, source)
    return _edit(text, path, wanted, _REMOVED, source)


def move_item(text: str, path: Path, old: int, new: int, source: str = "<text>") -> str:
    """Return YAML text in which an item of the list at ``path`` stands at another place.

    The comment behind the item goes with it; comments between items stay. Raises SpecError, and EditError
    where there is no such item.
    """
    items = _items(text, path, (old, new), source)
    order = list(range(len(items)))
    order.insert(new, order.pop(old))
    wanted = [items[k] for k in order]
    return _edit_list(text, path, wanted, lambda node: _reorder(text, node, order), source)


def copy_item(text: str, path: Path, index: int, source: str = "<text>") -> str:
    """Return YAML text with an item of the list at ``path`` once more, behind itself.

    Raises SpecError, and EditError where there is no such item.
    """
    items = _items(text, path, (index,), source)
    wanted = [*items[: index + 1], *items[index:]]
    return _edit_list(text, path, wanted, lambda node: _double(text, node, index), source)


def rename_key(text: str, path: Path, name: str, source: str = "<text>") -> str:
    """Return YAML text in which the key at ``path`` has another name; its value stays as it is.

    Raises SpecError, and EditError where there is no such key, or already one of the new name.
    """
    before = _read(text, source)
    try:
        parent = value_at(before, path[:-1])
        value_at(before, path)
    except (KeyError, IndexError, TypeError):
        raise EditError(f"{source}: there is no {write_path(path)} to rename") from None
    if name in parent:
        raise EditError(
            f"{source}: there is already a {write_path((*path[:-1], name))}", field=write_path(path)
        )
    renamed = {name if key == path[-1] else key: value for key, value in parent.items()}
    wanted = _data_with(before, path[:-1], renamed)
    try:
        key = next(key for key, _ in _node_at(text, path[:-1]).value if key.value == path[-1])
        edited = text[: key.start_mark.index] + _flow_text(name) + text[key.end_mark.index :]
        if _is_same(_read(edited, source), wanted):
            return edited
    except (YAMLError, SpecError, LookupError, TypeError, ValueError, AttributeError, StopIteration):
        pass
    return _edit(text, path[:-1], wanted, renamed, source)


def value_at(data: Any, path: Path) -> Any:
    """Return the value at ``path`` of plain data. Raises KeyError, IndexError or TypeError."""
    for key in path:
        data = data[key]
    return data


def scalar_text(text: str) -> str:
    """Return text as a YAML scalar of one line, which can stand in block and in flow context.

    It is plain where every reader takes it for text, otherwise in double quotes.
    """
    return _flow_text(text)


def _items(text: str, path: Path, places: tuple[int, ...], source: str) -> list[Any]:
    """Return the items of a list that has all these places. Raises EditError."""
    try:
        items = value_at(_read(text, source), path)
    except (KeyError, IndexError, TypeError):
        items = None
    if not isinstance(items, list) or not all(0 <= place < len(items) for place in places):
        raise EditError(f"{source}: {write_path(path)} has no such item", field=write_path(path))
    return items


def _edit_list(
    text: str, path: Path, wanted: list[Any], change: Callable[[SequenceNode], str], source: str
) -> str:
    """Return the text with a list changed in place, or else written anew."""
    document = _data_with(_read(text, source), path, wanted)
    try:
        edited = change(_node_at(text, path))
        if _is_same(_read(edited, source), document):
            return edited
    except (YAMLError, SpecError, LookupError, TypeError, ValueError, AttributeError):
        pass
    return set_value(text, path, wanted, source)


def _node_at(text: str, path: Path) -> Any:
    """Return the node at a path that is there."""
    reader = YAML(typ="safe", pure=True)
    reader.Composer = _Composer
    node = reader.compose(text)
    for key in path:
        if isinstance(key, int):
            node = node.value[key]
        else:
            node = next(child for name, child in node.value if name.value == key)
    return node


def _spans(text: str, node: SequenceNode) -> list[tuple[int, int]]:
    """Return where the items of a list stand: in a block whole lines, without the line break."""
    if node.flow_style:
        return [(_entry_start(text, node, entry), _entry_end(text, entry)) for entry in node.value]
    return [
        (_line_start(text, _entry_start(text, node, entry)), _line_end(text, _entry_end(text, entry)))
        for entry in node.value
    ]


def _reorder(text: str, node: SequenceNode, order: list[int]) -> str:
    """Put the items of a list in another order; what stands between them stays."""
    spans = _spans(text, node)
    written = [text[start:end] for start, end in spans]
    for (start, end), item in reversed(list(zip(spans, order, strict=True))):
        text = text[:start] + written[item] + text[end:]
    return text


def _double(text: str, node: SequenceNode, index: int) -> str:
    """Write an item once more, without the comment behind it."""
    start, end = _spans(text, node)[index]
    item = text[start : _entry_end(text, node.value[index])]
    between = ", " if node.flow_style else _newline(text)
    return text[:end] + between + item + text[end:]


_REMOVED = object()


def _read(text: str, source: str) -> Any:
    document = read_yaml(text, source)
    if document.faults:
        raise SpecError(document.faults, source)
    return document.data


def _data_with(data: Any, path: Path, value: Any) -> Any:
    """Return the data with a value at a path; ``data`` itself is not changed."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        items = list(data) if isinstance(data, list) else None
        if items is None or not 0 <= key <= len(items):
            raise EditError(f"there is no item {key + 1} for {write_path(path)} to lie in")
        inner = _data_with(items[key] if key < len(items) else None, rest, value)
        return [*items[:key], inner, *items[key + 1 :]]
    if data is not None and not isinstance(data, dict):
        raise EditError(f"{key!r} cannot be set in {json.dumps(data)[:40]}, which is not a mapping")
    return {**(data or {}), key: _data_with((data or {}).get(key), rest, value)}


def _data_without(data: Any, path: Path) -> Any:
    """Return the data without the value at a path; ``data`` itself is not changed."""
    if not path:
        raise EditError("the whole document cannot be removed")
    try:
        inner = value_at(data, path[:1])
        value_at(data, path)
        if any(isinstance(key, int) and key < 0 for key in path):
            raise IndexError(path)
    except (KeyError, IndexError, TypeError):
        raise EditError(f"there is no {write_path(path)} to remove") from None
    key = path[0]
    changed = [_data_without(inner, path[1:])] if len(path) > 1 else []
    if isinstance(key, int):
        return [*data[:key], *changed, *data[key + 1 :]]
    return {
        name: changed[0] if name == key else item for name, item in data.items() if name != key or changed
    }


def _edit(text: str, path: Path, wanted: Any, value: Any, source: str) -> str:
    """Return the text that holds ``wanted``: spliced, or else written again by ruamel.yaml."""
    for attempt in (_splice, _write_again):
        try:
            edited = attempt(text, path, wanted, value)
            if _is_same(_read(edited, source), wanted):
                return edited
        except (YAMLError, SpecError, LookupError, TypeError, ValueError):
            continue
    raise EditError(
        f"{source}: {write_path(path)} cannot be edited and all else be kept; it hangs on anchors and "
        "aliases (&name, *name, <<) that need to be written out first"
    )


def _is_same(one: Any, other: Any) -> bool:
    """Compare plain data by type too: 1, 1.0 and true are not the same."""
    return json.dumps(one) == json.dumps(other)


# --- splices ---


class _Composer(Composer):
    """Composes nodes with an alias as a node of its own, so that it has a place."""

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.parser.check_event(AliasEvent):
            event = self.parser.get_event()
            return ScalarNode(_ALIAS, event.anchor, event.start_mark, event.end_mark)
        node: Node | None = super().compose_node(parent, index)
        return node


def _splice(text: str, path: Path, wanted: Any, value: Any) -> str:
    """Return the text with one passage replaced, inserted or taken out."""
    reader = YAML(typ="safe", pure=True)
    reader.Composer = _Composer
    node, after = reader.compose(text), 0
    for depth, key in enumerate(path):
        is_last = depth == len(path) - 1
        if isinstance(node, MappingNode):
            names = [name.value for name, _ in node.value]
            if key not in names:
                return _insert(text, node, value_at(wanted, path[: depth + 1]), str(key))
            index = names.index(key)
            if is_last and value is _REMOVED:
                return _cut(text, node, index)
            name, child = node.value[index]
            after = _after_colon(text, name)
        elif isinstance(node, SequenceNode) and isinstance(key, int):
            if key == len(node.value):
                return _insert(text, node, value_at(wanted, path[: depth + 1]), None)
            if is_last and value is _REMOVED:
                return _cut(text, node, key)
            child = node.value[key]
            after = child.start_mark.index
        else:  # an alias, or nothing yet
            return _replace(text, node, after, value_at(wanted, path[:depth]))
        node = child
    return _replace(text, node, after, value)


def _replace(text: str, node: Node, after: int, value: Any) -> str:
    """Write a value in the place of a node; ``after`` is where the colon before it ends."""
    start, end, new = node.start_mark.index, _end(text, node), _flow_text(value)
    if start == end:
        return text[:after] + " " + new + text[after:]
    if not _is_block(node) or "\n" not in text[after:start]:
        return text[:start] + new + text[end:]
    if len(new) > _LONGEST_LINE and isinstance(value, dict if isinstance(node, MappingNode) else list):
        return text[:start] + _block_text(value, node.start_mark.column, text) + text[end:]
    between = text[after : _line_start(text, start)].rstrip()
    return text[:after] + " " + new + between + text[end:]


def _insert(text: str, node: MappingNode | SequenceNode, value: Any, key: str | None) -> str:
    """Add a pair, or an item where ``key`` is None, behind the last one of a collection."""
    new = _flow_text(value)
    pair = new if key is None else f"{_flow_text(key)}: {new}"
    if not node.value:
        place = node.start_mark.index + 1
        return text[:place] + pair + text[place:]
    end = _entry_end(text, node.value[-1])
    if node.flow_style:
        return text[:end] + ", " + pair + text[end:]
    first = node.value[0] if key is None else node.value[0][0]
    column = int((node if key is None else first).start_mark.column)
    if key is None:
        pair = f"- {new}"
    elif len(pair) > _LONGEST_LINE and isinstance(value, (dict, list)):
        inner = column + 2
        pair = f"{_flow_text(key)}:{_newline(text)}{' ' * inner}{_block_text(value, inner, text)}"
    place = _line_end(text, end)
    return text[:place] + _newline(text) + " " * column + pair + text[place:]


def _cut(text: str, node: MappingNode | SequenceNode, index: int) -> str:
    """Take an entry out of a collection that has others."""
    entries = node.value
    start, end = _entry_start(text, node, entries[index]), _entry_end(text, entries[index])
    following = _entry_start(text, node, entries[index + 1]) if index + 1 < len(entries) else None
    if node.flow_style:
        if following is not None:
            return text[:start] + text[following:]
        return text[: _entry_end(text, entries[index - 1])] + text[end:]
    line = _line_start(text, start)
    if text[line:start].strip():  # the first key behind a dash
        return text[:start] + text[following:]
    stop = _line_end(text, end)
    newline = re.match(r"\r?\n", text[stop:])
    if newline is None:  # the last line, without an end
        return text[:line].removesuffix("\n").removesuffix("\r")
    return text[:line] + text[stop + newline.end() :]


def _is_block(node: Node) -> bool:
    return isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style


def _end(text: str, node: Node) -> int:
    """Return where a node's last character ends; a block's own mark lies after its comments."""
    if _is_block(node) and node.value:
        return _entry_end(text, node.value[-1])
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return start + len(text[start:end].rstrip())
    return end


def _entry_start(text: str, node: MappingNode | SequenceNode, entry: Any) -> int:
    if isinstance(entry, tuple):
        return int(entry[0].start_mark.index)
    start = int(entry.start_mark.index)
    return start if node.flow_style else text.rindex("-", 0, start)


def _entry_end(text: str, entry: Any) -> int:
    if not isinstance(entry, tuple):
        return _end(text, entry)
    name, child = entry
    if child.start_mark.index == child.end_mark.index:
        return _after_colon(text, name)
    return _end(text, child)


def _after_colon(text: str, name: Node) -> int:
    match = re.compile(r"\s*:").match(text, name.end_mark.index)
    return match.end() if match else int(name.end_mark.index)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    """Return where a line ends, before its line break."""
    stop = text.find("\n", index)
    stop = len(text) if stop < 0 else stop
    return stop - 1 if text[index:stop].endswith("\r") else stop


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


# --- values as text ---


class _Representer(SafeRepresenter):
    """Quotes what YAML 1.1 and 1.2 would read differently, and writes no anchors."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True

    def represent_text(self, data: str) -> ScalarNode:
        read_as = _yaml_1_1.resolve(pyyaml.ScalarNode, data, (True, False))  # type: ignore[no-untyped-call]
        is_text = read_as == "tag:yaml.org,2002:str" and not _AMBIGUOUS.fullmatch(data)
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=None if is_text else '"')


_Representer.add_representer(str, _Representer.represent_text)


def _flow_text(value: Any) -> str:
    """Return a value on one line."""
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _Representer
    writer.default_flow_style = True
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 1 << 30
    stream = io.StringIO()
    writer.dump({"k": value}, stream)
    text = stream.getvalue().strip().removeprefix("{k: ").removesuffix("}")
    if isinstance(value, str) and text.startswith("'"):
        return json.dumps(value, ensure_ascii=False)  # one kind of quotes, as JSON has them
    return text


def _block_text(value: dict[str, Any] | list[Any], column: int, text: str) -> str:
    """Return a list or mapping as YAML with each entry on a line of its own.

    All lines but the first are indented by ``column``. Entries that are too long for a line are blocks
    themselves.
    """
    entries = value.items() if isinstance(value, dict) else [(None, item) for item in value]
    lines = []
    for key, item in entries:
        name = "-" if key is None else f"{_flow_text(key)}:"
        line = f"{name} {_flow_text(item)}"
        if len(line) > _LONGEST_LINE and isinstance(item, (dict, list)):
            inner = column + 2
            gap = " " if key is None else _newline(text) + " " * inner
            line = f"{name}{gap}{_block_text(item, inner, text)}"
        lines.append(line)
    return (_newline(text) + " " * column).join(lines)


def _write_again(text: str, path: Path, _wanted: Any, value: Any) -> str:
    """Return the whole document as ruamel.yaml lays it out, with its comments and quotes."""
    writer = YAML(typ="rt", pure=True)
    writer.preserve_quotes = True
    writer.width = 1 << 30
    offset = load_yaml_guess_indent(text)[2] or 0
    writer.indent(mapping=2, sequence=offset + 2, offset=offset)
    data = parent = writer.load(text)
    for key in path[:-1]:
        parent[key] = copy.deepcopy(parent[key])  # an alias of it elsewhere keeps what it had
        parent = parent[key]
        parent.yaml_set_anchor(None)
    if value is _REMOVED:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    stream = io.StringIO()
    writer.dump(data, stream)
    return stream.getvalue()
