"""Read the modules of a checkout, and who imports whom, without importing any of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import networkx as nx

MAY_IMPORT = {
    "structure": {"structure"},
    "songs": {"songs", "structure"},
    "render": {"render", "structure"},
    "composer": {"composer", "render", "songs", "structure"},
    "training": {"training", "composer", "render", "songs", "structure"},
}
"""Which of our own packages each may import. Any other import of our own runs upwards."""

TRAINING = ("training", "render/model/training", "render/model/evaluation", "render/model/evaluate.py")
"""Where the code that trains and judges the model lies, now or earlier. It is no runtime code."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name's module: by whom, of whom (paths), on which line, and inside a function or not."""

    source: str
    target: str
    line: int
    in_function: bool


@dataclass(frozen=True)
class Module:
    """A Python file of a checkout. ``path`` is relative to the checkout, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    @property
    def lines(self) -> int:
        """Lines of the file, empty ones too."""
        return len(self.text.splitlines())

    @property
    def name(self) -> str:
        """Dotted name; that of the package for an ``__init__.py``."""
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def folder(self) -> str:
        """Path of the folder that the file lies in."""
        return str(PurePosixPath(self.path).parent)

    @property
    def is_training(self) -> bool:
        """True for code that trains or judges the model."""
        return any(self.path == place or self.path.startswith(f"{place}/") for place in TRAINING)

    @property
    def package(self) -> str:
        """Top-level package, where training counts as one of its own wherever it lies."""
        return "training" if self.is_training else self.path.partition("/")[0]

    @property
    def is_init(self) -> bool:
        """True for the ``__init__.py`` of a folder."""
        return self.path.endswith("__init__.py")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree, in any order."""
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[Function]:
        """All functions and methods, nested ones too."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        """All classes, nested ones too."""
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @cached_property
    def import_statements(self) -> list[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
        """Each import, whether it is inside a function, and whether it is indented at all."""
        return list(_import_statements(self.tree, in_function=False, indented=False))


def _import_statements(
    node: ast.AST, *, in_function: bool, indented: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    in_function = in_function or isinstance(node, Function)
    indented = indented or not isinstance(node, ast.Module)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, in_function, indented
        yield from _import_statements(child, in_function=in_function, indented=indented)


class Checkout:
    """All modules of our own packages in a checkout, by path, and their imports of one another."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules = {
            path: Module(path, (root / path).read_text(encoding="utf-8"))
            for package in MAY_IMPORT
            for path in sorted(file.relative_to(root).as_posix() for file in (root / package).rglob("*.py"))
        }
        self._paths = {module.name: path for path, module in self.modules.items()}
        self.imports = [found for module in self.modules.values() for found in self._imports_of(module)]

    def imported_names(self, module: Module, node: ast.Import | ast.ImportFrom) -> list[str]:
        """Full dotted names that an import statement brings in."""
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        base = node.module or ""
        if node.level:
            above = module.folder.split("/")
            above = above[: len(above) - node.level + 1]
            base = ".".join([*above, base]).rstrip(".")
        return [f"{base}.{alias.name}" for alias in node.names]

    def own_path(self, name: str) -> str | None:
        """Path of the module of ours that holds a dotted name, if any."""
        while name:
            if name in self._paths:
                return self._paths[name]
            name = name.rpartition(".")[0]
        return None

    def _imports_of(self, module: Module) -> Iterator[Import]:
        for node, in_function, _ in module.import_statements:
            for name in self.imported_names(module, node):
                target = self.own_path(name)
                if target is not None and target != module.path:
                    yield Import(module.path, target, node.lineno, in_function)

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """Who imports whom, by path; an import that is written twice counts once."""
        return {(found.source, found.target) for found in self.imports}

    def module_graph(self) -> nx.DiGraph:
        """Modules, and an edge from each to what it imports, late imports too."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.modules)
        graph.add_edges_from(sorted(self.pairs))
        return graph

    def folder_graph(self) -> nx.DiGraph:
        """Folders that hold modules; edges have ``count``, the number of pairs of modules behind them."""
        graph = nx.DiGraph()
        for module in self.modules.values():
            graph.add_node(module.folder)
        counts = Counter((self.modules[a].folder, self.modules[b].folder) for a, b in sorted(self.pairs))
        graph.add_edges_from((a, b, {"count": count}) for (a, b), count in counts.items() if a != b)
        return graph

    def unit_graph(self, folder: str) -> nx.DiGraph:
        """What lies directly in a folder: its modules, and its subfolders, each as one."""
        graph = nx.DiGraph()
        for path in self.modules:
            if PurePosixPath(path).is_relative_to(folder) and not self._is_bare_init(path):
                graph.add_node(_unit(path, folder))
        for a, b in sorted(self.pairs):
            one, other = _unit(a, folder), _unit(b, folder)
            if one in graph and other in graph and one != other:
                graph.add_edge(one, other)
        return graph

    def _is_bare_init(self, path: str) -> bool:
        module = self.modules[path]
        return module.is_init and len(module.tree.body) <= 1

    def upward_imports(self) -> list[Import]:
        """Imports of a package that the importing one must not know."""
        return [
            found
            for found in self.imports
            if self.modules[found.target].package not in MAY_IMPORT[self.modules[found.source].package]
        ]


def _unit(path: str, folder: str) -> str:
    """What a path is part of, directly below a folder; "" where it does not lie there."""
    if not path.startswith(f"{folder}/"):
        return ""
    return path[len(folder) + 1 :].partition("/")[0]


def circles(graph: nx.DiGraph) -> list[list[str]]:
    """Groups of nodes that all reach one another, the largest first."""
    groups = [sorted(group) for group in nx.strongly_connected_components(graph) if len(group) > 1]
    return sorted(groups, key=lambda group: (-len(group), group))


def layers(graph: nx.DiGraph) -> int:
    """How many nodes the longest way down the imports has; a circle counts as one."""
    if not graph:
        return 0
    return int(nx.dag_longest_path_length(nx.condensation(graph))) + 1
