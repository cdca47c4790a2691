"""Makes a batch: plans its songs, keeps them apart, makes them side by side, and keeps their table."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from composer.batch.apart import Apart, OtherSeed, Settled
from composer.batch.items import Item
from composer.batch.memory import cores, free_bytes, song_bytes, songs_at_once
from composer.batch.nearest import Likes, Neighbours
from composer.batch.settled import AS_WRITTEN, Choice
from composer.batch.table import CSV, DONE, FAILED, FAILS, JSONL, Row, read_rows, write_rows
from composer.batch.work import HOME, Clips, Draft, Made, MakeTask, PlanTask
from composer.batch.workers import LostError, ProcessWorkers, Report, Workers
from structure.base.errors import FolderError, RitornelloError
from structure.base.files import hold, release, sweep

_LOCK = ".batch.lock"
_LOOK_S = 0.5
_WRITE_SHARE = 0.02
"""Of the time, so much may go into writing the table before the last song is there."""

_TRIES = 2
"""How often a song is begun whose process dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How a batch is made.

    ``at_once`` is the number of songs made side by side; as many as fit where it is None.
    ``price_per_hour`` is what this machine costs an hour; its songs share that.
    """

    clips: Clips = HOME
    cuts: tuple[float, ...] = ()
    alternates: tuple[str, ...] = ()
    at_once: int | None = None
    price_per_hour: float | None = None


_PLAIN = BatchOptions()


class Watcher(Protocol):
    """Who is told how a batch goes. A number is that of an item, in the order of the batch."""

    def under_way(self, number: int, name: str, share: float, stage: str, batch: float, /) -> None:
        """Tell that a song is being made.

        ``share`` of it is done and ``batch`` of the batch, 0…1, by the time that songs should take.
        """

    def over(self, number: int, row: Row, batch: float, /) -> None:
        """Tell that a song is there, or has failed; ``batch`` of the batch is done."""


class Nobody:
    """A watcher that does not care."""

    def under_way(self, number: int, name: str, share: float, stage: str, batch: float) -> None:
        """Do nothing."""

    def over(self, number: int, row: Row, batch: float) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A batch that has ended.

    It has the folder, the rows in the order of the items, and how many songs were made in this run.
    """

    folder: Path
    rows: tuple[Row, ...]
    made: int

    def count(self, status: str) -> int:
        """Return how many songs have a status of the table."""
        return sum(row["status"] == status for row in self.rows)


@dataclass(slots=True)
class _Song:
    """A song on its way."""

    item: Item
    number: int
    choice: Choice = AS_WRITTEN
    tried: int = 1
    begun: int = 0
    draft: Draft | None = None
    settled: Settled | None = None
    error: Exception | None = None
    notes: tuple[str, ...] = ()
    known: Row = field(default_factory=dict)
    is_over: bool = False
    work_s: float | None = None
    """How long it should take, once it is planned; nothing where it was there or has failed."""

    share: float = 0.0
    """How much of it is made."""

    @property
    def bytes(self) -> int:
        """Return how many bytes of memory it needs while it is made."""
        return song_bytes(self.draft.seconds, self.draft.stems) if self.draft else 0


