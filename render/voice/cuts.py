"""Where the graph of a Kokoro model can be cut, whatever its parts are called.

Exports of the model differ in the names of their nodes, in precision and in the tools that made them. What
they share is how the decoder begins: it lays phonemes, pitch and loudness over each other, pitch and
loudness behind a convolution of one channel each.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FLOAT, _INT64 = 1, 7
_STYLE = 256

_ON_THE_WAY = frozenset(
    {
        "Conv",
        "ConvInteger",
        "QLinearConv",
        "QuantizeLinear",
        "DequantizeLinear",
        "DynamicQuantizeLinear",
        "Cast",
        "Add",
        "Mul",
        "Identity",
    }
)
"""What lies between a convolution's result and what it reads, in exports of every precision."""

_DRAWS = frozenset({"RandomNormalLike", "RandomUniformLike"})
_PERIOD = 65_521
"""After so many values the noise that stands for chance comes again; at 24 kHz after 2.7 s."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Names in a graph: its inputs, what is read at the cut, and its output.

    ``phonemes`` are (1, 512, tokens), ``frames`` (1, 512, frames), ``pitch`` and ``energy`` have two values
    a frame, ``durations`` one a token.
    """

    tokens: str
    style: str
    speed: str
    phonemes: str
    durations: str
    frames: str
    pitch: str
    energy: str
    audio: str


def find_cuts(graph: Any) -> Cuts:
    """Return where an ONNX graph is to be cut. Raises ValueError, with what it lacks, for no Kokoro."""
    makers = {name: node for node in graph.node for name in node.output}
    tokens, style, speed = _find_inputs(graph)
    for node in graph.node:
        if node.op_type != "Concat" or len(node.input) != 3:
            continue
        frames, *others = node.input
        curves = [_find_curve(name, makers) for name in others]
        product = _behind_casts(frames, makers)
        if product is None or product.op_type != "MatMul" or None in curves:
            continue
        phonemes, alignment = product.input
        durations = next((one for one in _ancestors(alignment, makers) if _is_rounded(one, makers)), None)
        if durations is not None:
            audio = graph.output[0].name
            pitch, energy = (str(curve) for curve in curves)
            return Cuts(tokens, style, speed, phonemes, durations.output[0], frames, pitch, energy, audio)
    raise ValueError("it has no decoder that reads phonemes, pitch and loudness, as Kokoro's does")


def _find_inputs(graph: Any) -> tuple[str, str, str]:
    tokens, style, speed = "", "", ""
    for one in graph.input:
        kind = one.type.tensor_type
        if kind.shape.dim and kind.shape.dim[-1].dim_value == _STYLE:
            style = one.name
        elif kind.elem_type == _INT64 and len(kind.shape.dim) == 2:
            tokens = one.name
        elif len(kind.shape.dim) <= 1:
            speed = one.name
    missing = [
        name
        for name, found in (("tokens", tokens), ("a style of 256 numbers", style), ("a speed", speed))
        if not found
    ]
    if missing or len(graph.input) != 3:
        had = ", ".join(one.name for one in graph.input) or "none"
        raise ValueError(f"its inputs are not tokens, style and speed as Kokoro's are, but {had}")
    return tokens, style, speed


def _find_curve(name: str, makers: dict[str, Any]) -> str | None:
    """Return the curve that a convolution of one channel reads; None where there is no such thing."""
    waiting, seen = [name], set()
    while waiting:
        node = makers.get(waiting.pop())
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if node.op_type in ("Unsqueeze", "Reshape"):
            return str(node.input[0])
        if node.op_type in _ON_THE_WAY:
            waiting += node.input
    return None


def _behind_casts(name: str, makers: dict[str, Any]) -> Any:
    node = makers.get(name)
    while node is not None and node.op_type in ("Cast", "Identity"):
        node = makers.get(node.input[0])
    return node


def _ancestors(name: str, makers: dict[str, Any]) -> Iterator[Any]:
    """Yield the nodes that something is made by, the nearest first."""
    waiting, seen = [name], set()
    while waiting:
        node = makers.get(waiting.pop(0))
        if node is not None and id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting += node.input


def _is_rounded(node: Any, makers: dict[str, Any]) -> bool:
    """Return whether a node keeps rounded lengths from being none at all."""
    if node.op_type not in ("Clip", "Max"):
        return False
    before = _behind_casts(node.input[0], makers)
    return before is not None and before.op_type == "Round"


def without_chance(model: Any) -> None:
    """Put noise that is the same each time in place of all that a model draws at random."""
    onnx: Any = importlib.import_module("onnx")
    nodes = []
    for number, node in enumerate(model.graph.node):
        if node.op_type not in _DRAWS:
            nodes.append(node)
            continue
        kind = next((one.i for one in node.attribute if one.name == "dtype"), _FLOAT)
        nodes += _noise(onnx, node, f"{node.output[0]}_same_{number}", kind)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _noise(onnx: Any, node: Any, name: str, kind: int) -> list[Any]:
    """Return the nodes of a noise of the shape of what a node reads, of its mean and its spread."""
    had = {one.name: one.f for one in node.attribute if one.type == onnx.AttributeProto.FLOAT}
    is_normal = node.op_type == "RandomNormalLike"
    low, high = had.get("low", 0.0), had.get("high", 1.0)
    mean = had.get("mean", 0.0) if is_normal else 0.5 * (low + high)
    # the sum of three even noises between 0 and 1 is nearly normal, with a deviation of a half
    drawn = 3 if is_normal else 1
    spread = 2.0 * had.get("scale", 1.0) if is_normal else high - low
    helper = onnx.helper
    made: list[Any] = []

    def add(op: str, *given: str, **attributes: Any) -> str:
        out = f"{name}_{len(made)}"
        made.append(helper.make_node(op, list(given), [out], **attributes))
        return out

    def value(number: float, of: int = _FLOAT) -> str:
        return add("Constant", value=helper.make_tensor(f"{name}_value_{len(made)}", of, [], [number]))

    shape = add("Shape", node.input[0])
    count = add("ReduceProd", shape, keepdims=0)
    places = add("Range", value(0, _INT64), count, value(1, _INT64))
    places = add("Cast", add("Mod", places, value(_PERIOD, _INT64)), to=_FLOAT)
    total = value(-0.5 * drawn)
    for step in range(drawn):
        angle = add("Mul", places, value(12.9898 + 4.1414 * step))
        long = add("Mul", add("Sin", angle), value(43758.5453))
        total = add("Add", total, add("Sub", long, add("Floor", long)))
    noise = add("Add", add("Mul", total, value(spread)), value(mean))
    noise = add("Reshape", noise, shape)
    made.append(helper.make_node("Cast", [noise], [node.output[0]], to=kind))
    return made
