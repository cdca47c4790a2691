"""The arranger: one writer for each role turns a section's harmony and energy into notes."""

from __future__ import annotations

from structure.arrange.context import Player, SectionContext
from structure.planning.arranger import SectionArranger, arrange_section

__all__ = ["Player", "SectionArranger", "SectionContext", "arrange_section"]
