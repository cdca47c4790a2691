"""Names of sections as musicians use them."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from structure.base.labels import KINDS, display_name, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("verse", "verse"),
        ("verse2", "verse"),
        ("verse_2", "verse"),
        ("verse-b", "verse"),
        ("pre-chorus", "prechorus"),
        ("Pre_Chorus", "prechorus"),
        ("refrain", "chorus"),
        ("middle8", "bridge"),
        ("middle_eight", "bridge"),
        ("buildup", "build"),
        ("ending", "coda"),
        ("riff", "hook"),
        ("chrous", None),
        ("zzz", None),
        ("2", None),
    ],
)
def test_kind_of_a_name(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_names_itself_and_its_numbered_forms(kind: str) -> None:
    assert kind_of(kind) == kind_of(f"{kind}3") == kind_of(f"{kind}_b") == kind


def test_the_labels_of_nearly_all_real_songs_are_known() -> None:
    songs = json.loads((resources.files("structure") / "data" / "song_forms.json").read_text("utf-8"))
    labels = [label for song in songs for label, _ in song["form"]]
    known = sum(kind_of(label) is not None for label in labels)
    assert known / len(labels) > 0.98


def test_names_for_people() -> None:
    assert display_name("prechorus") == "Pre-chorus"
    assert display_name("verse_b") == "Verse B"
