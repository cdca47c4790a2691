"""Nothing is loaded by pickle, and nothing but the place for weights speaks to the network."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.loops import for_each

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path
    for package in ("structure", "render", "composer", "songs")
    for path in (ROOT / package).rglob("*.py")
)
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
NETWORK = {"socket", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "huggingface_hub"}


@cache
def found_in(path: Path) -> tuple[frozenset[str], tuple[str, ...]]:
    """The packages that a module imports, and its calls that may run what a file says."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    return frozenset(imports(nodes)), tuple(unpickling(nodes))


def imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def keyword(call: ast.Call, name: str) -> object:
    """The constant given for a keyword; None where there is none."""
    found = [word.value for word in call.keywords if word.arg == name]
    return found[0].value if found and isinstance(found[0], ast.Constant) else None


def unpickling(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Calls that may run what a file says."""
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called == "torch.load" and keyword(node, "weights_only") is not True:
            yield f"line {node.lineno}: torch.load without weights_only=True"
        if called in ("np.load", "numpy.load") and keyword(node, "allow_pickle") is True:
            yield f"line {node.lineno}: numpy.load with pickle"
        if called in ("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "eval", "exec"):
            yield f"line {node.lineno}: {called}"
        if called.endswith("from_pretrained") and keyword(node, "use_safetensors") is False:
            yield f"line {node.lineno}: {called} without safetensors"
        if keyword(node, "trust_remote_code") is True:
            yield f"line {node.lineno}: trust_remote_code"


OF_CLUSTERS = ("composer", "engine")
"""What a command sends to the machines of its own cluster, and gets back: Ray pickles all of that itself,
and whoever may speak to a cluster may run code on it anyway. Nothing of a file or a user goes this way."""


@for_each("path", MODULES)
def test_nothing_is_loaded_by_pickle(path: Path) -> None:
    imported, calls = found_in(path)
    if path.relative_to(ROOT).parts[:2] != OF_CLUSTERS:
        assert not UNPICKLERS & imported
    assert calls == ()


@pytest.mark.parametrize(
    "text",
    [
        "torch.load(p)",
        "torch.load(p, weights_only=False)",
        "np.load(p, allow_pickle=True)",
        "yaml.load(t)",
        "Pipe.from_pretrained(p, use_safetensors=False)",
        "f(trust_remote_code=True)",
        "eval(t)",
    ],
)
def test_the_search_finds_what_it_is_for(text: str) -> None:
    assert list(unpickling(ast.walk(ast.parse(text))))


@pytest.mark.slow
def test_no_module_but_a_backends_speaks_to_the_network() -> None:
    for path in MODULES:
        # a cluster and a shared cache are where the user says, and reached only when named
        is_named = path.relative_to(ROOT).parts[:2] == OF_CLUSTERS or path.name == "shared.py"
        if (ROOT / "render" / "backends") not in path.parents and not is_named:
            assert not NETWORK & found_in(path)[0], path
