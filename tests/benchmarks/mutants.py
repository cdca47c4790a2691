"""Plant one fault at a time into a module: each mutant is the module with one small change.

The faults are those that slip in when code is written or edited: another comparison or operator, a number
that is off by one, a condition turned round, a statement, keyword argument, dict entry, tuple item or field
left out, a result that is not returned, two arguments swapped. Annotations, decorators, strings and
``repr=`` stay as they are.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "type_params"}
_SYMMETRIC = {"min", "max"}
_CACHES = {"lru_cache", "cache", "cached_property"}


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """A fault in a module: what a statement says, ``before``, and what it says with the fault, ``after``.

    ``lines`` are those of the statement; None where it runs once for many callers (at import, or in a
    cached function), so that it cannot be told which test runs it. ``compile`` returns the module's code.
    """

    path: Path
    line: int
    before: str
    after: str
    lines: range | None
    compile: Callable[[], CodeType]


def mutants_of(path: Path) -> list[Mutant]:
    """Return all mutants of a module, each different, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: dict[tuple[int, str], Mutant] = {}
    for site in _sites(tree):
        for replacement in _replacements(site.node, site.statement):
            mutant = _mutant(path, tree, site, replacement)
            if mutant.before != mutant.after:
                found.setdefault((mutant.line, mutant.after), mutant)
    return sorted(found.values(), key=lambda mutant: mutant.line)


@dataclass(frozen=True, slots=True)
class _Site:
    """A node, how it is put into its parent, and the statement and function that it belongs to."""

    node: ast.AST
    put: Callable[[ast.AST], None]
    statement: ast.stmt
    function: ast.FunctionDef | None


def _sites(tree: ast.Module) -> Iterator[_Site]:
    """Every node that may be changed, with its parent's slot."""

    def walk(
        parent: ast.AST, statement: ast.stmt | None, function: ast.FunctionDef | None
    ) -> Iterator[_Site]:
        for name, value in ast.iter_fields(parent):
            if name in _SKIPPED_FIELDS:
                continue
            inside = parent if isinstance(parent, ast.FunctionDef) and name == "body" else function
            for index, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or _stays(node):
                    continue
                owner = node if isinstance(node, ast.stmt) else statement
                if owner is not None and not _is_index(parent, name, node):
                    yield _Site(node, _putter(parent, name, index), owner, inside)
                yield from walk(node, owner, inside)

    yield from walk(tree, None, None)


def _stays(node: ast.AST) -> bool:
    """Return True for docstrings, imports and lists of public names, which are not behaviour."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return True
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _is_index(parent: ast.AST, name: str, node: ast.AST) -> bool:
    """Return True for the axes of an index: with one of them left out, nothing runs at all."""
    return isinstance(parent, ast.Subscript) and name == "slice" and isinstance(node, ast.Tuple)


def _putter(parent: ast.AST, name: str, index: int) -> Callable[[ast.AST], None]:
    def put(node: ast.AST) -> None:
        value = getattr(parent, name)
        if isinstance(value, list):
            value[index] = node
        else:
            setattr(parent, name, node)

    return put


def _mutant(path: Path, tree: ast.Module, site: _Site, replacement: ast.AST) -> Mutant:
    ast.copy_location(replacement, site.node)
    ast.fix_missing_locations(replacement)
    is_whole = site.node is site.statement
    before = _first_line(site.statement)
    site.put(replacement)
    after = _first_line(replacement if is_whole else site.statement)
    site.put(site.node)

    def compile_module() -> CodeType:
        site.put(replacement)
        try:
            return compile(tree, str(path), "exec")
        finally:
            site.put(site.node)

    return Mutant(path, site.statement.lineno, before, after, _lines(site), compile_module)


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]


def _lines(site: _Site) -> range | None:
    function = site.function
    if function is None or any(
        name in ast.unparse(decorator) for decorator in function.decorator_list for name in _CACHES
    ):
        return None
    body = getattr(site.statement, "body", None)
    last = body[0].lineno - 1 if body else site.statement.end_lineno
    return range(site.statement.lineno, max(last or 0, site.statement.lineno) + 1)


def _replacements(node: ast.AST, statement: ast.stmt) -> Iterator[ast.AST]:
    """What may stand in a node's place, wrongly."""
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    yield ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], comparators)
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            yield ast.BinOp(left, _OPERATORS[type(op)](), right)
        case ast.AugAssign(target, op, value) if type(op) in _OPERATORS:
            yield ast.AugAssign(target, _OPERATORS[type(op)](), value)
            yield ast.Pass()
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            for i in range(len(values)):
                rest = [*values[:i], *values[i + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.If(test, body, orelse) | ast.While(test, body, orelse):
            yield type(node)(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.comprehension(target, source, conditions, is_async) if conditions:
            yield ast.comprehension(target, source, [], is_async)
        case ast.Constant(value):
            yield from (ast.Constant(other) for other in _other_constants(value))
        case ast.Call(function, arguments, keywords):
            yield from _other_calls(function, arguments, keywords)
        case ast.Dict(keys, values):
            for i in range(len(keys)):
                yield ast.Dict([*keys[:i], *keys[i + 1 :]], [*values[:i], *values[i + 1 :]])
        case ast.Tuple(items, ast.Load()) | ast.List(items, ast.Load()) if len(items) > 1:
            for i in range(len(items)):
                yield type(node)([*items[:i], *items[i + 1 :]], ast.Load())
        case ast.Return(value) if value is not None and not _is_constant(value, None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.Raise() | ast.Continue() | ast.Break() | ast.Delete():
            yield ast.Pass()
        case ast.Assign(targets) if any(isinstance(t, ast.Attribute | ast.Subscript) for t in targets):
            yield ast.Pass()
        case ast.AnnAssign(ast.Name(), _, value) if (
            isinstance(statement, ast.AnnAssign) and value is not None
        ):
            yield ast.Pass()


def _is_constant(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _other_constants(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (value + 1, value - 1)
    if isinstance(value, float):
        return (2.0 * value, 0.5 * value) if value else (1.0,)
    return ()


def _other_calls(
    function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword]
) -> Iterator[ast.expr]:
    """A call without one of its keywords, or with two arguments swapped."""
    for i in (i for i, keyword in enumerate(keywords) if keyword.arg != "repr"):
        yield ast.Call(function, arguments, [*keywords[:i], *keywords[i + 1 :]])
    if ast.unparse(function) in _SYMMETRIC:
        return
    plain = [i for i, argument in enumerate(arguments) if not isinstance(argument, ast.Starred)]
    for one, other in itertools.pairwise(plain):
        swapped = list(arguments)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        yield ast.Call(function, swapped, keywords)
