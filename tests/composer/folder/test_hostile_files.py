"""Files from elsewhere whose names lead out of their folder: refused, and nothing outside is touched."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from structure.base.jsonfile import write_json
from structure.plans.planfile import plan_document
from tests.composer.songmaker import FULL_SPEC, Run, small_plan
from tests.tones import ToneBackend

NAMES = [
    "../../x.wav",
    "../x.wav",
    "a/../../x.wav",
    "/x.wav",
    "C:/x.wav",
    "..\\x.wav",
    "a//x.wav",
    "./x.wav",
    "x\0.wav",
    "x\n.wav",
    "",
    "x" * 256,
    "song.lock",
    "stems/kit.wav",
]
DIGEST = hashlib.sha256(b"mine").hexdigest()

Change = Callable[[dict[str, Any]], None]


def clip_folder(change: Change) -> Path:
    """A folder of a clip, whose plan was changed; a file of the user's lies outside of it."""
    Path("x.wav").write_bytes(b"mine")
    folder = Path("downloads/clip")
    folder.mkdir(parents=True)
    document = plan_document(small_plan((("verse", 2),)))
    change(document["plan"])
    write_json(folder / "plan.json", document)
    return folder


def tree() -> dict[str, bytes]:
    """Every file of the test, in the folder that it runs in and beside it."""
    return {str(path): path.read_bytes() for path in Path("..").rglob("*") if path.is_file()}


def assert_refused(run: Run, arguments: list[str], *said: str) -> None:
    before = tree()
    code, _, err = run(*arguments)
    assert code == 2
    for words in said:
        assert words in err.replace("\n", " "), err
    assert tree() == before


@pytest.mark.parametrize("name", NAMES)
def test_audio_of_a_clip_is_not_copied_out_of_the_folder(run: Run, backend: ToneBackend, name: str) -> None:
    folder = clip_folder(lambda plan: plan.update(init_audio={name: {"sha256": DIGEST}}))
    assert_refused(run, ["vary", str(folder), "--out", "a/b/out"], "clip/plan.json", "init_audio")


@pytest.mark.parametrize("command", ["vary", "verify", "export", "remaster"])
@pytest.mark.parametrize("name", ["../../x", "/x", "a/b", "..", "low.wav"])
def test_a_plans_stems_are_names_and_no_paths(
    run: Run, backend: ToneBackend, command: str, name: str
) -> None:
    def change(plan: dict[str, Any]) -> None:
        plan["stems"][1]["name"] = name

    folder = clip_folder(change)
    for file in ("master.wav", "premaster.wav"):
        (folder / file).write_bytes(b"no audio")
    assert_refused(run, [command, str(folder)], "clip/plan.json", "stems.1.name")


@pytest.mark.parametrize("field", ["parts", "prompts"])
def test_names_of_parts_and_prompts_are_those_of_stems(run: Run, backend: ToneBackend, field: str) -> None:
    def change(plan: dict[str, Any]) -> None:
        owner = plan["scores"][0] if field == "parts" else plan["visits"][0]["sound"]
        owner[field]["../x"] = owner[field].pop("low")

    assert_refused(run, ["vary", str(clip_folder(change))], "clip/plan.json", field)


@pytest.mark.parametrize(
    ("old", "new", "said"), [("A minor", "chorus", "is not a key"), (None, "??", "is not a chord")]
)
def test_a_plan_that_cannot_be_written_is_refused(
    run: Run, backend: ToneBackend, old: str | None, new: str, said: str
) -> None:
    """All of the file agrees with itself, so that only the key, or the chord, is wrong."""
    plan = small_plan((("verse", 2),))
    folder = clip_folder(lambda _: None)
    text = json.dumps(plan_document(plan))
    old = old or plan.visits[0].music.score.chords[0].symbol
    assert f'"{old}"' in text
    (folder / "plan.json").write_text(text.replace(f'"{old}"', f'"{new}"'), encoding="utf-8")
    assert_refused(run, ["vary", str(folder)], "clip/plan.json is not a plan", said)


@pytest.fixture
def song(render_once: Callable[..., Path]) -> Path:
    """A rendered song, and a file of the user's beside it."""
    made = render_once("../small.yaml", "--no-cache", out="song")
    Path("x.wav").write_bytes(b"mine")
    return made


