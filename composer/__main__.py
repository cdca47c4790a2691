"""``python -m composer`` is ``ritornello``."""

from __future__ import annotations

from composer.cli.start import main

if __name__ == "__main__":
    main()
