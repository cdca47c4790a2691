"""The shape of a checkout in figures: ``python tests/benchmarks/code_shape.py [--root DIR]``.

Counts lines, functions, parameters, names, imports, folders and circles, for the runtime code and for the
code that trains the model. It reads files and imports none of them, so that it runs on older commits too.
``--json FILE`` and ``--picture FILE.png`` write the figures and a picture of folders and imports.
``--trace`` renders a small song, or the one named, and lists the modules that it goes through from spec to
master. ``--field NAME`` is the field whose places are listed.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.code_tree import (
    MAY_IMPORT,
    Checkout,
    Function,
    Module,
    circles,
    layers,
)

LONG_BODY = 40
MANY_PARAMETERS = 7
WIDE_CALL = 6
GOD_FIELDS = 15
MOST_IN_FOLDER = 16
ROOT_ERROR = "RitornelloError"

IRREGULAR = frozenset(
    [
        "been",
        "begun",
        "beaten",
        "bitten",
        "blown",
        "born",
        "borne",
        "bought",
        "broken",
        "brought",
        "built",
        "caught",
        "chosen",
        "dealt",
        "done",
        "drawn",
        "driven",
        "dug",
        "eaten",
        "fallen",
        "fed",
        "flown",
        "forgotten",
        "found",
        "frozen",
        "given",
        "gone",
        "grown",
        "heard",
        "held",
        "hidden",
        "hung",
        "kept",
        "known",
        "laid",
        "led",
        "lent",
        "lit",
        "lost",
        "made",
        "meant",
        "met",
        "overheard",
        "paid",
        "rewritten",
        "risen",
        "said",
        "seen",
        "sent",
        "shaken",
        "shown",
        "sold",
        "sought",
        "spent",
        "spoken",
        "stolen",
        "stood",
        "struck",
        "stuck",
        "sung",
        "sworn",
        "swung",
        "taken",
        "taught",
        "thought",
        "thrown",
        "told",
        "torn",
        "undone",
        "understood",
        "withheld",
        "won",
        "worn",
        "woven",
        "written",
    ]
)
"""Participles without -ed; not those that are verbs or nouns too (read, cut, put, set, left, bound)."""

NO_PARTICIPLES = frozenset(
    [
        "bed",
        "bleed",
        "breed",
        "embed",
        "exceed",
        "feed",
        "hundred",
        "indeed",
        "need",
        "proceed",
        "red",
        "seed",
        "speed",
    ]
)


def is_participle(word: str) -> bool:
    """Return True for a past participle: told, conformed."""
    return word in IRREGULAR or (len(word) > 3 and word.endswith("ed") and word not in NO_PARTICIPLES)


def has_participle_name(name: str) -> bool:
    """Return True if a function's name begins with a participle, or ends in "said"."""
    words = name.strip("_").split("_")
    return is_participle(words[0]) or words[-1] == "said"


def is_private(name: str) -> bool:
    """Return True for names with one leading underscore; ``__init__`` and its like are neither."""
    return name.startswith("_") and not name.startswith("__")


def body_lines(function: Function) -> int:
    """Count a function's lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: Function) -> list[ast.arg]:
    """List the named parameters, without self, cls, ``*args`` and ``**kwargs``."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return named[1:] if named and named[0].arg in ("self", "cls") else named


def all_parameters(function: Function) -> list[ast.arg]:
    """List what a caller can give, with ``*args`` and ``**kwargs``."""
    stars = (function.args.vararg, function.args.kwarg)
    return [*parameters(function), *(star for star in stars if star is not None)]


def named_once(module: Module) -> list[str]:
    """List the private functions of a module that the rest of it names exactly once."""
    names = Counter(node.id for node in module.nodes if isinstance(node, ast.Name))
    names += Counter(node.attr for node in module.nodes if isinstance(node, ast.Attribute))
    top = (node.name for node in module.tree.body if isinstance(node, Function))
    return [name for name in top if is_private(name) and names[name] == 1]