def change_json(path: Path, change: Change) -> None:
    document = json.loads(path.read_text())
    change(document)
    write_json(path, document)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("written", lambda lock: lock["written"].append("../x.wav")),
        ("files", lambda lock: lock["files"].update({"../x.wav": DIGEST})),
        ("init_audio", lambda lock: lock.update(init_audio={"../x.wav": DIGEST})),
        ("clips", lambda lock: lock["clips"].update({"/verse/1/low": DIGEST})),
        ("style_file.name", lambda lock: lock.update(style_file={"name": "../x.wav", "text": "a: 1"})),
    ],
)
def test_a_lock_lists_files_in_its_folder_only(run: Run, song: Path, field: str, change: Change) -> None:
    change_json(song / "song.lock", change)
    said = ("song/song.lock", field)
    assert_refused(run, ["render", "--lock", "song", "-q", "--out", "again"], *said)
    assert_refused(run, ["render", "../small.yaml", "-q", "--force", "--out", "song"], *said)
    assert_refused(run, ["verify", "song"], *said)


@pytest.mark.slow
def test_a_locked_plan_is_read_as_any_other(run: Run, song: Path) -> None:
    """The lock says the digest of its plan, so that a wrong one can fit."""
    change_json(
        song / "plan.json", lambda file: file["plan"].update(init_audio={"../x.wav": {"sha256": DIGEST}})
    )
    digest = hashlib.sha256((song / "plan.json").read_bytes()).hexdigest()
    change_json(song / "song.lock", lambda lock: lock.update(plan_sha256=digest))
    assert_refused(
        run, ["render", "--lock", "song", "-q", "--out", "again"], "song/plan.json", "init_audio"
    )


@pytest.mark.slow
def test_what_a_lock_lists_of_the_users_outlives_a_replacement(run: Run, song: Path) -> None:
    (song / "diary.txt").write_text("mine")
    (song / "stems" / "take2.wav").write_text("mine")
    change_json(
        song / "song.lock",
        lambda lock: lock.update(written=[*lock["written"], "diary.txt", "stems/take2.wav"]),
    )
    assert run("render", "../small.yaml", "-q", "--force", "--out", "song")[0] == 0
    assert (song / "diary.txt").read_text() == (song / "stems" / "take2.wav").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize("out", ["song/export", "elsewhere"])
def test_a_manifest_lists_files_in_its_folder_only(run: Run, song: Path, out: str) -> None:
    Path(out).mkdir()
    write_json(Path(out, "export.json"), {"files": {"../x.wav": {"sha256": DIGEST}}})
    assert_refused(
        run,
        ["export", "song", "--to", "flac", "--force", "--out", out],
        f"{out}/export.json",
        "files",
        "'../x.wav'",
    )


@pytest.mark.slow
def test_an_export_folder_that_is_a_link_is_not_written_through(run: Run, song: Path) -> None:
    """Neither by an export nor by a render, also where the other folder looks like an export of ours."""
    other = Path("elsewhere")
    other.mkdir()
    (other / "export.json").write_text('{"files": {"notes.txt": {}}}')
    (other / "notes.txt").write_text("mine")
    (song / "export").symlink_to(other.resolve())
    assert_refused(run, ["export", "song", "--to", "flac", "--force"], "song/export is a link")
    Path("handed.yaml").write_text(FULL_SPEC + "export: {handover: {to: [flac]}}\n")
    assert_refused(
        run, ["render", "handed.yaml", "-q", "--force", "--out", "song"], "export is a file of your own"
    )
    assert run("render", "../small.yaml", "-q", "--force", "--out", "song")[0] == 0
    assert (song / "export").is_symlink()
    assert sorted(path.name for path in other.iterdir()) == ["export.json", "notes.txt"]


@pytest.mark.parametrize("command", ["plan", "render"])
def test_stems_of_a_spec_are_names_and_no_paths(run: Run, backend: ToneBackend, command: str) -> None:
    Path("bad.yaml").write_text(FULL_SPEC.replace("name: kit", "name: ../kit"))
    assert_refused(run, [command, "bad.yaml"], "bad.yaml:9: stems[1].name")


@pytest.mark.parametrize(
    ("style", "field"),
    [
        ("stems: [{name: ../../x, role: bass, prompt: bass}]", "stems"),
        ("rename: {chorus: ../x}", "rename"),
    ],
)
def test_stems_and_sections_of_a_style_are_names_and_no_paths(
    run: Run, backend: ToneBackend, style: str, field: str
) -> None:
    Path("mine.yaml").write_text(f"like: pop\n{style}\n")
    Path("song.yaml").write_text("genre: mine.yaml\nlength: 8 bars\n")
    assert_refused(run, ["render", "song.yaml", "--out", "out"], "mine.yaml:2", field)
