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
from structure.base.seeds import derive_seed
from structure.base.types import ROLES
from structure.description.reading import read_wishes
from structure.forms.asked import form_asks
from structure.harmony.keys import USUAL_TONICS, parse_key
from structure.loading.loader import parse_spec
from structure.outcomes.check import check_wishes
from structure.planning.planner import plan_song
from structure.planning.wishes.asked import (
    find_asked_keys,
    find_asked_meter,
    find_asked_players,
    first_asked,
)
from structure.planning.wishes.genres import find_asked_genres
from structure.plans.plan import SongPlan
from structure.presets.players import role_named
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wish, Wishes, song_wide

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
    """Fill the gaps of a spec by the language model in ``folder``.

    The same spec, model and machine give the same answer. Raises PlannerError where the model cannot be
    loaded or gives no song.
    """
    wishes = read_wishes(spec.description or "", guessing=False)
    schema = planner_schema(spec, wishes)
    if not any(option["properties"] for option in schema["oneOf"]):
        return spec
    writer = _load(folder)
    settled = spec.model_dump(mode="json", exclude_unset=True, exclude={"description"})
    request = [
        "Plan a song that a good songwriter would sign. Answer with one JSON object and nothing else: "
        "title, genre, tempo in beats a minute, key, meter, stems (role and a short description of the "
        "sound), form (the sections in their order) and sections (chords as roman numerals, energy from 0 "
        "to 1), as far as they are still open.",
        f"The song: {spec.description or 'free'}",
    ]
    if settled:
        request.append(f"Settled already: {json.dumps(settled, ensure_ascii=False)}")
    complaint = ""
    for attempt in range(ATTEMPTS):
        refused = [f"An earlier answer was refused: {complaint}"] if complaint else []
        seed = derive_seed(spec.seed, "planner", attempt)
        answer = _write(writer, "\n".join([*request, *refused]), schema, seed, attempt)
        try:
            return _read_answer(spec, wishes, json.loads(answer))
        except json.JSONDecodeError:
            complaint = f"the answer did not end within {_LONGEST_ANSWER} tokens"
        except (SpecError, PlanError) as exc:
            complaint = str(exc).splitlines()[0]
    raise PlannerError(
        f"the language model in {folder} gave no song in {ATTEMPTS} attempts: {complaint}", path=folder
    )


def planner_schema(spec: SongSpec, wishes: Wishes) -> dict[str, Any]:
    """Return what the model is asked for: the fields of a song that neither the spec nor a wish settles.

    ``wishes`` are those of the spec's description, without guesses. One alternative for each mode, since
    chords go with it; all keys are to be written in their order.
    """
    keys = [spec.key] if spec.key else list(find_asked_keys(wishes))
    mode = next((mode for mode in _NUMERALS if first_asked(wishes, "key") == mode), None)
    families = [parse_key(keys[0]).family] if keys else [mode] if mode else ["major", "minor"]
    return {"oneOf": [_fields(spec, wishes, family) for family in families]}


def _fields(spec: SongSpec, wishes: Wishes, family: str) -> dict[str, Any]:
    """Return the schema for keys of a family: an object whose fields are written in their order."""
    fields: dict[str, Any] = {}
    genres = find_asked_genres(wishes)
    has_pace = any(genre.pace is not None or genre.tempo is not None for genre in genres)
    if not (spec.title or first_asked(wishes, "title")):
        fields["title"] = _text(48, first="[A-Z]")
    if not (spec.genre or genres):
        fields["genre"] = {"enum": list(style_names())}
    if not (spec.tempo or first_asked(wishes, "tempo") or has_pace):
        fields["tempo"] = {"type": "integer", "minimum": 50, "maximum": 190}
    if not (spec.key or find_asked_keys(wishes)):
        fields["key"] = {"enum": [f"{tonic} {family}" for tonic in USUAL_TONICS[family]]}
    if not (spec.meter or find_asked_meter(wishes)):
        fields["meter"] = {"enum": list(_METERS)}
    if not (spec.stems or find_asked_players(wishes)):
        unwanted = {role_named(wish.what) for wish in song_wide(wishes, "part", "avoid")}
        players = [role for role in ROLES if role != "audio"]
        roles = [role for role in players if role not in unwanted] or players
        stem = {"type": "object", "properties": {"role": {"enum": roles}, "prompt": _text(52)}}
        least = min(3, len(roles))
        fields["stems"] = {"type": "array", "items": stem, "minItems": least, "maxItems": 6}

    asks = form_asks(wishes)
    if not (spec.form or spec.sections or asks.walk or asks.named or asks.shapes_walk):
        wanted = dict.fromkeys((*_SECTIONS, *sorted(asks.wanted)))
        names = [name for name in wanted if name not in asks.unwanted]
        fields["form"] = {"type": "array", "items": {"enum": names}, "minItems": 4, "maxItems": 14}

        chord = "|".join(_NUMERALS[family])
        section = {
            "type": "object",
            "properties": {
                "chords": {"type": "string", "pattern": rf"(?:{chord})(?: \| (?:{chord})){{3}}"},
                "energy": {"enum": [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]},
            },
        }
        sections = {name: section for name in _WRITTEN_OUT if name not in asks.unwanted}
        fields["sections"] = {"type": "object", "properties": sections}
    return {"type": "object", "properties": fields, "required": list(fields)}


