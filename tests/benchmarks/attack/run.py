"""All attacks, one after the other: what is typed, edited, killed, lost and repeated.

OMP_NUM_THREADS=1 python tests/benchmarks/attack/run.py [--share 0.1] [--seed 0] [--log FILE] [--resume]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.benchmarks.attack import disasters, files, renders, specs
from tests.benchmarks.attack.trials import begin, end

if __name__ == "__main__":
    options = begin(__doc__)
    share, seed = options.share, options.seed
    tallies = [*disasters.attack(share, seed), specs.attack(share, seed), *files.attack(share, seed)]
    # last, since the others fork from a process that has rendered little
    end([*tallies, renders.attack(share, seed)])
