"""What the command line shows as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from composer.base.words import chords_text, clock, meter_text, tempo_text
from render.checks.check import Check, count_results
from structure.plans.plan import SongPlan, Visit

if TYPE_CHECKING:
    # what only its own command has loaded
    from composer.folder.tunes import TuneMatch
    from composer.history.changes import Change, Changes
    from composer.history.versions import Version

_ENERGY_CELLS = 5


def plan_heading(plan: SongPlan) -> str:
    """Return the song's title and main facts in a line."""
    seconds = plan.total_samples / plan.grid.sample_rate
    facts = (plan.genre, tempo_text(plan), plan.key, meter_text(plan), f"{plan.bars} bars", clock(seconds))
    return f"{plan.title}: " + ", ".join(facts)


def alternatives_rows(plans: Mapping[int, SongPlan]) -> list[dict[str, Any]]:
    """Return what differs between plans, by their seeds, as plain data.

    The chords are at most eight different ones of the section that comes most often, and among such the
    one with the highest energy.
    """
    rows = []
    for seed, plan in plans.items():
        section = max(plan.graph.sections, key=lambda one: (one.visits, one.energy))
        rows.append(
            {
                "seed": seed,
                "title": plan.title,
                "style": plan.genre,
                "key": plan.key,
                "tempo": tempo_text(plan),
                "length": clock(plan.total_samples / plan.grid.sample_rate),
                "bars": plan.bars,
                "form": " ".join(visit.place.name for visit in plan.visits),
                "chords": f"{section.name}: {' '.join(list(dict.fromkeys(section.chords))[:8])}",
                "stems": " ".join(stem.name for stem in plan.stems),
            }
        )
    return rows