def called_once(module: Module) -> list[str]:
    """List those of :func:`named_once` that are called, and neither cached nor an entry of a table."""
    called = {
        node.func.id
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    plain = {
        node.name for node in module.tree.body if isinstance(node, Function) and not node.decorator_list
    }
    return [name for name in named_once(module) if name in called & plain]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentile(values: Sequence[int], percent: float) -> int:
    return int(np.percentile(values, percent, method="higher")) if values else 0


def size_figures(modules: Sequence[Module]) -> dict[str, Any]:
    """Count lines and files."""
    lines = [module.lines for module in modules]
    longest = max(modules, key=lambda module: module.lines, default=None)
    return {
        "source_lines": sum(lines),
        "files": len(lines),
        "module_lines_median": float(np.median(lines)) if lines else 0,
        "module_lines_max": max(lines, default=0),
        "longest_module": longest.path if longest else "",
    }


def function_figures(modules: Sequence[Module]) -> dict[str, Any]:
    """Measure functions: how long, with how many parameters, private or not, and how they are named."""
    functions = [function for module in modules for function in module.functions]
    bodies = [body_lines(function) for function in functions]
    counts = [len(parameters(function)) for function in functions]
    named = [parameter for function in functions for parameter in all_parameters(function)]
    public = [function for function in functions if not function.name.startswith("_")]
    private = sum(is_private(function.name) for function in functions)
    once = sum(len(named_once(module)) for module in modules)
    plainly = sum(len(called_once(module)) for module in modules)
    participles = [function for function in functions if has_participle_name(function.name)]
    public_participles = sum(not function.name.startswith("_") for function in participles)
    documented = sum(ast.get_docstring(function) is not None for function in public)
    return {
        "functions": len(functions),
        "body_lines_median": _percentile(bodies, 50),
        "body_lines_p90": _percentile(bodies, 90),
        "body_lines_p99": _percentile(bodies, 99),
        "body_lines_max": max(bodies, default=0),
        "functions_over_40_lines": sum(lines > LONG_BODY for lines in bodies),
        "parameters_mean": round(float(np.mean(counts)), 2) if counts else 0,
        "parameters_p90": _percentile(counts, 90),
        "parameters_max": max(counts, default=0),
        "functions_with_7_parameters_or_more": sum(count >= MANY_PARAMETERS for count in counts),
        "private_share": _share(private, len(functions)),
        "private_called_once": plainly,
        "private_called_once_share": _share(plainly, len(functions)),
        "private_named_once": once,
        "private_named_once_share": _share(once, len(functions)),
        "participle_names": len(participles),
        "participle_names_share": _share(len(participles), len(functions)),
        "participle_names_public": public_participles,
        "participle_names_public_share": _share(public_participles, len(public)),
        "parameters_annotated_share": _share(sum(p.annotation is not None for p in named), len(named)),
        "public_with_docstring_share": _share(documented, len(public)),
    }


def import_figures(checkout: Checkout, modules: Sequence[Module]) -> dict[str, Any]:
    """Count import statements that are not at the top of their module."""
    late = own = indented = 0
    for module in modules:
        for node, in_function, is_indented in module.import_statements:
            indented += is_indented
            late += in_function
            names = checkout.imported_names(module, node)
            own += in_function and any(name.partition(".")[0] in MAY_IMPORT for name in names)
    return {"imports_in_functions": late, "own_imports_in_functions": own, "imports_indented": indented}


def _last_name(node: ast.AST) -> str:
    """Find the name that a call or a base class ends in: Clip for request.Clip(...)."""
    if isinstance(node, ast.Call | ast.Subscript):
        return _last_name(node.func if isinstance(node, ast.Call) else node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def heirs(classes: Sequence[ast.ClassDef], roots: set[str]) -> set[str]:
    """Names of the classes that descend from ``roots``, by the names of their bases."""
    found = set(roots)
    while True:
        more = {node.name for node in classes if found & {_last_name(base) for base in node.bases}} - found
        if not more:
            return found - roots
        found |= more


def field_count(node: ast.ClassDef) -> int:
    """Count the fields that the body of a dataclass or model declares."""
    return sum(
        isinstance(item, ast.AnnAssign) and not ast.unparse(item.annotation).startswith("ClassVar")
        for item in node.body
    )


def class_figures(checkout: Checkout, modules: Sequence[Module]) -> dict[str, Any]:
    """Count wide rows: records of many fields, and constructions by position; and the errors."""
    everywhere = [node for module in checkout.modules.values() for node in module.classes]
    names = {node.name for node in everywhere} | {"cls"}
    models = heirs(everywhere, {"BaseModel", "NamedTuple", "TypedDict"})
    errors = heirs(everywhere, {ROOT_ERROR})
    classes = [node for module in modules for node in module.classes]
    records = [
        node
        for node in classes
        if node.name in models or any("dataclass" in _last_name(mark) for mark in node.decorator_list)
    ]
    wide = {node.name: field_count(node) for node in records if field_count(node) > GOD_FIELDS}
    calls = [node for module in modules for node in module.nodes if isinstance(node, ast.Call)]
    positional = Counter(
        _last_name(call)
        for call in calls
        if len(call.args) >= WIDE_CALL and isinstance(call.func, ast.Name | ast.Attribute)
    )
    raised = [node for module in modules for node in module.nodes if isinstance(node, ast.Raise)]
    return {
        "wide_positional_constructions": sum(positional[name] for name in names),
        "wide_positional_classes": {n: count for n, count in positional.most_common() if n in names},
        "records_over_15_fields": len(wide),
        "records_over_15_fields_names": dict(sorted(wide.items(), key=lambda item: -item[1])),
        "raises_of_root_error": sum(_last_name(node.exc) == ROOT_ERROR for node in raised if node.exc),
        "error_classes": sum(node.name in {*errors, ROOT_ERROR} for node in classes),
        "error_classes_public": sum(
            node.name in {*errors, ROOT_ERROR} and not is_private(node.name) for node in classes
        ),
    }


def decibel_figures(modules: Sequence[Module]) -> dict[str, Any]:
    """Count conversions from and to dB that are written out, outside modules that are named for them."""
    nodes = [
        node
        for module in modules
        if not module.path.endswith("/levels.py")
        for node in module.nodes
        if isinstance(node, ast.BinOp)
    ]
    return {
        "inline_10_power_x_by_20": sum(_is_ratio(node, 20.0) for node in nodes),
        "inline_10_power_x_by_10": sum(_is_ratio(node, 10.0) for node in nodes),
        "inline_20_log10": sum(_is_level(node, 20.0) for node in nodes),
        "inline_10_log10": sum(_is_level(node, 10.0) for node in nodes),
    }


def _number(node: ast.AST) -> float | None:
    if isinstance(node, ast.UnaryOp):
        return _number(node.operand)
    is_number = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    return float(node.value) if is_number else None  # type: ignore[attr-defined]


def _is_ratio(node: ast.BinOp, by: float) -> bool:
    exponent = node.right
    while isinstance(exponent, ast.UnaryOp):
        exponent = exponent.operand
    is_power = isinstance(node.op, ast.Pow) and _number(node.left) == 10.0
    is_division = isinstance(exponent, ast.BinOp) and isinstance(exponent.op, ast.Div)
    return is_power and is_division and _number(exponent.right) == by  # type: ignore[attr-defined]


def _is_level(node: ast.BinOp, factor: float) -> bool:
    sides = (node.left, node.right)
    return isinstance(node.op, ast.Mult) and any(
        _number(one) == factor and isinstance(other, ast.Call) and _last_name(other) == "log10"
        for one, other in (sides, sides[::-1])
    )


def docstring_figures(checkout: Checkout) -> Callable[[Sequence[Module]], dict[str, Any]]:
    """Run ruff's D401 (not imperative) and D205 (no summary line); without ruff there are no figures."""
    beside = Path(sys.executable).with_name("ruff")
    ruff = shutil.which("ruff") or (str(beside) if beside.exists() else None)
    if ruff is None or not checkout.modules:
        return lambda modules: {}
    packages = [package for package in MAY_IMPORT if (checkout.root / package).is_dir()]
    command = [ruff, "check", "--isolated", "--no-cache", "--exit-zero", "--select", "D401,D205"]
    run = subprocess.run(
        [*command, "--output-format", "json", *packages],
        check=True,
        cwd=checkout.root,
        capture_output=True,
        text=True,
    )
    root = checkout.root.resolve()
    found = Counter(
        (Path(item["filename"]).resolve().relative_to(root).as_posix(), item["code"])
        for item in json.loads(run.stdout)
    )

    def figures(modules: Sequence[Module]) -> dict[str, Any]:
        docstrings = sum(
            ast.get_docstring(node) is not None
            for module in modules
            for node in module.functions
            if not any("property" in _last_name(mark) for mark in node.decorator_list)
        )
        not_imperative = sum(found[module.path, "D401"] for module in modules)
        return {
            "docstrings_not_imperative": not_imperative,
            "docstrings_not_imperative_share": _share(not_imperative, docstrings),
            "docstrings_without_summary_line": sum(found[module.path, "D205"] for module in modules),
        }

    return figures


def folder_figures(checkout: Checkout) -> list[dict[str, Any]]:
    """Measure each folder that holds modules.

    ``modules`` lie directly in it, without ``__init__.py``. ``units`` are these and its subfolders, each as
    one; ``layers`` and ``imports`` are those of the units among themselves.
    """
    rows = []
    for folder in sorted({module.folder for module in checkout.modules.values()}):
        inside = [module for module in checkout.modules.values() if module.folder == folder]
        graph = checkout.unit_graph(folder)
        rows.append(
            {
                "folder": folder,
                "modules": sum(not module.is_init for module in inside),
                "lines": sum(module.lines for module in inside),
                "units": graph.number_of_nodes(),
                "layers": layers(graph),
                "imports": graph.number_of_edges(),
            }
        )
    return rows


def layout_figures(checkout: Checkout) -> dict[str, Any]:
    """Measure folders and the imports between them."""
    folders = folder_figures(checkout)
    graph = checkout.folder_graph()
    between_folders, between_modules = circles(graph), circles(checkout.module_graph())
    upward = checkout.upward_imports()
    return {
        "folders": len(folders),
        "most_modules_in_a_folder": max((row["modules"] for row in folders), default=0),
        "folders_over_16_modules": sum(row["modules"] > MOST_IN_FOLDER for row in folders),
        "deepest_layers_in_a_folder": max((row["layers"] for row in folders), default=0),
        "imports_between_modules": len(checkout.pairs),
        "imports_between_folders": graph.number_of_edges(),
        "layers_of_folders": layers(graph),
        "circles_between_folders": len(between_folders),
        "folders_in_circles": sum(map(len, between_folders)),
        "circles_between_modules": len(between_modules),
        "modules_in_circles": sum(map(len, between_modules)),
        "imports_upwards": len(upward),
        "circles_of_folders": between_folders,
        "circles_of_modules": between_modules,
        "upward_imports": [f"{found.source}:{found.line} imports {found.target}" for found in upward],
        "per_folder": folders,
    }


def figures_of_tests(checkout: Checkout, runtime_lines: int) -> dict[str, Any]:
    """Count the lines of the tests, beside those of the runtime code."""
    files = (checkout.root / "tests").rglob("*.py")
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    whole = sum(module.lines for module in checkout.modules.values())
    return {
        "test_lines": lines,
        "test_lines_by_source_lines": _share(lines, whole),
        "test_lines_by_runtime_lines": _share(lines, runtime_lines),
    }


def field_places(checkout: Checkout, name: str) -> list[str]:
    """List the places in runtime code that name a field, as ``path:line``, once for each mention."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    return [
        f"{path}:{number}"
        for path, module in sorted(checkout.modules.items())
        if not module.is_training
        for number, line in enumerate(module.text.splitlines(), 1)
        for _ in word.finditer(line)
    ]


def shape(root: Path, field: str = "timbre_variation") -> dict[str, Any]:
    """Measure a checkout.

    ``code`` has the same figures for ``runtime``, ``training`` and ``all`` of it; ``layout``, ``tests`` and
    ``field`` are about the whole. Raises SyntaxError where a file is no Python.
    """
    checkout = Checkout(root)
    everything = list(checkout.modules.values())
    docstrings = docstring_figures(checkout)
    parts = {
        "runtime": [module for module in everything if not module.is_training],
        "training": [module for module in everything if module.is_training],
        "all": everything,
    }
    code = {
        part: {
            **size_figures(modules),
            **function_figures(modules),
            **docstrings(modules),
            **import_figures(checkout, modules),
            **class_figures(checkout, modules),
            **decibel_figures(modules),
        }
        for part, modules in parts.items()
    }
    places = field_places(checkout, field)
    files = sorted({place.rpartition(":")[0] for place in places})
    return {
        "code": code,
        "layout": layout_figures(checkout),
        "tests": figures_of_tests(checkout, code["runtime"]["source_lines"]),
        "field": {"name": field, "places": places, "files": files},
    }


def _plain(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith("_share"):
        return f"{100 * value:.1f} %"
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def _words(name: str) -> str:
    return re.sub(r"_share$", ", share", name).replace("_", " ")


def text(figures: dict[str, Any]) -> Iterator[str]:
    """Write the figures as lines of text."""
    parts = list(figures["code"])
    yield f"{'':42}" + "".join(f"{part:>14}" for part in parts)
    for name, value in figures["code"]["all"].items():
        if isinstance(value, int | float) or value is None:
            cells = (_plain(name, figures["code"][part].get(name)) for part in parts)
            yield f"{_words(name):42}" + "".join(f"{cell:>14}" for cell in cells)
    yield ""
    for name, value in {**figures["layout"], **figures["tests"]}.items():
        if isinstance(value, int | float) or value is None:
            yield f"{_words(name):42}{_plain(name, value):>14}"
    yield f"\n{'folder (units: modules and subfolders)':50} modules   lines   units  layers imports"
    for row in figures["layout"]["per_folder"]:
        cells = (f"{row[name]:>8}" for name in ("modules", "lines", "units", "layers", "imports"))
        yield f"  {row['folder']:48}" + "".join(cells)
    yield from _lists(figures)


def _lists(figures: dict[str, Any]) -> Iterator[str]:
    layout, code, field = figures["layout"], figures["code"]["all"], figures["field"]
    for name in ("circles_of_folders", "circles_of_modules"):
        yield f"\n{_words(name)}: {len(layout[name])}"
        yield from (f"  {' <-> '.join(group)}" for group in layout[name])
    yield f"\nimports upwards: {layout['imports_upwards']}"
    yield from (f"  {line}" for line in layout["upward_imports"])
    for name in ("records_over_15_fields_names", "wide_positional_classes"):
        yield f"\n{_words(name)}:"
        yield "  " + (", ".join(f"{key} {count}" for key, count in code[name].items()) or "none")
    places = Counter(place.rpartition(":")[0] for place in field["places"])
    yield f"\nthe field {field['name']}: {len(field['places'])} places in {len(places)} files"
    yield from (f"  {place}" for place in field["places"])
    if "walk" in figures:
        walk = figures["walk"]
        yield f"\nmodules from spec to master: {len(walk['through'])} that the song goes through"
        yield from (f"  {path}: {', '.join(names)}" for path, names in walk["through"].items())
        yield f"and {len(walk['asked'])} that are asked on the way and pass nothing on"
        yield from (f"  {path}: {', '.join(names)}" for path, names in walk["asked"].items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--root", type=Path, default=here, help="the checkout to measure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--picture", type=Path, metavar="FILE.png", help="draw folders and imports there")
    parser.add_argument("--trace", nargs="?", const="", metavar="SPEC", help="follow a render")
    parser.add_argument("--field", default="timbre_variation", help="the field whose places are listed")
    options = parser.parse_args()
    root = options.root.resolve()
    figures = shape(root, options.field)
    if options.trace is not None:
        from tests.benchmarks.code_walk import follow_render

        figures["walk"] = follow_render(root, options.trace)
    print("\n".join(text(figures)))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.picture:
        from tests.benchmarks.code_picture import draw

        draw(Checkout(root), options.picture)


if __name__ == "__main__":
    main()
