/** What part of the song the timeline shows: pixels to a unit, and how far it is scrolled. */
import { batch, computed, signal } from "@preact/signals";
import { song, timeMap } from "../state/store";

/** Pixels to a bar or a second. */
export const scale = signal(20);
export const scrolled = signal(0);
/** Width of what is seen of the lanes, without their heads. */
export const width = signal(800);
/** Height of what is seen of the lanes. */
export const lanesHeight = signal(400);
/** Whether all of the song is to stay in sight as the window changes. */
export const isFitted = signal(true);

const LARGEST_BEAT_PX = 360;
const END_PX = 48;

export const total = computed(() => (timeMap.value ? Math.ceil(timeMap.value.length * scale.value) + END_PX : 0));

export const xOf = (seconds: number): number => (timeMap.value?.toUnits(seconds) ?? 0) * scale.value;
export const secondsAt = (x: number): number => timeMap.value?.toSeconds(x / scale.value) ?? 0;

const smallest = (): number => Math.max(0.05, (width.value - END_PX) / Math.max(1, timeMap.value?.length ?? 1));

function largest(): number {
  const bar = song.value?.bars[0];
  if (!bar) return 400;
  const beats = bar.beats_s.length;
  return LARGEST_BEAT_PX * (timeMap.value?.unit === "bars" ? beats : beats / (bar.end_s - bar.start_s));
}

let scroller: HTMLElement | null = null;
export const setScroller = (element: HTMLElement | null): void => void (scroller = element);

export function scrollTo(x: number): void {
  const most = Math.max(0, total.value - width.value);
  const wanted = Math.min(most, Math.max(0, x));
  scrolled.value = wanted;
  requestAnimationFrame(() => scroller && (scroller.scrollLeft = wanted));
}

/** Zoom by a factor, keeping the place `x` (pixels from the left of the lanes) where it is. */
export function zoom(factor: number, x = width.value / 2): void {
  const unit = (scrolled.value + x) / scale.value;
  batch(() => {
    scale.value = Math.min(largest(), Math.max(smallest(), scale.value * factor));
    isFitted.value = scale.value <= smallest() * 1.001;
  });
  scrollTo(unit * scale.value - x);
}

export function fit(): void {
  batch(() => {
    scale.value = smallest();
    isFitted.value = true;
  });
  scrollTo(0);
}

/** Bring a time into sight; `isPaging` moves on by a page, as while playing. */
export function reveal(seconds: number, isPaging = false): void {
  const x = xOf(seconds) - scrolled.value;
  const limit = isPaging ? width.value * 0.92 : width.value - 40;
  if (x < 0 || x > limit) scrollTo(xOf(seconds) - width.value * 0.12);
}

export function showSpan(from_s: number, to_s: number): void {
  const map = timeMap.value;
  if (!map) return;
  scale.value = Math.min(largest(), Math.max(smallest(), (width.value * 0.9) / Math.max(0.1, map.toUnits(to_s) - map.toUnits(from_s))));
  isFitted.value = false;
  scrollTo(xOf(from_s) - width.value * 0.05);
}
