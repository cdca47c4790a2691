"""Where a song comes from: what was generated, by what, from which data, and what is the user's own."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from structure.base.datafiles import read_data
from structure.base.versions import own_version
from structure.plans.plan import SongPlan, Visit
from structure.plans.players import list_settings

_EMBEDDED = "embedded"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def provenance_document(plan: SongPlan, fingerprint: str) -> dict[str, Any]:
    """Return the provenance of a song as plain data; ``fingerprint`` is that of what made its sound.

    Two songs differ in it where their seeds, models or own files do; it holds no date and no path.
    """
    given = {
        (visit.place.label, stem): [[first + 1, last] for first, last in bars]
        for visit in plan.visits
        for stem, bars in visit.music.given.items()
    }
    data = read_data("provenance.yaml")
    # the models that play the song tell from which data its sound is made
    models = {settings.backend for _, settings in list_settings(plan)} or {plan.render.backend}
    data_of_sound = [
        *(data["sound"] if _EMBEDDED in models else []),
        *(data["other_sound"] if models - {_EMBEDDED} else []),
    ]
    return {
        "format": 1,
        "title": plan.title,
        "made_with": {"name": "Ritornello", "version": own_version()},
        "digital_source_type": SOURCE_TYPES
        + (
            "compositeWithTrainedAlgorithmicMedia" if given or plan.own_files else "trainedAlgorithmicMedia"
        ),
        "asked": {"description": plan.description, "seed": plan.seed},
        "sound": {
            "backend": plan.render.backend,
            "model": plan.render.model,
            "fingerprint": fingerprint,
            "steps": plan.render.steps,
            "guidance": plan.render.guidance,
            **_players(plan),
        },
        "generated": [_describe_visit(plan, visit, given) for visit in plan.visits],
        "your_own": {
            "files": {name: file.sha256 for name, file in sorted(plan.own_files.items())},
            "bars": [
                {"section": label, "stem": stem, "bars": bars} for (label, stem), bars in given.items()
            ],
        },
        "credits": plan.credits.model_dump(mode="json", exclude_none=True),
        "data": {"planning": data["planning"], "sound": data_of_sound},
    }


def _describe_visit(plan: SongPlan, visit: Visit, given: Container[tuple[str, str]]) -> dict[str, Any]:
    """Return the seeds of a visit, and what of its stems was generated: their sound, or their notes too."""
    stems = {}
    for stem in plan.sounding_stems(visit):
        is_own = (visit.place.label, stem) in given
        stems[stem] = "notes of your own, sound generated" if is_own else "notes and sound generated"
    return {
        "section": visit.place.label,
        "seed": visit.sound.seed,
        "variation_seed": visit.sound.variation_seed,
        "stems": stems,
    }


def _players(plan: SongPlan) -> dict[str, Any]:
    """Return what else played the song, and which of its parts say so."""
    found = {
        field: {
            "backend": settings.backend,
            "model": settings.model,
            "steps": settings.steps,
            "guidance": settings.guidance,
        }
        for field, settings in list_settings(plan)
        if field != "render.backend"
    }
    return {"players": found} if found else {}
