"""A song that is being worked on: edits with undo, previews of what they do, takes, and renders as jobs."""

from composer.project.alternatives import find_alternatives, keep_alternative
from composer.project.edits import (
    Edit,
    MoveChords,
    RemoveField,
    ReplacePassage,
    SetField,
    Several,
    describe_edit,
    read_edit,
)
from composer.project.job import CancelledError, Job
from composer.project.project import Project
from composer.project.takes import Take, audition, find_takes, keep_take
from composer.project.wording import Worded

__all__ = [
    "CancelledError",
    "Edit",
    "Job",
    "MoveChords",
    "Project",
    "RemoveField",
    "ReplacePassage",
    "SetField",
    "Several",
    "Take",
    "Worded",
    "audition",
    "describe_edit",
    "find_alternatives",
    "find_takes",
    "keep_alternative",
    "keep_take",
    "read_edit",
]
