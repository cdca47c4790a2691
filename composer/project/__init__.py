"""A song that is being worked on: edits with undo, previews of what they do, and renders as jobs."""

from composer.project.edits import Edit, MoveChords, RemoveField, SetField, read_edit
from composer.project.job import CancelledError, Job
from composer.project.project import Project

__all__ = ["CancelledError", "Edit", "Job", "MoveChords", "Project", "RemoveField", "SetField", "read_edit"]
