/** Lanes of the whole song, above those of the stems: what happens, the melody, the lyrics, the loudness. */
import { effect, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { api } from "../net/api";
import type { LoudnessAnswer, Section } from "../net/messages";
import { HAPPENINGS_ID, editEvent } from "../panels/happenings";
import { seek } from "../sound/player";
import { shownLanes, type SongLane } from "../state/preferences";
import { setInSection, setInVisit } from "../state/edits";
import {
  apply, isRollOpen, notesArrived, notesOf, panel, reach, selectedSection, selectedStem, song, state,
} from "../state/store";
import { Choice, Popover } from "../ui/controls";
import { cost, sayCost } from "./blocks";
import type { View } from "./draw";
import { drawEvents, drawLoudness, drawLyrics, drawMelody, secondsOf } from "./draw_song";
import { Tiles } from "./tiles";
import { secondsAt, xOf } from "./viewport";
import { Row } from "./timeline";

export const SONG_LANES: readonly (readonly [SongLane, string, number])[] = [
  ["events", "What happens", 24], ["melody", "Melody", 48], ["lyrics", "Lyrics", 26], ["loudness", "Loudness", 40],
];

const levels = signal<LoudnessAnswer | null>(null);
const worded = signal<{ section: Section; x: number; y: number } | null>(null);

let measured = "";
effect(() => {
  const master = state.value?.render.now?.files.find((one) => one.name === "master")?.etag ?? "";
  if (master === measured || !shownLanes.value.includes("loudness")) return;
  measured = master;
  levels.value = null;
  if (master) void api.loudness().then((one) => measured === master && (levels.value = one), () => (measured = ""));
});

export function SongLanes({ view, version }: { view: View; version: string }) {
  return (
    <div class="song-lanes">
      {SONG_LANES.filter(([lane]) => shownLanes.value.includes(lane)).map(([lane, name, height]) => (
        <Lane key={lane} {...{ lane, name, height, view, version }} />
      ))}
    </div>
  );
}

interface LaneProps { lane: SongLane; name: string; height: number; view: View; version: string }

function Lane({ lane, name, height, view, version }: LaneProps) {
  const tune = lane === "melody" ? melodists() : lane === "lyrics" ? view.song.singers.slice(0, 1) : [];
  const parts = tune.map(notesOf).filter((one) => one !== null);
  const render = state.value!.render, now = render.now;
  const draw = (g: CanvasRenderingContext2D, from: number, to: number) => {
    if (lane === "events") drawEvents(g, view, from, to, height);
    if (lane === "melody") drawMelody(g, view, parts, from, to, height);
    if (lane === "lyrics") drawLyrics(g, view, parts[0] ?? null, from, to, height);
    if (lane === "loudness" && levels.value && now) drawLoudness(g, view, levels.value, now, render.is_current, from, to, height);
  };
  const more = lane === "loudness" ? loudness() : "";
  return (
    <Row class={`song-lane ${lane}-lane`} head={<span class="row-name">{name}{more && <small>{more}</small>}</span>}>
      <div class="lane-body" title={HINTS[lane]} onClick={(event) => ACTS[lane](place(event), event, view)}>
        <Tiles height={height} version={`${version}.${notesArrived.value}.${levels.value?.lufs.length}.${render.is_current}`} draw={draw} />
      </div>
    </Row>
  );
}

/** Whoever has the tune: the voice, and the lead. */
const melodists = (): string[] => [...new Set([...song.value!.singers, ...(song.value!.lead ? [song.value!.lead] : [])])];

function loudness(): string {
  const now = state.value!.render.now?.loudness_lufs;
  return now == null ? "" : `${now.toFixed(1)} LUFS`;
}

const HINTS: Record<SongLane, string> = {
  events: "Click to change what happens", melody: "Click to change the notes", lyrics: "Click to change the lyrics",
  loudness: "Short-term loudness of the master; the dashed line is the loudness of the whole song",
};

const place = (event: MouseEvent): number =>
  secondsAt(event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left);

function choose(at: number): Section | undefined {
  const found = song.value!.sections.find((one) => at < one.end_s);
  if (found) selectedSection.value = found.index;
  return found;
}

const NEAR_PX = 24;

const ACTS: Record<SongLane, (at: number, event: MouseEvent, view: View) => void> = {
  events: (at, _, view) => {
    const section = choose(at);
    if (!section) return;
    panel.value = "section";
    const bar = 1 + song.value!.bars.filter((one) => one.start_s <= at).length - 1 - section.first_bar;
    const far = section.events.map((one) => xOf(at) - xOf(secondsOf(view, section, one)));
    const near = far.findIndex((one) => one >= -4 && one === Math.min(...far.filter((other) => other >= -4)));
    editEvent(section.index, near >= 0 && far[near]! < NEAR_PX * 4 ? near : section.events.length, bar);
    requestAnimationFrame(() => document.getElementById(HAPPENINGS_ID)?.scrollIntoView({ block: "center" }));
  },
  melody: (at) => {
    const section = choose(at);
    const who = melodists().find((name) => section?.playing.includes(name)) ?? melodists()[0];
    if (who) selectedStem.value = who;
    seek(at);
    isRollOpen.value = true;
  },
  lyrics: (at, event) => {
    const section = choose(at);
    if (section) worded.value = { section, x: event.clientX, y: (event.currentTarget as HTMLElement).getBoundingClientRect().bottom + 4 };
  },
  loudness: (at) => {
    choose(at);
    seek(at);
  },
};

/** The window in which lyrics are written; it stands outside of what scrolls. */
export function LyricsEditor() {
  return worded.value && <Words key={worded.value.section.index} />;
}

function Words() {
  const { section, x, y } = worded.value!;
  const [text, setText] = useState(section.lyrics);
  const close = () => {
    worded.value = null;
    sayCost(null);
  };
  const edit = (words: string) =>
    (reach.value === "this" ? setInVisit : setInSection)(section, "lyrics", words.trim() ? words : null);
  const show = (words: string) => {
    setText(words);
    sayCost(words === section.lyrics ? null : edit(words));
  };
  const commit = (event: Event) => {
    event.preventDefault();
    close();
    if (text !== section.lyrics) void apply(edit(text));
  };
  return (
    <Popover x={x} y={y} label={`Lyrics of ${section.section}, visit ${section.visit}`} onClose={close}>
      <form onSubmit={commit} onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && commit(event)}>
        <Choice label="What changes apply to" value={reach.value} onChoose={(one) => { reach.value = one; show(text); }}
          choices={[["all", `All visits of ${section.section}`], ["this", "This visit"]]} />
        <label class="field"><span>Lyrics, a line to a phrase</span>
          <textarea rows={5} value={text} onInput={(event) => show(event.currentTarget.value)} /></label>
        <div class="line"><p class="cost" role="status">{cost.value || "\u00a0"}</p><span class="spring" />
          <button type="submit" class="button main">Set</button></div>
      </form>
    </Popover>
  );
}
