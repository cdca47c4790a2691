"""What is written in another way than the spec has it is answered with what to write."""

from pathlib import Path

import pytest

from structure.base.errors import SpecError
from structure.loading.loader import load_spec, parse_spec

SONG = "description: pop song\nseed: 1\n"


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        ("tempo: 90,5", "write 90.5, without quotes or unit"),
        ("tempo: 90 BPM", "write 90, without quotes or unit"),
        ("sections: {verse: {energy: 90%}}", "write 0.9, without quotes or unit"),
        ("form: verse -> chorus -> verse", "write [verse, chorus, verse]"),
        ("form: Verse | Chorus", "write [verse, chorus]"),
        ("form: Verse, Chorus", "write [verse, chorus]"),
        ("mix: rock", "write {preset: rock}"),
        ("master: club", "write {preset: club}"),
        ("key: a-Moll", "did you mean 'A minor'?"),
        ("key: H-Dur", "did you mean 'B major'?"),
        ("key: B-Dur", "did you mean 'Bb major'?"),
        ("key: F# Moll", "did you mean 'F# minor'?"),
        ("key: es moll", "did you mean 'Eb minor'?"),
        ("key: do sostenido menor", "did you mean 'C# minor'?"),
        ("key: si bémol majeur", "did you mean 'Bb major'?"),
    ],
)
def test_what_is_meant_is_said(lines: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(f"{SONG}{lines}\n")
    (fault,) = caught.value.faults
    assert (fault.line, fault.hint) == (3, hint)


@pytest.mark.parametrize("text", ["tempo=100\n", "description：pop\n", "description:\u00a0pop\n"])
def test_a_key_without_a_colon_and_a_blank_is_said(text: str) -> None:
    with pytest.raises(SpecError, match=f"a plain blank stand behind a key: `{text[:5]}"):
        parse_spec(text)


def test_json_may_be_indented_by_tabs() -> None:
    spec = parse_spec(
        '\ufeff{\r\n\t"description": "pop\\tsong",\n\t"tempo":\t100\n}'.removeprefix("\ufeff")
    )
    assert (spec.description, spec.tempo) == ("pop\tsong", 100)
    with pytest.raises(SpecError, match="a tab"):
        parse_spec("{description: pop,\n\ttempo: 100}\n\t")


def test_a_link_to_nothing_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "song.yaml").symlink_to("other.yaml")
    with pytest.raises(SpecError, match=r"this link leads to other\.yaml, which is not there"):
        load_spec(tmp_path / "song.yaml")