def alternatives_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table with a row for each plan; what all plans share stands once, in the caption."""
    shared = [key for key in rows[0] if len(rows) > 1 and all(row[key] == rows[0][key] for row in rows)]
    table = _table()
    if shared:
        table.caption = "all: " + "; ".join(f"{key} {rows[0][key]}" for key in shared)
        table.caption_justify = "left"
    names = [key for key in rows[0] if key not in shared]
    for key in names:
        is_long = key in ("form", "chords", "stems", "title")
        table.add_column(key.capitalize(), no_wrap=not is_long, ratio=2 if is_long else None)
    for row in rows:
        table.add_row(*(escape(str(row[key])) for key in names))
    return table


def plan_table(plan: SongPlan, visits: Iterable[Visit] | None = None) -> Table:
    """Return a table of the visits in order, or of some of them."""
    table = _table()
    for name in ("Bar", "Time", "Bars"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Section", no_wrap=True)
    table.add_column("Energy", no_wrap=True)
    table.add_column("Chords", ratio=3)
    table.add_column("Stems", ratio=2)
    table.add_column("Variation", no_wrap=True)

    for visit in plan.visits if visits is None else visits:
        start = plan.bounds(visit)[0] / plan.grid.sample_rate
        full = round(visit.music.energy * _ENERGY_CELLS)
        given = visit.music.given
        stems = [f"{name} (yours)" if name in given else name for name in plan.sounding_stems(visit)]
        lift = f" {visit.music.lift:+d} st" if visit.music.lift else ""
        if visit.place.index == 1:
            variation = "first"
        else:
            variation = f"~{visit.sound.variation:.2g}" if visit.sound.variation else "same"
        table.add_row(
            str(visit.place.start_bar + 1),
            clock(start),
            str(visit.bars),
            Text(visit.place.label + (f" ({visit.music.genre})" if visit.music.genre else "")),
            "■" * full + "·" * (_ENERGY_CELLS - full),
            Text(chords_text(plan, visit)),
            Text(", ".join(stems)),
            variation + lift,
        )
    return table


def hits_table(plan: SongPlan) -> Table:
    """Return a table of the moments of a picture, and by how much their downbeats miss them."""
    table = _table()
    for name in ("Hit", "Bar", "Beat", "Off by", "Tempo"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("What")
    for row in plan.hit_rows:
        off = f"{row['residual_ms']:+.2f} ms" if row["met"] else "not met"
        beat, tempo = f"{row['beat']:g}", f"{row['tempo']:.5g} BPM"
        table.add_row(row["time"], str(row["bar"]), beat, off, tempo, Text(row["label"]))
    return table


def checks_table(checks: Iterable[Check]) -> Table:
    """Return a table of checks: what was measured, the limit and its direction, and the verdict.

    The caption says how many passed.
    """
    table = _table()
    listed = list(checks)
    table.caption = count_results(check.passed for check in listed)
    table.caption_justify = "left"
    table.add_column("Check", no_wrap=True)
    table.add_column("Measured", justify="right", no_wrap=True)
    table.add_column("Limit", justify="right", no_wrap=True)
    table.add_column("Result", no_wrap=True)
    table.add_column("Detail", ratio=1)

    verdicts = {None: ("not measured", "dim"), True: ("pass", "green"), False: ("FAIL", "bold red")}
    for check in listed:
        verdict, style = verdicts[check.passed]
        detail = Text(check.detail)
        table.add_row(check.name, check.value_text, check.limit_text, Text(verdict, style=style), detail)
    return table


def describe_changes(changes: Changes) -> Iterator[str]:
    """Say in lines what the next render makes, and which bars of each stem stay byte-identical."""
    places = [place for clip in changes.to_make for place in clip.places]
    many = f"{len(changes.to_make)} clip{'s' * (len(changes.to_make) != 1)}"
    yield f"the next render makes {many} ({changes.seconds:.0f} s of sound): {', '.join(places) or 'none'}"
    for stem, bars in changes.kept_bars.items():
        ranges = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in bars)
        yield f"  {stem}: {f'bars {ranges} stay byte-identical' if bars else 'may change everywhere'}"
    yield from (f"note: {note}" for note in changes.notes)


def versions_table(versions: Iterable[Version]) -> Table:
    """Return a table of older versions of a song: what each is, and what removing it would free."""
    table = _table()
    for name in ("Version", "Length", "Bars", "Size", "Its own"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Title", ratio=1)
    for one in versions:
        table.add_row(
            str(one.number),
            clock(one.seconds),
            str(one.bars),
            decimal(one.size),
            decimal(one.own),
            Text(one.title),
        )
    return table


def summary_table(report: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a table of what was rendered: figures first, then files with their sizes."""
    timings, loudness, checks = report["timings"], report["loudness"], report["checks"]
    failed = [check["name"] for check in checks if check["passed"] is False]
    counted = count_results(check["passed"] for check in checks)

    # by section only where some clips had to be made and others had not
    made, reused = (sum(section[kind] for section in report["sections"]) for kind in ("made", "reused"))
    clips = f"{made} made, {reused} from the cache"
    if made and reused:
        parts = [
            f"{section['section']} {section['made']} of {section['clips']}"
            for section in report["sections"]
            if section["made"]
        ]
        clips += f"; made: {', '.join(parts)}"

    table = _table(header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    table.add_row("Duration", clock(timings["song_s"]))
    table.add_row("Loudness", _figure(loudness["integrated_lufs"], "LUFS"))
    table.add_row("True peak", _figure(loudness["true_peak_dbtp"], "dBTP"))
    table.add_row("Mix", describe_mix(report["mix"]))
    ratio = timings["render_to_song_ratio"]
    table.add_row("Render time", f"{clock(timings['total_s'])} ({ratio:.2f} × the song)")
    table.add_row("Checks", counted + (f"; failed: {', '.join(failed)}" if failed else ""))
    table.add_row("Clips", clips)
    for warning in report["warnings"]:
        table.add_row("Warning", Text(warning, style="yellow"))
    for name, entry in files.items():
        table.add_row(name, decimal(entry["bytes"]))
    return table


def describe_mix(mix: Mapping[str, Any]) -> str:
    """Return the figures of a mix in a line: ``club: balance within 2.1 dB (16000 Hz), …``."""
    worst = max(abs(miss) for miss in mix["balance_db"].values())
    sections = mix["worst_section_db"]
    said = [
        f"balance within {worst:.1f} dB ({mix['worst_band_hz']} Hz)",
        f"mono loses {mix['mono_loss_db']:.1f} dB",
        f"crest {mix['crest_master_db']:.1f} dB ({100 * mix['crest_share']:.0f} % kept)",
    ]
    if sections is not None:
        said.append(f"sections within {sections:.1f} dB of their energies")
    return f"{mix['preset']}: " + ", ".join(said)


def mix_tables(mix: Mapping[str, Any]) -> tuple[Table, Table]:
    """Return two tables: the planned and measured levels of the sections, and the stems in the mix."""
    sections, stems = _table(), _table()
    for name in ("Section", "Planned", "Measured"):
        sections.add_column(name, justify="left" if name == "Section" else "right", no_wrap=True)
    for level in mix["sections"]:
        measured = level["measured_db"]
        sections.add_row(
            Text(level["label"]),
            f"{level['planned_db']:+.1f} dB",
            "—" if measured is None else f"{measured:+.1f} dB",
        )
    for name in ("Stem", "Loudness", "Peak", "Side"):
        stems.add_column(name, justify="left" if name == "Stem" else "right", no_wrap=True)
    for stem in mix["stems"]:
        stems.add_row(
            Text(stem["name"]),
            _figure(stem["lufs"], "LUFS"),
            _figure(stem["peak_dbfs"], "dBFS"),
            f"{stem['side_db']:.0f} dB",
        )
    return sections, stems


def tunes_table(matches: Iterable[TuneMatch]) -> Table:
    """Return a table of passages of a song that are those of known tunes."""
    table = _table()
    for name in ("Stem", "Section", "Bar", "Notes", "Rhythm"):
        table.add_column(name, no_wrap=True)
    table.add_column("Known tune", ratio=1)
    for one in matches:
        stem = f"{one.stem} (yours)" if one.is_given else one.stem
        rhythm = "the same" if one.is_same_rhythm else f"{one.likeness.rhythm:.0%}"
        facts = (stem, one.section, str(one.bar), str(one.likeness.notes), rhythm, one.likeness.known)
        table.add_row(*map(Text, facts))
    return table


def loudness_tables(report: Mapping[str, Any]) -> tuple[Table, Table]:
    """Return two tables of a loudness report: what was measured, and how services and media play it."""
    measured = _table(header=False)
    measured.add_column(style="dim", no_wrap=True)
    measured.add_column(justify="right", no_wrap=True)
    for label, key, unit in (
        ("Integrated", "integrated_lufs", "LUFS"),
        ("Loudness range", "range_lu", "LU"),
        ("Momentary, highest", "max_momentary_lufs", "LUFS"),
        ("Short-term, highest", "max_short_term_lufs", "LUFS"),
        ("True peak", "true_peak_dbtp", "dBTP"),
    ):
        measured.add_row(label, _figure(report[key], unit))
    played = _table()
    for name in (
        "Target",
        "Wants",
        "Gain",
        "Plays at",
        "True peak",
        "Over its ceiling",
        "Quiet songs play",
    ):
        played.add_column(name, justify="left" if name in ("Target", "Quiet songs play") else "right")
    for target in report["targets"]:
        over = target["over_ceiling_db"]
        played.add_row(
            target["name"],
            _figure(target["target_lufs"], "LUFS"),
            f"{target['gain_db']:+.2f} dB",
            _figure(target["played_at_lufs"], "LUFS"),
            _figure(target["peak_dbtp"], "dBTP"),
            Text(f"{over:.2f} dB", style="yellow") if over else "",
            target["quiet_songs_play"],
        )
    return measured, played


def files_table(files: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a table of files with their sizes."""
    table = _table(header=False)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for name, entry in files.items():
        table.add_row(Text(name), decimal(entry["bytes"]))
    return table


def rows_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of rows that share their keys, the headings; lists and the last column wrap."""
    table = _table()
    *_, last = rows[0]
    for heading, value in rows[0].items():
        is_long = heading == last or isinstance(value, list)
        table.add_column(
            heading.removesuffix("_db").capitalize(), no_wrap=not is_long, ratio=1 if is_long else None
        )
    for row in rows:
        table.add_row(*(Text(_cell(heading, value)) for heading, value in row.items()))
    return table


def _cell(heading: str, value: object) -> str:
    """Return a value as text for people: a list with commas, a level with its unit."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} dB" if heading.endswith("_db") else number


def changes_table(changes: Iterable[Change]) -> Table:
    """Return a table of what differs, kind by kind."""
    table = _table()
    for name in ("", "What", "Before", "After"):
        table.add_column(name, ratio=2 if name in ("Before", "After") else None, overflow="fold")
    shown = ""
    for change in changes:
        kind = "" if change.kind == shown else change.kind
        shown = change.kind
        table.add_row(
            Text(kind, style="bold"), Text(change.what), _value(change.before), _value(change.after)
        )
    return table


def describe_kept_clips(sections: Mapping[str, Mapping[str, int]]) -> str:
    """Return how many clips of each section are kept: ``intro 4 of 4, chorus 0 of 12``."""
    return ", ".join(f"{name} {clips['kept']} of {clips['clips']}" for name, clips in sections.items())


def _value(value: object) -> Text:
    return Text("—", style="dim") if value is None else Text(str(value))


def facts_table(facts: Mapping[str, str]) -> Table:
    """Return a table of names and values, one a row."""
    table = _table(header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    for name, value in facts.items():
        table.add_row(name, Text(value))
    return table


def backends_table(states: Iterable[Mapping[str, Any]]) -> Table:
    """Return a table of backends with their state, the licence of their weights, and what they can do."""
    from composer.base.backends import abilities
    from render.backends.base import Capabilities

    table = _table()
    for name in ("Backend", "State", "Rate", "Longest clip", "Licence", "Can"):
        table.add_column(name, no_wrap=name not in ("Licence", "Can"))
    for state in states:
        can = Capabilities(**state["capabilities"])
        table.add_row(
            state["name"],
            state["state"],
            f"{can.sample_rate / 1000:g} kHz {'stereo' if can.channels == 2 else 'mono'}",
            clock(can.longest_clip_s),
            state["licence"],
            ", ".join(abilities(can)),
        )
    return table


def _table(*, header: bool = True) -> Table:
    return Table(show_header=header, box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))


def _figure(value: float | None, unit: str) -> str:
    return "—" if value is None else f"{value:.2f} {unit}"
