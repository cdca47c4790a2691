"""Reads YAML as plain data, and remembers the line of every value.

Scalars follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/, section 10.3): ``on``, ``no``
and ``3:20`` are text, not booleans or base-60 numbers as in YAML 1.1. Hostile input is refused:
documents that nest deeply, anchors that expand into huge ones, duplicate keys, tags of any kind.
It is written by hand on PyYAML's composer, since ruamel.yaml bounds neither depth nor aliases.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from structure.base.errors import Fault, SpecError

DEEPEST = 16
"""Levels of nesting; a song spec needs five."""

MOST_NODES = 20_000
"""Values in a document after its aliases are expanded."""

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")

Path = tuple[str | int, ...]
"""Where a value stands: ``("form", 2, "lift")``."""


@dataclass(slots=True)
class Document:
    """A document: its data, the line of each value (of its key, in a mapping), what is wrong with it.

    ``numbers`` are those that are written otherwise than Python would, as they are written; ``behind`` is
    what stands behind each text without quotes on its last line, where that is a ``#``.
    """

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    numbers: dict[Path, str] = field(default_factory=dict)
    behind: dict[Path, str] = field(default_factory=dict)

    def line_of(self, path: Path) -> int | None:
        """Return the line of a value, counted from 1, or of the closest value around it that exists."""
        return self.lines.get(self.closest(path))

    def closest(self, path: Path) -> Path:
        """Return ``path``, or the path of the closest value around it that is written in the document."""
        while path and path not in self.lines:
            path = path[:-1]
        return path


def write_path(path: Path) -> str:
    """Write a path as text: ``("form", 2, "lift")`` → ``form[3].lift``.

    Items count from 1, as people do.
    """
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_yaml(text: str, source: str) -> Document:
    """Read one YAML document.

    Duplicate keys and unsupported values are collected in ``faults``; SpecError is raised for what
    stops the reading: a syntax error, several documents, too much nesting or expansion.
    """
    loader: _CoreLoader | None = None
    try:
        loader = _CoreLoader(_spaces_for_tabs(text))
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as exc:
        raise SpecError([_syntax_fault(exc, text)], source) from exc
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, int(exc.position)) + 1
        code = ord(exc.character) if isinstance(exc.character, str) else int(exc.character)
        message = f"the control character U+{code:04X} is not allowed in YAML"
        fault = Fault(message, line=line, hint="is this a text file? remove the character")
        raise SpecError([fault], source) from exc
    except _RefusedError as exc:
        raise SpecError([exc.fault], source) from exc
    finally:
        if loader is not None:
            loader.dispose()
    document = Document()
    if root is not None:
        try:
            document.data = _Builder(document).build(root, (), 1)
        except _RefusedError as exc:
            raise SpecError([exc.fault], source) from exc
    return document


def _spaces_for_tabs(text: str) -> str:
    """Return JSON with a space for each tab, which stand between its values; other YAML as it is."""
    if "\t" not in text or not text.lstrip().startswith("{"):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")


class _RefusedError(Exception):
    def __init__(self, message: str, node_line: int, hint: str) -> None:
        self.fault = Fault(message, line=node_line, hint=hint)
        super().__init__(message)


class _CoreLoader(yaml.SafeLoader):
    """Composes nodes by the core schema, and no deeper than :data:`DEEPEST`."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own)
    _depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _too_deep(self.get_mark().line + 1)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


_CORE_RULES = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
    ("merge", r"<<", ["<"]),
)
for _name, _pattern, _first in _CORE_RULES:
    _CoreLoader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)


