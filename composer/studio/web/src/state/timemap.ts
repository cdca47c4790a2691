/** Where times lie: between seconds and the timeline's units, which are bars or seconds. */
import type { Bar, Song } from "../net/messages";

export type Unit = "bars" | "seconds";

/** Index of the last of the ascending `starts` that is not after `value`; 0 before all. */
export function lastAtOrBefore(starts: ArrayLike<number>, value: number): number {
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

export class TimeMap {
  readonly starts: Float64Array;
  readonly end_s: number;

  constructor(readonly song: Pick<Song, "bars" | "length_s">, readonly unit: Unit) {
    this.starts = Float64Array.from(song.bars, (bar) => bar.start_s);
    this.end_s = Math.max(song.length_s, song.bars.at(-1)?.end_s ?? 0);
  }

  /** Units from the song's start to its end. */
  get length(): number {
    return this.toUnits(this.end_s);
  }

  bar(seconds: number): Bar | undefined {
    return this.song.bars[lastAtOrBefore(this.starts, seconds)];
  }

  toUnits(seconds: number): number {
    const bar = this.unit === "bars" ? this.bar(seconds) : undefined;
    return bar ? bar.index + (seconds - bar.start_s) / (bar.end_s - bar.start_s) : seconds;
  }

  toSeconds(units: number): number {
    const bars = this.song.bars;
    if (this.unit === "seconds" || !bars.length) return units;
    const bar = bars[Math.min(bars.length - 1, Math.max(0, Math.floor(units)))]!;
    return bar.start_s + (units - bar.index) * (bar.end_s - bar.start_s);
  }

  /** The nearest downbeat. */
  nearestBar(seconds: number): number {
    const bar = this.bar(seconds);
    if (!bar) return seconds;
    return seconds - bar.start_s < bar.end_s - seconds ? bar.start_s : bar.end_s;
  }

  /** Bar and beat, both from 1, as musicians count: `12.3`. */
  barsAndBeats(seconds: number): string {
    const bar = this.bar(seconds);
    if (!bar) return "1.1";
    return `${bar.index + 1}.${lastAtOrBefore(bar.beats_s, seconds + 1e-6) + 1}`;
  }
}

/** `3:07.4`, or `3:07` where `tenths` is false. */
export function clock(seconds: number, tenths = false): string {
  const all = Math.max(0, tenths ? Math.floor(seconds * 10) / 10 : Math.floor(seconds));
  const rest = all % 60;
  const shown = tenths ? rest.toFixed(1).padStart(4, "0") : String(rest).padStart(2, "0");
  return `${Math.floor(all / 60)}:${shown}`;
}
