"""The arranger: one writer for each role turns a section's harmony and energy into notes."""

from __future__ import annotations

from structure.arrange.arranger import SectionArranger, arrange_section
from structure.arrange.context import Player, SectionContext

__all__ = ["Player", "SectionArranger", "SectionContext", "arrange_section"]
