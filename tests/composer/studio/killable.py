"""Serve a studio on the spec that is named, in a new process for each line that is read: quick to start."""

import os
import signal
import sys
from pathlib import Path

from composer.project import Project
from composer.studio.app import Studio
from composer.studio.serve import serve
from render.clips.caching.cache import ClipCache
from tests.tones import ToneBackend


def main() -> None:
    spec = Path(sys.argv[1])
    _ = Project.open(spec).plan  # what planning loads is loaded once
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            studio = Studio(spec.parent, ClipCache(), ToneBackend())
            studio.desk.open(spec)
            serve(studio, browser=False, say=lambda url: print(os.getpid(), url, flush=True))
            os._exit(0)


if __name__ == "__main__":
    main()
