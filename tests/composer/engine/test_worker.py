"""A process of a machine that cannot load torch any more gives its place to another."""

import subprocess
import sys

import pytest

HALF_LOADED = """
import sys
from composer.engine.worker import answer

class Half:
    def find_spec(self, name, *more):
        if name == "torch":
            raise RuntimeError("duplicate registrations for aten.linspace.Tensor_Tensor")

sys.meta_path.insert(0, Half())
answer()
print("still here")
"""


@pytest.mark.slow
def test_a_process_in_which_torch_was_half_loaded_ends() -> None:
    done = subprocess.run([sys.executable, "-c", HALF_LOADED], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "still here" not in done.stdout
    assert "duplicate registrations" in done.stderr
