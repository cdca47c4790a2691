"""What can go wrong before a command runs: closed streams, an early Ctrl-C, no memory."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from composer.cli.main import _is_out_of_memory

COMMAND = f"{sys.executable} -m composer"


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("the model broke"), False),
    ],
)
def test_errors_for_want_of_memory_are_known(error: Exception, is_so: bool) -> None:
    assert _is_out_of_memory(error) == is_so


def test_what_led_to_an_error_counts() -> None:
    try:
        try:
            raise MemoryError
        except MemoryError as exc:
            raise RuntimeError("wrapped") from exc
    except RuntimeError as exc:
        assert _is_out_of_memory(exc)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a shell of Unix")
@pytest.mark.parametrize(
    ("streams", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), ("<&- >&- 2>&-", 0)], ids=str
)
def test_closed_streams_lead_to_nowhere(streams: str, code: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{COMMAND} roles {streams}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="has no SIGINT")
def test_ctrl_c_while_the_commands_are_loaded_is_a_word() -> None:
    """From the moment on at which our own code runs."""
    code = (
        "import os, signal, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "sys.argv = ['ritornello', 'roles']\n"
        "from composer.cli.start import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "interrupted\n")
