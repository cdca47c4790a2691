/** The piano roll: the notes of the selected stem in the selected section, drawn, moved and removed. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isPlaying, moved, position, seek } from "../sound/player";
import { themeChanges } from "../state/preferences";
import { isRollOpen, keepNotes, notesArrived, notesOf, reach, section, song, stem, timeMap } from "../state/store";
import { Button, Choice } from "../ui/controls";
import { colour, identity } from "../ui/colours";
import { barQuarters, kept, isBlack, notesIn, pitchName, rounded, type Note } from "./notes";

const KEYS_PX = 72;
const ROW_PX = 13;
const WRITE_MS = 700;
const EDGE_PX = 6;

const notes = signal<Note[]>([]);
const selected = signal<Note | null>(null);
const step = signal<"0.25" | "0.5" | "1" | "0.3333333333">("0.25");
const isUnwritten = signal(false);
/** Counts how often the notes were taken from the song. */
const taken = signal(0);
let writeTimer = 0;

export function Roll() {
  const at = section.value, who = stem.value;
  const all = who?.has_notes ? notesOf(who.name) : null;
  useEffect(() => () => void write(), [at?.index, who?.name]);
  useEffect(() => {
    if (!at || !all || isUnwritten.peek()) return;
    notes.value = notesIn(all, at);
    selected.value = null;
    taken.value++;
  }, [at?.index, who?.name, all, notesArrived.value]);
  if (!at || !who || !song.value) return null;
  return (
    <section class="roll" aria-label={`Notes of ${who.name} in ${at.section}`}>
      <div class="roll-bar">
        <b>{who.name}</b><span>{at.section}, visit {at.visit} · {notes.value.length} notes</span>
        <Choice label="Step" value={step.value} onChoose={(one) => (step.value = one)}
          choices={[["1", "1/4"], ["0.5", "1/8"], ["0.3333333333", "1/8 triplet"], ["0.25", "1/16"]]} />
        <Choice label="What is drawn is of" value={reach.value} onChoose={(one) => { void write(); reach.value = one; }}
          choices={[["all", "All visits"], ["this", "This visit"]]} />
        <span class="spring" />
        <span class="hint" role="status">{isUnwritten.value ? "Being written …" : selected.value ? describe(selected.value, who.role) : "Click draws, drag moves, Delete removes"}</span>
        <Button label="Close the piano roll" icon="close" keys="P" onClick={() => (isRollOpen.value = false)} />
      </div>
      <Grid role={who.role} />
    </section>
  );
}

const describe = (note: Note, role: string): string =>
  `${pitchName(note.pitch, role)}, quarter ${note.onset + 1}, ${note.length} long, velocity ${note.velocity}`;

/** Whose notes are drawn: what is not written yet is theirs, also when others are looked at by then. */
let owner: { stem: string; section: number } | null = null;

/** Send what was drawn, if anything was. */
async function write(): Promise<void> {
  clearTimeout(writeTimer);
  if (!isUnwritten.value || !owner) return;
  isUnwritten.value = false;
  const own = owner;
  const isTaken = await keepNotes(own.stem, { section: own.section, reach: reach.peek(), notes: kept(notes.peek()) });
  const at = section.peek(), all = notesOf(own.stem);
  if (!isTaken && all && at?.index === own.section && stem.peek()?.name === own.stem) notes.value = notesIn(all, at);
}

function change(wanted: Note[], chosen: Note | null): void {
  notes.value = wanted;
  selected.value = chosen;
  isUnwritten.value = true;
  owner = { stem: stem.peek()!.name, section: section.peek()!.index };
  clearTimeout(writeTimer);
  writeTimer = window.setTimeout(() => void write(), WRITE_MS);
}

const swap = (old: Note, now: Note): void => change(notes.value.map((one) => (one === old ? now : one)), now);
const drop = (old: Note): void => change(notes.value.filter((one) => one !== old), null);

interface Shape { low: number; high: number; px: number; total: number }

function shape(widthPx: number): Shape {
  const pitches = notes.value.map((note) => note.pitch);
  const middle = pitches.length ? (Math.min(...pitches) + Math.max(...pitches)) / 2 : 60;
  const half = Math.max(9, (Math.max(0, ...pitches) - (pitches.length ? Math.min(...pitches) : 0)) / 2 + 4);
  const total = barQuarters(song.value!, section.value!).reduce((sum, bar) => sum + bar, 0);
  return {
    low: Math.max(0, Math.floor(middle - half)), high: Math.min(127, Math.ceil(middle + half)), total,
    px: Math.max(10, (widthPx - KEYS_PX - 12) / total),
  };
}