def _text(longest: int, first: str = "[a-z]") -> dict[str, Any]:
    """Return the schema of words with single spaces."""
    return {"type": "string", "pattern": rf"{first}[a-z]+(?:[ -][A-Za-z]{{1,12}}){{0,{longest // 13}}}"}


def _load(folder: Path) -> _Writer:
    """Load the model and the tokenizer of a folder; code in it is not run. Raises PlannerError."""
    if not (folder / "config.json").is_file():
        raise PlannerError(f"{folder} holds no language model: it has no config.json", path=folder)
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from render.model.text import quiet_loading

    where = str(folder)
    try:
        with quiet_loading():
            # left out, transformers asks on the terminal whether the folder's code may run
            safe: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            tokenizer = AutoTokenizer.from_pretrained(where, **safe)
            model = AutoModelForCausalLM.from_pretrained(where, use_safetensors=True, **safe)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ImportError, RuntimeError) as exc:
        reason = str(exc).strip().partition("\n")[0]
        raise PlannerError(
            f"the language model in {folder} cannot be loaded: {reason}", path=folder
        ) from exc
    if tokenizer.eos_token_id is None:
        raise PlannerError(f"the tokenizer in {folder} has no token for the end of a text", path=folder)
    return _Writer(model.eval(), tokenizer, Vocabulary(tokenizer))


def _write(writer: _Writer, request: str, schema: Mapping[str, Any], seed: int, attempt: int) -> str:
    """Return the model's answer: a match of the schema's pattern, or the beginning of one."""
    import torch

    tokenizer = writer.tokenizer
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": request}], tokenize=False, add_generation_prompt=True
        )
        encoded = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    else:
        encoded = tokenizer(f"{request}\nJSON:\n", return_tensors="pt")
    inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
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


def _read_answer(spec: SongSpec, wishes: Wishes, answer: Mapping[str, Any]) -> SongSpec:
    """Return the spec with an answer in it, read by the loader.

    Raises SpecError; and PlanError where the spec cannot be planned or goes against the description.
    """
    given = spec.model_dump(mode="json", exclude_unset=True)
    fields = dict(answer)
    if "stems" in fields:  # their names are those of their roles, numbered where a role has several
        seen: Counter[str] = Counter()
        stems = []
        for stem in fields["stems"]:
            role = stem["role"]
            seen[role] += 1
            stems.append({"name": role if seen[role] == 1 else f"{role}-{seen[role]}", **stem})
        fields["stems"] = stems
    if "form" in fields:
        fields["sections"] = {
            name: value for name, value in fields["sections"].items() if name in fields["form"]
        }
    planned = parse_spec(
        json.dumps(given | fields),
        "<language model>",
        own_style=spec.own_style,
        own_files=spec.own_files,
    )
    check_answer(plan_song(planned), plan_song(spec), wishes)
    return planned


def check_answer(answered: SongPlan, by_rules: SongPlan, wishes: Wishes) -> None:
    """Raise PlanError where an answer breaks a wish that the song which rules alone plan obeys."""
    broken = _unmet(answered, wishes)
    for wish in _unmet(by_rules, wishes):
        broken.pop(wish, None)
    for wish, why in broken.items():
        raise PlanError(f"the description says {wishes.words_of(wish)!r}: {why}")


def _unmet(plan: SongPlan, wishes: Wishes) -> dict[Wish, str]:
    """Return the wishes that a plan does not obey, each with the reason."""
    return {
        outcome.wish: outcome.why
        for outcome in check_wishes(plan, wishes)
        if outcome.result == "impossible"
    }
