"""A song is changed from several pages, and nobody's change is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from composer.studio.app import Studio
from render.clips.caching.cache import ClipCache
from tests.composer.songmaker import SHORT_SPEC
from tests.composer.studio.conftest import open_page, render, state_of, wait_for_job, wait_until
from tests.tones import ToneBackend

CHORDS = {"edit": "set", "path": ["sections", "chorus", "chords"], "value": "F | G"}
EDITED = SHORT_SPEC.replace("C | G", "F | G")


def test_a_page_shows_the_song_as_it_is_planned(page: TestClient) -> None:
    state = state_of(page)
    song = state["song"]
    assert state["text"] == SHORT_SPEC and state["title"] == "Small Song" and state["faults"] == []
    assert [(s["name"], s["first_bar"], s["bars"], s["returns_of"]) for s in song["sections"]] == [
        ("Verse", 0, 2, None),
        ("Chorus 1", 2, 2, None),
        ("Chorus 2", 4, 2, 1),
    ]
    assert [s["colour"] for s in song["sections"]] == [0, 1, 1]
    assert song["sections"][0]["playing"] == ["low"]
    assert [s["chords"] for s in song["sections"]] == ["Am | F", "C | G", "C | G"]
    assert song["sections"][2]["visit_path"] == ["form", 2]
    assert song["sections"][2]["visit_value"] == {"section": "chorus", "variation": 0}
    assert [bar["start_s"] for bar in song["bars"]] == [0, 1, 2, 3, 4, 5]  # 240 beats a minute
    assert song["bars"][0]["beats_s"] == [0, 0.25, 0.5, 0.75]
    assert [chord["symbol"] for chord in song["chords"]][:4] == ["Am", "F", "C", "G"]
    assert len(song["energy"]) == 6
    notes = page.get("/api/notes/low").json()
    assert {note[4] for note in notes["notes"]} == {0, 1, 2}
    assert all(note[0] >= 0 and note[1] > 0 for note in notes["notes"])
    assert page.get("/api/notes/horn").status_code == 404


def test_an_edit_of_an_older_state_is_refused_with_the_newest(page: TestClient, folder: Path) -> None:
    old = state_of(page)["revision"]
    new = page.post("/api/edits", json={"revision": old, "edit": CHORDS}).json()
    assert new["revision"] != old and new["text"] == EDITED == (folder / "small.yaml").read_text()
    other = {"edit": "set", "path": ["tempo"], "value": 200}
    late = page.post("/api/edits", json={"revision": old, "edit": other})
    assert late.status_code == 409 and late.json()["state"]["text"] == EDITED
    assert (folder / "small.yaml").read_text() == EDITED
    again = page.post("/api/edits", json={"revision": late.json()["state"]["revision"], "edit": other})
    assert again.status_code == 200 and "tempo: 200" in again.json()["text"]


def test_what_an_editor_writes_is_seen_and_not_overwritten(page: TestClient, folder: Path) -> None:
    state = state_of(page)
    own = SHORT_SPEC.replace("tempo: 240", "tempo: 200")
    (folder / "small.yaml").write_text(own)
    late = page.post("/api/edits", json={"revision": state["revision"], "edit": CHORDS})
    assert late.status_code == 409 and late.json()["state"]["text"] == own
    assert (folder / "small.yaml").read_text() == own


def test_undo_says_what_it_does_and_lasts_over_a_restart(page: TestClient, folder: Path) -> None:
    revision = page.post("/api/edits", json={"revision": state_of(page)["revision"], "edit": CHORDS}).json()
    assert revision["undo"] == "chorus: chords F | G" and revision["redo"] is None
    other = Studio(folder, ClipCache(), ToneBackend())
    other.desk.open(folder / "small.yaml")
    again = open_page(other)
    undone = again.post("/api/undo", json={"revision": state_of(again)["revision"]}).json()
    assert undone["text"] == SHORT_SPEC and undone["undo"] is None and undone["redo"]
    redone = again.post("/api/redo", json={"revision": undone["revision"]}).json()
    assert redone["text"] == EDITED
    other.close()


def test_a_text_is_replaced_and_undone_and_one_with_faults_is_refused(page: TestClient) -> None:
    revision = state_of(page)["revision"]
    wrong = SHORT_SPEC.replace("bars: 2", "bars: two", 1)
    refused = page.post("/api/text", json={"revision": revision, "text": wrong})
    fault = refused.json()
    assert refused.status_code == 422
    assert (fault["file"], fault["line"], fault["column"]) == ("small.yaml", 12, 11)
    assert fault["field"] == "sections.verse.bars" and fault["message"]
    assert page.post("/api/check", json={"text": wrong}).json()["faults"][0]["line"] == 12
    typed = page.post("/api/text", json={"revision": revision, "text": EDITED}).json()
    assert typed["text"] == EDITED
    assert page.post("/api/undo", json={"revision": typed["revision"]}).json()["text"] == SHORT_SPEC


def test_a_file_with_faults_is_shown_and_can_be_mended(page: TestClient, folder: Path) -> None:
    (folder / "small.yaml").write_text(SHORT_SPEC.replace("C | G", "C | H?"))
    state = state_of(page)
    assert state["song"] is None and state["faults"][0]["line"] == 13
    assert page.post("/api/edits", json={"revision": state["revision"], "edit": CHORDS}).status_code == 422
    mended = page.post("/api/text", json={"revision": state["revision"], "text": EDITED}).json()
    assert mended["song"]["sections"] and (folder / "small.yaml").read_text() == EDITED


def test_several_edits_are_undone_as_one(page: TestClient) -> None:
    renamed = [
        {"edit": "remove", "path": ["sections", "chorus"]},
        {"edit": "set", "path": ["sections", "refrain"], "value": {"bars": 2, "chords": "C | G"}},
        {"edit": "set", "path": ["form"], "value": ["verse", "refrain", "refrain"]},
    ]
    asked = {"revision": state_of(page)["revision"], "edit": {"edit": "several", "edits": renamed}}
    state = page.post("/api/edits", json=asked).json()
    assert [section["section"] for section in state["song"]["sections"]] == ["verse", "refrain", "refrain"]
    assert page.post("/api/undo", json={"revision": state["revision"]}).json()["text"] == SHORT_SPEC


@pytest.mark.slow
def test_a_preview_says_what_is_made_anew_and_changes_nothing(page: TestClient) -> None:
    render(page)
    before = state_of(page)
    told = page.post("/api/preview", json={"edit": CHORDS}).json()
    assert told["clips"] == 5 and 0 < told["clips_to_make"] < 5
    assert told["sentence"].startswith(f"{told['clips_to_make']} of 5 clips, ")
    assert all(place.startswith("chorus/") for place in told["places"])
    assert state_of(page)["text"] == before["text"]


@pytest.mark.slow
def test_a_song_is_rendered_and_edited_meanwhile(page: TestClient, studio: Studio) -> None:
    assert not state_of(page)["render"]["is_current"]
    job = page.post("/api/render").json()
    edited = page.post("/api/edits", json={"revision": state_of(page)["revision"], "edit": CHORDS})
    assert edited.status_code == 200
    assert wait_for_job(page, job["id"])["state"] == "done"
    assert sorted(wait_for_job(page, job["id"])["ready"]) == [0, 1, 2]
    assert state_of(page)["text"] == EDITED
    render(page)
    state = state_of(page)
    assert state["render"]["is_current"] and state["render"]["now"]["loudness_lufs"] < 0
    assert all(section["is_rendered"] for section in state["song"]["sections"])
    names = [file["name"] for file in state["render"]["now"]["files"]]
    assert names == ["master", "premaster", "kit", "low"]


@pytest.mark.slow
def test_tabs_that_change_the_song_at_once_lose_nothing(page: TestClient, studio: Studio) -> None:
    """Each of three tabs raises the seed twice: by what it sees, or what the refusal shows it."""

    def raise_seed(tab: TestClient) -> None:
        state = state_of(tab)
        for _ in range(2):
            while True:
                seed = int(state["text"].partition("seed: ")[2].split()[0])
                edit = {"edit": "set", "path": ["seed"], "value": seed + 1}
                answer = tab.post("/api/edits", json={"revision": state["revision"], "edit": edit})
                state = answer.json() if answer.status_code == 200 else answer.json()["state"]
                if answer.status_code == 200:
                    break

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(raise_seed, open_page(studio)) for _ in range(3)]:
            done.result()
    state = state_of(page)
    assert "seed: 11\n" in state["text"] and len(state["history"]) == 6


@pytest.mark.slow
def test_a_rendered_folder_is_opened_and_rendered_again_in_place(page: TestClient, folder: Path) -> None:
    render(page)
    state = page.post("/api/begin", json={"path": "small"}).json()
    assert (state["file"], state["folder"]) == ("small/song.yaml", "small")
    assert state["render"]["is_current"]
    job = page.post("/api/render").json()
    # what is edited before its turn comes is in the render, too
    wait_until(lambda: any(one["id"] == job["id"] and one["stage"] for one in page.get("/api/jobs").json()))
    edited = page.post("/api/edits", json={"revision": state["revision"], "edit": CHORDS})
    assert edited.status_code == 200
    assert wait_for_job(page, job["id"])["state"] == "done"
    after = state_of(page)
    assert after["text"] == (folder / "small" / "song.yaml").read_text() == edited.json()["text"]
    assert after["undo"] and not after["render"]["is_current"] and after["render"]["before"]
    assert page.post("/api/undo", json={"revision": after["revision"]}).json()["render"]["is_current"]


@pytest.mark.parametrize(
    ("edit", "line", "field", "said"),
    [
        ({"edit": "set", "path": ["tempo"], "value": 3}, 4, "tempo", "at least 30"),
        ({"edit": "set", "path": ["genre"], "value": "popp"}, 3, "genre", "did you mean 'pop'?"),
        ({"edit": "remove", "path": ["sections", "nope"]}, 11, "sections.nope", "to remove"),
        (
            {"edit": "set", "path": ["form"], "value": ["verse", "zzz"]},
            14,
            "form[2]",
            "allowed: verse, chorus",
        ),
    ],
)
def test_an_edit_that_cannot_be_made_says_where_and_why(
    page: TestClient, edit: dict[str, object], line: int | None, field: str, said: str
) -> None:
    answer = page.post("/api/edits", json={"revision": state_of(page)["revision"], "edit": edit})
    fault = answer.json()
    assert answer.status_code == 422
    assert (fault["file"], fault["line"], fault["field"]) == ("small.yaml", line, field)
    assert said in f"{fault['message']} {fault['hint']}"
    assert state_of(page)["text"] == SHORT_SPEC


def test_a_wish_in_words_says_what_changes_and_is_made_as_one_edit(page: TestClient) -> None:
    wish = {"words": "chorus up a tone, verse with a frob of zork, remove the tuba"}
    answer = page.post("/api/words", json=wish).json()
    assert answer["obeyed"] == ["chorus up a tone"]
    assert answer["impossible"] or answer["unread"]
    assert {line["sign"] for line in answer["lines"]} == {"-", "+"}
    assert all(line["text"] in SHORT_SPEC.splitlines() for line in answer["lines"] if line["sign"] == "-")
    assert 0 < answer["preview"]["clips_to_make"] <= answer["preview"]["clips"]
    assert state_of(page)["text"] == SHORT_SPEC
    made = page.post("/api/edits", json={"revision": answer["revision"], "edit": answer["edit"]}).json()
    assert made["undo"] == "chorus up a tone"
    assert page.post("/api/undo", json={"revision": made["revision"]}).json()["text"] == SHORT_SPEC
    nothing = page.post("/api/words", json={"words": "blurb the frob"}).json()
    assert nothing["edit"] is None and nothing["unread"] and nothing["lines"] == []
    assert page.post("/api/words", json={"words": ""}).status_code == 422


def test_the_page_goes_to_any_state_that_there_was(page: TestClient) -> None:
    edited = page.post("/api/edits", json={"revision": state_of(page)["revision"], "edit": CHORDS}).json()
    undone = page.post("/api/undo", json={"revision": edited["revision"]}).json()
    tempo = {"edit": "set", "path": ["tempo"], "value": 200}
    page.post("/api/edits", json={"revision": undone["revision"], "edit": tempo})
    moments = page.get("/api/history").json()["moments"]
    assert [(one["words"], one["is_applied"]) for one in moments] == [
        ("", True),
        ("chorus: chords F | G", False),
        ("tempo: 200", True),
    ]
    assert all(one["is_within_reach"] for one in moments) and moments[2]["is_now"]
    for number, text in ((1, EDITED), (0, SHORT_SPEC), (1, EDITED)):
        wish = {"revision": state_of(page)["revision"], "state": moments[number]["state"]}
        assert page.post("/api/history", json=wish).json()["text"] == text
    wrong = page.post(
        "/api/history", json={**wish, "revision": state_of(page)["revision"], "state": "0" * 64}
    )
    assert wrong.status_code == 422
