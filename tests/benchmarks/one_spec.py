"""Play the three specs of docs/specs/backends on every backend, with tiny weights that keep their guide.

``python -m tests.benchmarks.one_spec [BACKEND …]`` prints for each whether all downbeats lie on their
samples, by how many samples the score is off in the clips, and the seconds that it took.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path

from tests.render.backends.conftest import SAVERS
from tests.render.backends.test_one_spec import GUIDED, MODELS, SPECS, check_downbeats, plan_for


def main(models: list[str]) -> None:
    """Print a line for each backend and spec."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as there:
        for model in models:
            folder = SAVERS[model](Path(there) / model)
            for spec in SPECS:
                began = time.process_time()
                worst = check_downbeats(plan_for(spec, model, folder), model)
                off = f"{worst} samples off" if model in GUIDED else "takes no guide"
                print(
                    f"{model:16} {spec.stem:16} on time, {off}, {time.process_time() - began:.1f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:] or list(MODELS))