def make_batch(
    items: Sequence[Item],
    out: Path,
    options: BatchOptions = _PLAIN,
    watcher: Watcher | None = None,
    workers: Callable[[int], Workers] = ProcessWorkers,
) -> BatchResult:
    """Make songs in a folder, and ``batch.jsonl`` and ``batch.csv`` there.

    What an earlier run has made, and is as it was then, is not made again. A song that cannot be made fails
    alone, and its row says why. ``workers`` are made with the threads that each may use.

    Raises FolderError where the folder cannot be written, or another batch is at work in it.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        for table in (JSONL, CSV):
            sweep(out, table)  # what a batch left that was killed while it wrote
        batch = _Batch(items, out, options, watcher or Nobody())
        made_by = workers(batch.threads)
        try:
            batch.run(made_by)
        finally:
            made_by.close()
            batch.write()
        return BatchResult(out, tuple(batch.rows()), batch.made)


def check_out(out: Path, inputs: Sequence[str] = ()) -> None:
    """Raise FolderError where the tables of a batch would take the place of a file of the user's own."""
    if out.exists() and not out.is_dir():
        raise FolderError(f"{out} is a file; --out names a folder", path=out, field="--out")
    for table in (CSV, JSONL):
        if any(Path(name).absolute() == (out / table).absolute() for name in inputs):
            raise FolderError(
                f"{out / table} is what the batch is made from, and would be replaced",
                path=out / table,
                hint="name another --out folder, or another name for the list",
            )
    if (out / CSV).exists() and not (out / JSONL).exists():
        raise FolderError(
            f"{out / CSV} is a file of your own",
            path=out / CSV,
            hint="name another --out folder, or move it out of the way",
        )


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep other batches out of a folder until the block ends.

    Raises FolderError where another one is at work in it.
    """
    path = out / _LOCK
    while True:
        path.touch()
        lock = hold(path, wait=False)
        if lock is None or path.exists():  # whoever held it has removed it meanwhile
            break
        release(lock)
    if lock is None and find_spec("fcntl") is not None:
        raise FolderError(
            f"another batch is at work in {out}", path=out, hint="wait for its end, or name another folder"
        )
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        release(lock)


class _Batch:
    def __init__(self, items: Sequence[Item], out: Path, options: BatchOptions, watcher: Watcher) -> None:
        self._out, self._options, self._watcher = out, options, watcher
        self._free = free_bytes()
        self.at_once = songs_at_once(self._free, options.at_once)
        self.threads = max(1, cores() // self.at_once)
        self.made = 0
        self._rows = {
            key: row for key, row in read_rows(out).items() if key in {item.key for item in items}
        }
        self._older = {
            str(row["folder"]) for row in read_rows(out).values() if isinstance(row.get("folder"), str)
        }
        self._songs = [_Song(item, number) for number, item in enumerate(items)]
        self._apart = Apart()
        self._near = Neighbours()
        self._write_again = 0.0
        for song in self._songs:
            self._recall(song)
        # what is there already keeps its title and its tune; what is new gives way
        known = [song for song in self._songs if song.known]
        self._order = known + [song for song in self._songs if not song.known]
        self._to_plan = deque(self._order)
        self._to_settle = deque(self._order)
        self._ready: deque[_Song] = deque()
        self._making: dict[int, _Song] = {}
        self._planning: dict[int, _Song] = {}

    def _recall(self, song: _Song) -> None:
        """Take over what an earlier run chose for a song."""
        row = self._rows.get(song.item.key)
        if row is None or row.get("status") not in (DONE, FAILS):
            return
        chosen = row.get("chosen")
        title, folder = row.get("title"), row.get("folder")
        if isinstance(chosen, dict) and isinstance(title, str) and isinstance(folder, str):
            seed, own = chosen.get("seed"), chosen.get("title")
            song.choice = Choice(
                own if isinstance(own, str) else None, seed if isinstance(seed, int) else None
            )
            song.known = row
            self._apart.reserve(song.item.key, title, folder)

    def run(self, workers: Workers) -> None:
        """Do all there is to do."""
        self.write()
        while not all(song.is_over for song in self._order):
            self._give_work(workers)
            for report in workers.reports(_LOOK_S):
                self._take(report)

    def _give_work(self, workers: Workers) -> None:
        while workers.running < self.at_once:
            # the next one fits into memory beside those that are being made; where none is, any fits
            used = sum(song.bytes for song in self._making.values())
            fit = (song for song in self._ready if not self._making or used + song.bytes <= self._free)
            song = next(fit, None)
            if song is not None:
                self._ready.remove(song)
                self._making[song.number] = song
                song.begun += 1
                workers.submit(song.number, self._make_task(song))
                continue
            ahead = len(self._ready) + len(self._planning)
            if self._to_plan and (ahead < 2 * self.at_once + 2 or not self._ready):
                song = self._to_plan.popleft()
                if song.item.fault:
                    self._fail(song, FolderError(song.item.fault))
                    continue
                self._planning[song.number] = song
                song.begun += 1
                workers.submit(song.number, PlanTask(song.item, song.choice))
                continue
            return

    def _make_task(self, song: _Song) -> MakeTask:
        if song.settled is None:
            raise RuntimeError(f"{song.item.origin} is to be made, and is not settled")
        folder = song.settled.folder
        options = self._options
        return MakeTask(
            song.item,
            song.settled.choice,
            self._out / folder,
            options.clips,
            options.cuts,
            options.alternates,
            may_replace=folder in self._older,
        )

    def _take(self, report: Report) -> None:
        """Hear what a worker has to say."""
        making = self._making.get(report.number)
        song = making or self._planning[report.number]
        if not report.is_over:
            share, stage, work_s = report.told
            name = song.settled.title if song.settled else song.item.origin
            if making:
                song.share, song.work_s = share, song.work_s if work_s is None else work_s
            self._watcher.under_way(song.number, name, share, stage, self._share())
            return
        (self._making if making else self._planning).pop(report.number)
        if isinstance(report.error, LostError) and song.begun < _TRIES:
            (self._ready if making else self._to_plan).appendleft(song)
        elif report.error is not None:
            self._fail(song, report.error)
        elif making is not None:
            self._finish(song, report.result)
        else:
            song.draft, song.begun = report.result, 0
            song.work_s = 0.0 if song.known else sum(report.result.expected_s.values())
            self._settle()

    def _settle(self) -> None:
        """Settle the songs whose turn it is, in their order, as far as they are planned."""
        while self._to_settle:
            song = self._to_settle[0]
            if song.is_over:
                self._to_settle.popleft()
                continue
            if song.draft is None:
                return
            folder = str(song.known["folder"]) if song.known else None
            try:
                settled = self._apart.settle(
                    song.item, song.draft, song.choice, song.tried, song.notes, folder
                )
            except RitornelloError as exc:
                self._fail(song, exc)
                continue
            if isinstance(settled, OtherSeed):
                song.choice, song.tried, song.draft = settled.choice, song.tried + 1, None
                song.notes = (settled.note,)
                self._to_plan.appendleft(song)
                return
            song.settled = settled
            self._to_settle.popleft()
            self._ready.append(song)

    def _finish(self, song: _Song, made: Made) -> None:
        """Write the row of a song that is there."""
        if song.settled is None or song.draft is None:
            raise RuntimeError(f"{song.item.origin} was made, and is not settled")
        self.made += made.seconds is not None
        if made.seconds is None:
            song.work_s = 0.0
        row: dict[str, Any] = {**self._heading(song), **made.row}
        row["status"] = FAILS if made.row["failed_checks"] else DONE
        row["folder"] = song.settled.folder
        choice = song.settled.choice
        row["chosen"] = {"title": choice.title, "seed": choice.seed}
        said = song.notes or song.settled.notes or tuple(song.known.get("chosen_notes", ()))
        row["chosen_notes"] = list(dict.fromkeys([*song.settled.notes, *said]))
        row["notes"] = [*row["chosen_notes"], *made.row["notes"]]
        if made.seconds is None:
            row |= {name: song.known.get(name) for name in ("render_s", "cost")}
        else:
            row["render_s"] = round(made.seconds, 1)
            price = self._options.price_per_hour
            row["cost"] = None if price is None else round(price * made.seconds / 3600.0 / self.at_once, 5)
        tune = None if song.draft.tune is None else song.draft.tune.tune
        self._near.add(song.item.key, Likes.of(row, tune))
        self._put(song, row)

    def _fail(self, song: _Song, error: Exception) -> None:
        row = self._heading(song)
        title = song.settled.title if song.settled else song.item.number or song.item.origin
        song.work_s = 0.0
        self._put(song, {**row, "title": title, "status": FAILED, "error": str(error)})
        self._settle()

    def _heading(self, song: _Song) -> dict[str, Any]:
        return {"song": song.item.key, "id": song.item.number, "from": song.item.origin}

    def _put(self, song: _Song, row: dict[str, Any]) -> None:
        song.is_over = True
        song.known = {}
        song.draft = None
        self._rows[song.item.key] = row
        self._watcher.over(song.number, row, self._share())
        if time.monotonic() >= self._write_again:
            self.write()

    def _share(self) -> float:
        """Return how much of the batch is done.

        Songs that are not planned yet take as long as the others.
        """
        known = [song.work_s for song in self._songs if song.work_s]
        usual = sum(known) / len(known) if known else 1.0
        works = [usual if song.work_s is None else song.work_s for song in self._songs]
        shares = [1.0 if song.is_over else song.share for song in self._songs]
        done = sum(work * share for work, share in zip(works, shares, strict=True))
        return done / sum(works) if any(works) else 1.0

    def rows(self) -> list[Row]:
        """Return the rows in the order of the items."""
        found = (self._rows.get(song.item.key) for song in self._songs)
        return [{**row, **self._near.nearest(str(row["song"]))} for row in found if row is not None]

    def write(self) -> None:
        """Write the tables.

        A table of many thousand rows is not written after each song; what it lacks when a batch is killed
        is found again in the folders.
        """
        begun = time.monotonic()
        write_rows(self._out, self.rows())
        cost = time.monotonic() - begun
        self._write_again = time.monotonic() + cost / _WRITE_SHARE
