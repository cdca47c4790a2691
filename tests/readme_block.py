"""Runs the README's block of commands line by line, as a newcomer would.

``python tests/readme_block.py FOLDER`` needs ``ritornello`` on the path and nothing but Python's standard
library. Each line must end with exit code 0; one that plays on until Ctrl-C is given Ctrl-C when it has
begun to play.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
_UNTIL_CTRL_C = "until Ctrl-C"
_LONGEST_S = 900


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


def main(folder: Path) -> int:
    """Run the block in ``folder``; gives the number of lines that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for command, until_ctrl_c in commands():
        begun = time.monotonic()
        print(f"$ {command}", flush=True)
        code = run_line(command, folder, until_ctrl_c=until_ctrl_c)
        failed += code != 0
        print(f"[exit {code}, {time.monotonic() - begun:.0f} s]", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
