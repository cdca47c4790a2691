"""The YAML files of ``structure/data``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

# libyaml's safe loader reads the same and is ten times as fast, where PyYAML was built with it.
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TEXT, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"


def read_data(*path: str) -> Any:
    """Return the plain data of the file at ``path`` under ``structure/data``."""
    return read_yaml(resources.files("structure").joinpath("data", *path).read_text(encoding="utf-8"))


def read_yaml(text: str) -> Any:
    """Return the plain data of YAML that is ours; :mod:`structure.loading` reads what a user writes.

    It is what PyYAML makes of it, in two thirds of the time.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _plain(node, loader)
    finally:
        loader.dispose()


def _plain(node: Node, loader: Any) -> Any:
    if isinstance(node, ScalarNode):
        return node.value if node.tag == _TEXT else loader.construct_object(node)
    if isinstance(node, MappingNode):
        if any(key.tag == _MERGE for key, _ in node.value):
            loader.flatten_mapping(node)
        return {_plain(key, loader): _plain(value, loader) for key, value in node.value}
    return [_plain(item, loader) for item in node.value]


def names_of_data(folder: str) -> tuple[str, ...]:
    """Return the names, without suffix and in order, of the files of a folder under ``structure/data``."""
    files = resources.files("structure").joinpath("data", folder).iterdir()
    return tuple(sorted(f.name.removesuffix(".yaml") for f in files if f.name.endswith(".yaml")))


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``over`` laid over ``base``, mapping by mapping; lists are replaced whole."""
    both = dict(base)
    for key, value in over.items():
        old = both.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            both[key] = merge(old, value)
        else:
            both[key] = value
    return both
