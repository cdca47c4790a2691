"""Where clips are made: on this machine, or on many through Ray."""

from __future__ import annotations

from composer.engine.choose import ENGINES, choose_engine, describe_work

__all__ = ["ENGINES", "choose_engine", "describe_work"]