class _Builder:
    """Turns nodes into data, line by line."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._n_nodes = 0

    def build(self, node: Node, path: Path, depth: int) -> Any:
        self._check_size(node, depth)
        self._document.lines.setdefault(path, _line(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            self._check_tag(node, "seq", path)
            return [self.build(item, (*path, i), depth + 1) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _check_size(self, node: Node, depth: int) -> None:
        """Refuse aliases that expand into too many values, and an anchor inside its own alias."""
        self._n_nodes += 1
        if self._n_nodes > MOST_NODES:
            message = f"the document expands to more than {MOST_NODES} values"
            raise _RefusedError(message, _line(node), "a song needs far fewer; mind the aliases (*name)")
        if depth > DEEPEST:
            raise _too_deep(_line(node))

    def _mapping(self, node: MappingNode, path: Path, depth: int) -> dict[str, Any]:
        self._check_tag(node, "map", path)
        found: dict[str, Any] = {}
        for key, value in self._pairs(node, path, depth):
            self._document.lines[(*path, key.value)] = _line(key)
            found[key.value] = self.build(value, (*path, key.value), depth + 1)
        return found

    def _pairs(self, node: MappingNode, path: Path, depth: int) -> list[tuple[Node, Node]]:
        """Return key and value nodes, merged mappings first so that a mapping's own keys win."""
        merged: dict[str, tuple[Node, Node]] = {}
        own: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                merged = {**self._merge(value, path, depth), **merged}
            elif not isinstance(key, ScalarNode):
                self._fault("a key must be a word", path, key, "a list or a mapping cannot be a key")
            elif key.value in own:
                first = _line(own[key.value][0])
                self._fault(
                    f"{key.value!r} is written twice",
                    (*path, key.value),
                    key,
                    f"first on line {first}; keep one of the two",
                )
            else:
                own[key.value] = (key, value)
        return list({**merged, **own}.values())

    def _merge(self, value: Node, path: Path, depth: int) -> dict[str, tuple[Node, Node]]:
        """Return the pairs that ``<<`` brings in; of several mappings the first wins."""
        sources = value.value if isinstance(value, SequenceNode) else [value]
        merged: dict[str, tuple[Node, Node]] = {}
        for source in reversed(sources):
            self._check_size(source, depth)
            if not isinstance(source, MappingNode):
                self._fault("<< needs a mapping", path, value, "such as `<<: *name`")
                continue
            for pair in self._pairs(source, path, depth + 1):
                merged[pair[0].value] = pair
        return merged

    def _scalar(self, node: Node, path: Path) -> Any:
        text: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if getattr(node, "style", None) is None:  # a text without quotes
            mark: Any = node.end_mark
            stop = mark.buffer.find("\n", mark.pointer)
            rest = str(mark.buffer[mark.pointer : None if stop < 0 else stop])
            if rest.lstrip(" \t").startswith("#"):
                self._document.behind[path] = rest
        if kind in ("str", "merge"):
            return self._text(text, node, path)
        if kind in ("int", "float"):
            return self._number(text, kind, node, path)
        if kind == "bool":
            return text.lower() == "true"
        if kind != "null":
            self._refuse_tag(node, path)
            return text
        return None

    def _number(self, text: str, kind: str, node: Node, path: Path) -> int | float:
        try:
            number: int | float
            if kind == "float":
                number = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
            elif _INT.fullmatch(text):
                base = {"0o": 8, "0x": 16}.get(text[:2], 10)
                number = int(text if base == 10 else text[2:], base)
            else:
                raise ValueError(text)
            if repr(number) != text:
                self._document.numbers[path] = text
            return number
        except ValueError:
            self._fault(f"{text[:20]!r} is not a number that can be read", path, node, "")
            return 0

    def _text(self, text: str, node: Node, path: Path) -> str:
        # JSON writes two escapes (\ud83c\udfb5) for an emoji; PyYAML leaves them apart.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        try:
            text.encode()
        except UnicodeEncodeError:
            hint = "remove the \\ud… escape"
            self._fault("half of a surrogate pair is not a character", path, node, hint)
            return text.encode(errors="replace").decode()
        return text

    def _check_tag(self, node: Node, kind: str, path: Path) -> None:
        if node.tag != _TAG + kind:
            self._refuse_tag(node, path)

    def _refuse_tag(self, node: Node, path: Path) -> None:
        hint = "write plain values, without !"
        self._fault(f"the tag {node.tag!r} is not supported", path, node, hint)

    def _fault(self, message: str, path: Path, node: Node, hint: str) -> None:
        self._document.faults.append(Fault(message, write_path(path), _line(node), hint))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _too_deep(line: int) -> _RefusedError:
    return _RefusedError(f"values nest more than {DEEPEST} levels deep", line, "a song spec needs five")


_SYNTAX_HINTS = (
    (r"found character '\\t'", "a tab", "indent with spaces; no tab stands before or behind a value"),
    (r"found character '[`@%]'", "", "put the value in quotes"),
    (
        r"found character '\|'|expected chomping or indentation|expected a comment or a line break",
        "a value begins with |",
        "start with a chord, or put the value in quotes",
    ),
    (
        r"mapping values are not allowed",
        "a colon where no key can stand",
        "quote a value that holds ': ', or mend the indentation",
    ),
    (r"could not find expected ':'", "a key has no colon", "write it as 'key: value'"),
    (
        r"while scanning a quoted scalar",
        "a quote is opened and never closed",
        "close it with the same quote",
    ),
    (
        r"expected ',' or '\]'",
        "a list opened with [ is not closed",
        "separate items by commas and end with ]",
    ),
    (
        r"expected ',' or '\}'",
        "a mapping opened with { is not closed",
        "separate entries by commas and end with }",
    ),
    (r"while parsing a flow", "a bracket is not closed", "each [ and { needs its ] or }"),
    (
        r"expected <block end>",
        "",
        "check the indentation: entries of one list or mapping begin in one column",
    ),
    (r"found undefined alias", "", "an alias *name needs an anchor &name before it"),
    (r"found duplicate anchor", "", "use another anchor name"),
    (r"found unknown escape character", "", "inside double quotes write \\\\ for a backslash"),
    (
        r"expected '<document start>'",
        "text that belongs to no key",
        "a spec has lines such as `description: …`",
    ),
    (
        r"expected a single document",
        "a second document begins here",
        "a file holds one song: remove the --- line",
    ),
)


_EATEN = re.compile(r"[\[{].*[ \t]#[^\s#]")
"""A bracket with a ``#`` behind it that makes a comment of the line's rest and its other bracket."""


def _syntax_fault(exc: yaml.MarkedYAMLError, text: str) -> Fault:
    """Return PyYAML's error in words that say what to do."""
    mark = exc.problem_mark or exc.context_mark
    begin = exc.context_mark or mark
    if mark is not None and begin is not None:
        written = text.split("\n")[begin.line : mark.line + 1]
        eaten = next((i for i, row in enumerate(written, begin.line + 1) if _EATEN.search(row)), None)
        if eaten is not None:
            message = "what stands behind # is taken for a comment, and a bracket is not closed"
            hint = "put the value with the # in quotes"
            return Fault(f"not valid YAML: {message}", line=eaten, hint=hint)
    problem = exc.problem or exc.context or "not YAML"
    said = f"{exc.context or ''} {problem}"
    column = f" at column {mark.column + 1}" if mark is not None else ""
    line = mark.line + 1 if mark is not None else None
    for pattern, message, hint in _SYNTAX_HINTS:
        if re.search(pattern, said):
            return Fault(f"not valid YAML{column}: {message or problem}", line=line, hint=hint)
    return Fault(f"not valid YAML{column}: {problem}", line=line)
