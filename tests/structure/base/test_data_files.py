"""The files of data that the package carries say each thing once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import structure
from structure.base.datafiles import read_yaml

FILES = sorted((Path(structure.__file__).parent / "data").rglob("*.yaml"))


def repeated(node: yaml.Node | None) -> Iterator[str]:
    """Yield the keys that a mapping has twice, with their lines: YAML keeps the last and says nothing."""
    if isinstance(node, yaml.MappingNode):
        counts = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, value in node.value:
            if counts[key.value] > 1:
                yield f"line {key.start_mark.line + 1}: {key.value}"
            yield from repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from repeated(value)


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda folder: folder.name)
def test_no_key_stands_twice(folder: Path) -> None:
    files = [path for path in FILES if path.parent == folder]
    found = {
        path.name: said
        for path in files
        if (said := list(repeated(yaml.compose(path.read_text(encoding="utf-8"), yaml.CSafeLoader))))
    }
    assert files
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "{a: 1, 2: [x, 1.5, true, null, 0x10, 1:30]}",
        "base: &b {x: 1, y: [2]}\nmore: {<<: *b, y: 3}\nsame: *b\n",
        "- |\n  two\n  lines\n- 'quo''ted'\n- 2001-01-01\n",
        *(path.read_text("utf-8") for path in sorted(FILES, key=lambda path: path.stat().st_size)[:5]),
    ],
)
def test_our_yaml_is_read_as_pyyaml_reads_it(text: str) -> None:
    assert repr(read_yaml(text)) == repr(yaml.safe_load(text))
