"""What the lock says of a report, and what becomes of a check that could not be measured."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest
import typer

import composer.folder.verify
from composer.cli.commands.shared import end_where_checks_fail
from composer.folder.report import IDENTITY, checks_document, digest_of, report_faults, seal
from render.checks.check import Check

REPORT: dict[str, Any] = {
    "title": "Small",
    "seeds": {"song": 1},
    "backend": {"name": "tones"},
    "loudness": {"integrated_lufs": -14.0},
    "warnings": [],
    "timings": {"total_s": 1.5},
}
IDENTITY_SHA = digest_of({key: REPORT[key] for key in IDENTITY})


@pytest.mark.parametrize("key", sorted(REPORT))
def test_a_change_of_any_field_of_the_report_is_noticed(tmp_path: Path, key: str) -> None:
    path = tmp_path / "report.json"
    report = seal(REPORT)
    path.write_text(json.dumps(report), encoding="utf-8")
    assert report_faults(path, IDENTITY_SHA) == []
    path.write_text(json.dumps({**report, key: "other"}), encoding="utf-8")
    assert report_faults(path, IDENTITY_SHA) == ["report.json"]


def test_the_report_of_another_song_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(seal({**REPORT, "title": "Other"})), encoding="utf-8")
    assert report_faults(path, IDENTITY_SHA) == ["report.json"]
    path.unlink()
    assert report_faults(path, IDENTITY_SHA) == ["report.json cannot be read"]


def test_strict_fails_on_what_was_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    checks = [Check.leave_unmeasured("key", "at least", 0.0, "margin", "no stem has pitch")]
    document = checks_document(checks)
    assert document["not_measured"] == 1
    end_where_checks_fail(Path("song"), document["checks"])
    with pytest.raises(typer.Exit) as caught:
        end_where_checks_fail(Path("song"), document["checks"], strict=True)
    assert caught.value.exit_code == 3
    assert "key: no stem has pitch" in capsys.readouterr().err


def test_a_song_on_a_read_only_disk_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(path: Path, value: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(composer.folder.verify, "check_folder", lambda folder: ())
    monkeypatch.setattr(composer.folder.verify, "write_json", refuse)
    assert composer.folder.verify.verify_folder(tmp_path) == ()