function Grid({ role }: { role: string }) {
  const host = useRef<HTMLDivElement>(null), canvas = useRef<HTMLCanvasElement>(null), line = useRef<HTMLDivElement>(null);
  const frozen = useRef<Shape | null>(null);
  const own = () => (frozen.current ??= shape(host.current?.clientWidth ?? 800));
  useEffect(() => {
    frozen.current = null;
    const first = own();
    const pitches = notes.peek().map((note) => note.pitch).sort((a, b) => a - b);
    const middle = pitches[pitches.length >> 1] ?? 60;
    host.current!.scrollTop = (first.high - middle) * ROW_PX - host.current!.clientHeight / 2;
    draw(canvas.current!, first, role);
  }, [section.value?.index, stem.value?.name, taken.value]);
  useEffect(() => draw(canvas.current!, own(), role), [notes.value, selected.value, themeChanges.value, section.value]);
  useEffect(() => {
    let frame = 0;
    const place = () => {
      const at = section.value!, now = position();
      const share = (now - at.start_s) / (at.end_s - at.start_s);
      line.current!.style.display = share >= 0 && share <= 1 ? "" : "none";
      line.current!.style.transform = `translateX(${KEYS_PX + share * own().total * own().px}px)`;
      if (isPlaying.value) frame = requestAnimationFrame(place);
    };
    place();
    return () => cancelAnimationFrame(frame);
  }, [isPlaying.value, moved.value, section.value, timeMap.value]);
  return (
    <div class="roll-grid" ref={host}>
      <canvas ref={canvas} tabIndex={0} role="application" aria-label="Notes; arrows move the selected one, comma and full stop choose"
        onPointerDown={(event) => hold(event, own())} onKeyDown={(event) => onKey(event)}
        onDblClick={(event) => { const found = under(event, own()); if (found) drop(found.note); }} />
      <div class="playhead" ref={line} />
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, own: Shape, role: string): void {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const wide = KEYS_PX + own.total * own.px + 12, tall = (own.high - own.low + 1) * ROW_PX;
  [canvas.width, canvas.height] = [Math.ceil(wide * ratio), Math.ceil(tall * ratio)];
  [canvas.style.width, canvas.style.height] = [`${wide}px`, `${tall}px`];
  const g = canvas.getContext("2d")!;
  g.scale(ratio, ratio);
  drawKeys(g, own, role, wide);
  drawBars(g, own, tall);
  const fill = colour(identity(section.value!.colour));
  for (const note of notes.value) {
    const x = KEYS_PX + note.onset * own.px, y = (own.high - note.pitch) * ROW_PX;
    g.fillStyle = note === selected.value ? colour("accent") : fill;
    g.globalAlpha = note === selected.value ? 1 : 0.45 + (0.55 * note.velocity) / 127;
    g.beginPath();
    g.roundRect(x + 0.5, y + 1, Math.max(3, note.length * own.px - 1), ROW_PX - 2, 2.5);
    g.fill();
    if (!note.syllable) continue;
    g.globalAlpha = 1;
    g.fillStyle = colour("ink");
    g.fillText(note.syllable, x + 2, y + 1.5 * ROW_PX);
  }
  g.globalAlpha = 1;
}

function drawKeys(g: CanvasRenderingContext2D, own: Shape, role: string, wide: number): void {
  g.font = "500 9.5px Inter Variable, sans-serif";
  g.textBaseline = "middle";
  for (let pitch = own.low; pitch <= own.high; pitch++) {
    const y = (own.high - pitch) * ROW_PX;
    const isDark = role !== "drums" && isBlack(pitch);
    g.fillStyle = colour(isDark ? "roll-black" : "roll-white");
    g.fillRect(KEYS_PX, y, wide, ROW_PX - 1);
    g.fillStyle = colour(isDark ? "key-black" : "key-white");
    g.fillRect(0, y, KEYS_PX - 4, ROW_PX - 1);
    const isNamed = role === "drums" ? pitchName(pitch, role) !== String(pitch) : pitch % 12 === 0;
    g.fillStyle = colour("key-ink");
    if (isNamed) g.fillText(pitchName(pitch, role), 6, y + ROW_PX / 2);
  }
}

function drawBars(g: CanvasRenderingContext2D, own: Shape, tall: number): void {
  let at = 0;
  for (const bar of [...barQuarters(song.value!, section.value!), 0]) {
    g.fillStyle = colour("line-strong");
    g.fillRect(Math.round(KEYS_PX + at * own.px), 0, 1, tall);
    g.fillStyle = colour("grid");
    for (let beat = 1; beat < bar; beat++) g.fillRect(Math.round(KEYS_PX + (at + beat) * own.px), 0, 1, tall);
    at += bar;
  }
}

function point(event: MouseEvent, own: Shape): { onset: number; pitch: number } {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return {
    onset: (event.clientX - box.left - KEYS_PX) / own.px,
    pitch: own.high - Math.floor((event.clientY - box.top) / ROW_PX),
  };
}

function under(event: MouseEvent, own: Shape): { note: Note; isEdge: boolean } | null {
  const { onset, pitch } = point(event, own);
  const note = notes.value.find((one) => one.pitch === pitch && one.onset <= onset && onset < one.onset + one.length);
  return note ? { note, isEdge: (note.onset + note.length - onset) * own.px < EDGE_PX } : null;
}

function hold(event: PointerEvent, own: Shape): void {
  const canvas = event.currentTarget as HTMLCanvasElement;
  const began = point(event, own), found = under(event, own), grid = Number(step.value);
  if (event.button !== 0) return;
  if (began.onset < 0) {
    seek(section.value!.start_s);
    return;
  }
  canvas.setPointerCapture(event.pointerId);
  let held = found?.note ?? drawn(began, grid, own);
  const start = { ...held }, isStretch = !found || found.isEdge;
  selected.value = held;
  const onMove = (next: PointerEvent) => {
    const to = point({ clientX: next.clientX, clientY: next.clientY, currentTarget: canvas } as unknown as PointerEvent, own);
    const by = to.onset - began.onset;
    const wanted = isStretch
      ? { ...start, length: Math.max(grid, rounded(start.length + by, grid)) }
      : { ...start, onset: within(start, rounded(start.onset + by, grid), own), pitch: clamp(to.pitch - began.pitch + start.pitch) };
    if (wanted.onset === held.onset && wanted.pitch === held.pitch && wanted.length === held.length) return;
    swap(held, wanted);
    held = wanted;
  };
  canvas.addEventListener("pointermove", onMove);
  canvas.addEventListener("pointerup", () => canvas.removeEventListener("pointermove", onMove), { once: true });
}

const clamp = (pitch: number): number => Math.min(127, Math.max(0, pitch));
const within = (note: Note, onset: number, own: Shape): number => Math.min(own.total - note.length, Math.max(0, onset));

function drawn(at: { onset: number; pitch: number }, grid: number, own: Shape): Note {
  const onset = Math.min(own.total - grid, Math.floor(at.onset / grid) * grid);
  const note = { onset, length: grid, pitch: at.pitch, velocity: 96 };
  change([...notes.value, note], note);
  return note;
}

/** Arrows move the selected note, comma and full stop choose another one. */
function onKey(event: KeyboardEvent): void {
  const sorted = [...notes.value].sort((a, b) => a.onset - b.onset || a.pitch - b.pitch);
  const note = selected.value, grid = Number(step.value);
  const index = note ? sorted.indexOf(note) : -1;
  const acts: Record<string, () => void> = {
    ",": () => (selected.value = sorted[Math.max(0, index - 1)] ?? null),
    ".": () => (selected.value = sorted[Math.min(sorted.length - 1, index + 1)] ?? null),
    ...(note ? {
      ArrowLeft: () => swap(note, { ...note, onset: Math.max(0, note.onset - grid) }),
      ArrowRight: () => swap(note, { ...note, onset: note.onset + grid }),
      ArrowUp: () => swap(note, { ...note, pitch: clamp(note.pitch + (event.shiftKey ? 12 : 1)) }),
      ArrowDown: () => swap(note, { ...note, pitch: clamp(note.pitch - (event.shiftKey ? 12 : 1)) }),
      "[": () => swap(note, { ...note, length: Math.max(grid, note.length - grid) }),
      "]": () => swap(note, { ...note, length: note.length + grid }),
      Delete: () => drop(note), Backspace: () => drop(note), Escape: () => (selected.value = null),
    } : {}),
  };
  const act = acts[event.key];
  if (!act || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
