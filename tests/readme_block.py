"""Runs the README's block of commands line by line, as a newcomer would.

``python tests/readme_block.py FOLDER`` needs ``ritornello`` on the path and nothing but Python's standard
library. Each line must end with exit code 0; one that plays on until Ctrl-C is given Ctrl-C when it has
begun to play. With ``--warm`` the first render is begun by the shell, as a newcomer's is, and what makes
sound after it is forked from a process that has loaded the packages of other projects: that takes five
seconds, each time.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
_UNTIL_CTRL_C = "until Ctrl-C"
_LONGEST_S = 900
_MAKE_SOUND = ("render", "clip", "radio")


def commands(heading: str = "## Use it") -> list[tuple[str, bool]]:
    """The lines of the first block under a heading: each command, and whether it ends by Ctrl-C alone."""
    under = README.read_text(encoding="utf-8").split(f"\n{heading}\n")[1]
    block = re.search(r"```sh\n(.*?)```", under, re.DOTALL)
    if block is None:
        raise ValueError(f"{README} has no commands under {heading!r}")
    lines = [line for line in block[1].splitlines() if line.strip()]
    return [(_without_comment(line), _UNTIL_CTRL_C in line) for line in lines]


def _without_comment(line: str) -> str:
    """A line of a shell without its comment, which may hold quotes of its own."""
    quoted = re.match(r"""(?:[^"'#]|"[^"]*"|'[^']*')*""", line)
    return quoted[0].strip() if quoted else line.strip()


def run_line(command: str, folder: Path, *, until_ctrl_c: bool) -> int:
    """The exit code of a command in ``folder``."""
    # A job in the background ignores Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not until_ctrl_c:
        return subprocess.run(["sh", "-c", command], cwd=folder, check=False, timeout=_LONGEST_S).returncode
    with subprocess.Popen(
        shlex.split(command), cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as playing:
        assert playing.stderr is not None
        said = playing.stderr.readline()  # the first chunk is made
        print(said, end="", flush=True)
        playing.send_signal(signal.SIGINT)
        print(playing.communicate(timeout=_LONGEST_S)[1], end="", flush=True)
    return playing.returncode


def load_libraries() -> None:
    """Load what lines that make sound load of other projects, and nothing of this one."""
    # the folder of this script has folders of the names that this project's packages have
    sys.path[:] = [
        path for path in sys.path if Path(path or ".").resolve() != Path(__file__).parent.resolve()
    ]
    import scipy.signal
    import torch
    from diffusers import DiffusionPipeline, DPMSolverMultistepScheduler
    from transformers import AutoModel, AutoTokenizer

    assert all(
        (scipy.signal, torch, DiffusionPipeline, DPMSolverMultistepScheduler, AutoModel, AutoTokenizer)
    )
    assert not {"composer", "render", "structure"} & sys.modules.keys()
    assert threading.active_count() == 1, "a fork of a process with threads may hang"


def run_forked(command: str, folder: Path, *, until_ctrl_c: bool) -> int:
    """The exit code of a command in ``folder`` that needs no shell, from a fork of this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout.flush()
    heard, told = os.pipe()
    read_prompts, prompts = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(told, 2)
        os.dup2(read_prompts, 0)
        _begin(shlex.split(command), folder)
    os.close(told)
    os.close(read_prompts)
    with os.fdopen(heard, encoding="utf-8") as errors:
        if until_ctrl_c:
            print(errors.readline(), end="", flush=True)  # the first chunk is made
            os.kill(child, signal.SIGINT)
        print(errors.read(), end="", file=sys.stdout if until_ctrl_c else sys.stderr, flush=True)
    os.close(prompts)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _begin(words: list[str], folder: Path) -> None:
    """Be the command from here on, as the script of that name is. Does not return."""
    code = 1
    try:
        os.chdir(folder)
        sys.argv = words
        from composer.cli.start import main as begin

        begin()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(folder: Path, *, warm: bool = False) -> int:
    """Run the block in ``folder``; gives the number of lines that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    failed, rendered = 0, False
    for command, until_ctrl_c in commands():
        begun = time.monotonic()
        print(f"$ {command}", flush=True)
        makes_sound = command.split()[1] in _MAKE_SOUND
        if warm and makes_sound and rendered:
            code = run_forked(command, folder, until_ctrl_c=until_ctrl_c)
        else:
            code = run_line(command, folder, until_ctrl_c=until_ctrl_c)
        if warm and makes_sound and not rendered:
            rendered = True
            load_libraries()
        failed += code != 0
        print(f"[exit {code}, {time.monotonic() - begun:.0f} s]", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1]), warm="--warm" in sys.argv[2:]) else 0)
