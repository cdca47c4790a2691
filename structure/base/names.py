"""Names of the files and folders of a song."""

from __future__ import annotations

MASTER = "master.wav"
PREMASTER = "premaster.wav"
STEMS = "stems"
MIDI = "score.mid"
MUSICXML = "score.musicxml"
PROVENANCE = "provenance.json"
PLAN = "plan.json"
REPORT = "report.json"
LOCK = "song.lock"
OVERVIEW = "overview.png"
SPEC = "song.yaml"
VERIFY = "verify.json"
CHANGES = "changes.json"
"""What a render that replaced an older song left alone of it."""

INIT_FOLDER = "init"
"""Where audio that sections begin from lies, if it cannot lie where the spec says."""

PARTS_FOLDER = "parts"
"""Where files of music lie that parts are from, if they cannot lie where the spec says."""

RECORDINGS_FOLDER = "recordings"
"""Where recordings of stems lie, if they cannot lie where the spec says."""

EXPORT_FOLDER = "export"
EXPORT_MANIFEST = "export.json"
"""Where a hand-over lies in a song's folder, and the file in it that lists what is ours."""

RESERVED = frozenset(
    {
        MASTER,
        PREMASTER,
        STEMS,
        MIDI,
        MUSICXML,
        PLAN,
        REPORT,
        LOCK,
        OVERVIEW,
        SPEC,
        VERIFY,
        CHANGES,
        EXPORT_FOLDER,
    }
)
"""What a song's folder may hold of ours; no audio of the user's can go by such a name."""


def stem_path(name: str) -> str:
    """Return where a stem lies in the project folder."""
    return f"{STEMS}/{name}.wav"
