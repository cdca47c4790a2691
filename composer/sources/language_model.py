"""Plans what a song spec leaves open by a language model: a local instruction model that the user names.

The model writes JSON, and can write nothing but JSON that the spec's schema allows (see
:mod:`composer.sources.constrained`). What the user or the description has settled is not asked of it. Its
answer is read by the spec's own loader and must plan to a song; otherwise it is asked again, told what was
wrong. The rules of :mod:`structure` plan whatever it does not say.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.sources.constrained import PatternConstraint, Vocabulary, schema_pattern
from structure.base.errors import PlanError, PlannerError, SpecError
from structure.base.labels import kind_of
from structure.base.seeds import derive_seed
from structure.base.types import ROLES
from structure.description.reading import Reading, read_description
from structure.harmony.keys import USUAL_TONICS, parse_key
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec

ATTEMPTS = 3
"""The first takes the likeliest words, further ones are sampled."""

_LONGEST_ANSWER = 1200
_TEMPERATURE = 0.8
_CHOICES = 8

_METERS = ("4/4", "3/4", "6/8", "12/8", "5/4")
_NUMERALS = {
    "major": ("I", "ii", "iii", "IV", "V", "V7", "vi", "Imaj7", "ii7", "IVmaj7", "vi7", "bVII"),
    "minor": ("i", "III", "iv", "v", "V", "V7", "VI", "VII", "i7", "iv7", "VImaj7"),
}
_SECTIONS = (
    "intro",
    "verse",
    "prechorus",
    "chorus",
    "bridge",
    "solo",
    "interlude",
    "breakdown",
    "build",
    "drop",
    "outro",
)
_WRITTEN_OUT = ("verse", "chorus", "bridge")
"""Sections whose chords and energy the model may choose."""


@dataclass(frozen=True)
class _Writer:
    """A loaded model, its tokenizer, and the texts of its tokens."""

    model: Any
    tokenizer: Any
    vocabulary: Vocabulary


def plan_by_language_model(spec: SongSpec, folder: Path) -> SongSpec:
    """The spec with its gaps filled by the model in ``folder``. The same spec, model and machine give the
    same answer.

    Raises PlannerError where the model cannot be loaded or gives no song.
    """
    reading = read_description(spec.description or "")
    schema = planner_schema(spec, reading)
    if not any(option["properties"] for option in schema["oneOf"]):
        return spec
    writer = _load(folder)
    complaint = ""
    for attempt in range(ATTEMPTS):
        answer = _write(
            writer, _request(spec, complaint), schema, derive_seed(spec.seed, "planner", attempt), attempt
        )
        try:
            return _checked(spec, reading, json.loads(answer))
        except json.JSONDecodeError:
            complaint = f"the answer did not end within {_LONGEST_ANSWER} tokens"
        except (SpecError, PlanError) as exc:
            complaint = str(exc).splitlines()[0]
    raise PlannerError(
        f"the language model in {folder} gave no song in {ATTEMPTS} attempts: {complaint}", path=folder
    )


def planner_schema(spec: SongSpec, reading: Reading) -> dict[str, Any]:
    """What the model is asked for: the fields of a song that neither the spec nor its description settles.

    One alternative for each mode, since chords go with it; all keys are to be written in their order.
    """
    key = spec.key or reading.key
    families = [parse_key(key).family] if key else [reading.mode] if reading.mode else ["major", "minor"]
    return {"oneOf": [_fields(spec, reading, family) for family in families]}


def _fields(spec: SongSpec, reading: Reading, family: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if not (spec.title or reading.title):
        fields["title"] = _text(48, first="[A-Z]")
    if not (spec.genre or _is_known(reading, "genre", reading.style)):
        fields["genre"] = {"enum": list(style_names())}
    if not (spec.tempo or reading.tempo_bpm or _is_known(reading, "pace", reading.pace)):
        fields["tempo"] = {"type": "integer", "minimum": 50, "maximum": 190}
    if not (spec.key or reading.key):
        fields["key"] = {"enum": [f"{tonic} {family}" for tonic in USUAL_TONICS[family]]}
    if not (spec.meter or reading.meter):
        fields["meter"] = {"enum": list(_METERS)}
    if not (spec.stems or reading.instruments):
        fields["stems"] = _stems(reading)
    if not (spec.form or reading.form or reading.placements or spec.sections):
        unwanted = {kind for kind, is_wanted in reading.section_hints if not is_wanted}
        wanted = [kind for kind, is_wanted in reading.section_hints if is_wanted]
        names = [name for name in dict.fromkeys((*_SECTIONS, *wanted)) if name not in unwanted]
        fields["form"] = {"type": "array", "items": {"enum": names}, "minItems": 4, "maxItems": 14}
        fields["sections"] = _sections([name for name in _WRITTEN_OUT if name not in unwanted], family)
    return {"type": "object", "properties": fields, "required": list(fields)}


def _is_known(reading: Reading, field: str, value: object) -> bool:
    """True for what rules have read; a guess is left to the model."""
    return value is not None and field not in {guess.field for guess in reading.guesses}


def _text(longest: int, first: str = "[a-z]") -> dict[str, Any]:
    """Words with single spaces."""
    return {"type": "string", "pattern": rf"{first}[a-z]+(?:[ -][A-Za-z]{{1,12}}){{0,{longest // 13}}}"}


def _stems(reading: Reading) -> dict[str, Any]:
    roles = [role for role in ROLES if role not in reading.unwanted] or list(ROLES)
    stem = {"type": "object", "properties": {"role": {"enum": roles}, "prompt": _text(52)}}
    return {"type": "array", "items": stem, "minItems": min(3, len(roles)), "maxItems": 6}


def _sections(names: list[str], family: str) -> dict[str, Any]:
    chord = "|".join(_NUMERALS[family])
    section = {
        "type": "object",
        "properties": {
            "chords": {"type": "string", "pattern": rf"(?:{chord})(?: \| (?:{chord})){{3}}"},
            "energy": {"enum": [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]},
        },
    }
    return {"type": "object", "properties": dict.fromkeys(names, section)}


def _load(folder: Path) -> _Writer:
    """The model and the tokenizer of a folder; code in it is not run. Raises PlannerError."""
    if not (folder / "config.json").is_file():
        raise PlannerError(f"{folder} holds no language model: it has no config.json", path=folder)
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from render.model.text import quiet_loading

    where = str(folder)
    try:
        with quiet_loading():
            tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(where, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as exc:
        reason = str(exc).strip().partition("\n")[0]
        raise PlannerError(
            f"the language model in {folder} cannot be loaded: {reason}", path=folder
        ) from exc
    if tokenizer.eos_token_id is None:
        raise PlannerError(f"the tokenizer in {folder} has no token for the end of a text", path=folder)
    return _Writer(model.eval(), tokenizer, Vocabulary(tokenizer))


def _request(spec: SongSpec, complaint: str) -> str:
    """What the model is told."""
    settled = spec.model_dump(mode="json", exclude_unset=True, exclude={"description"})
    parts = [
        "Plan a song that a good songwriter would sign. Answer with one JSON object and nothing else: "
        "title, genre, tempo in beats a minute, key, meter, stems (role and a short description of the "
        "sound), form (the sections in their order) and sections (chords as roman numerals, energy from 0 "
        "to 1), as far as they are still open.",
        f"The song: {spec.description or 'free'}",
    ]
    if settled:
        parts.append(f"Settled already: {json.dumps(settled, ensure_ascii=False)}")
    if complaint:
        parts.append(f"An earlier answer was refused: {complaint}")
    return "\n".join(parts)


def _write(writer: _Writer, request: str, schema: Mapping[str, Any], seed: int, attempt: int) -> str:
    """The model's answer, a text that begins a match of the schema's pattern."""
    import torch

    inputs = _tokens(writer.tokenizer, request)
    n_prompt = inputs["input_ids"].shape[1]
    sampled = attempt > 0
    constraint = PatternConstraint(
        schema_pattern(schema), writer.vocabulary, n_prompt, _CHOICES if sampled else 1
    )
    end = writer.vocabulary.end
    with torch.inference_mode(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        written = writer.model.generate(
            **inputs,
            logits_processor=[constraint],
            max_new_tokens=_LONGEST_ANSWER,
            do_sample=sampled,
            temperature=_TEMPERATURE if sampled else None,
            top_p=None,
            top_k=None,
            pad_token_id=end,
            eos_token_id=end,
        )
    return writer.vocabulary.text(written[0, n_prompt:].tolist())


def _tokens(tokenizer: Any, request: str) -> dict[str, Any]:
    """The request as an instruction model expects it, or as plain text where it has no template."""
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": request}], tokenize=False, add_generation_prompt=True
        )
        encoded = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    else:
        encoded = tokenizer(f"{request}\nJSON:\n", return_tensors="pt")
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


def _checked(spec: SongSpec, reading: Reading, answer: Mapping[str, Any]) -> SongSpec:
    """The spec with an answer in it, read by the loader. Raises SpecError, and PlanError where it cannot be
    planned or goes against the description."""
    given = spec.model_dump(mode="json", exclude_unset=True)
    fields = dict(answer)
    if "stems" in fields:
        fields["stems"] = _named(fields["stems"])
    if "form" in fields:
        check_wanted_sections(reading, fields["form"])
        sections = {name: value for name, value in fields["sections"].items() if name in fields["form"]}
        fields["sections"] = sections
    planned = parse_spec(json.dumps(given | fields), "<language model>", own_style=spec.own_style)
    plan_song(planned)
    return planned


def _named(stems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stems with names: those of their roles, numbered where a role has several."""
    seen: Counter[str] = Counter()
    named = []
    for stem in stems:
        seen[stem["role"]] += 1
        number = seen[stem["role"]]
        named.append({"name": stem["role"] if number == 1 else f"{stem['role']}-{number}", **stem})
    return named


def check_wanted_sections(reading: Reading, form: list[str]) -> None:
    """Every section that the description asks for must come. Raises PlanError."""
    kinds = {kind_of(name) for name in form}
    for kind, is_wanted in reading.section_hints:
        if is_wanted and kind not in kinds:
            raise PlanError(
                f"the description asks for a section of the kind {kind!r}, and the form has none"
            )
