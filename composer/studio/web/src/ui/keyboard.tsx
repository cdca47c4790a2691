/** The keyboard: one list of keys, which is acted on and shown. */
import { listening, pause, play, position, seek, side, toggle } from "../sound/player";
import { fader, move } from "../sound/mixer";
import { duplicateVisit, deleteVisit, setInSection } from "../state/edits";
import { beginWish } from "../panels/wish";
import { isClickOn } from "../state/preferences";
import {
  apply, areKeysOpen, isBeginOpen, isRollOpen, laneView, panel, redo, section, selectedSection, selectedStem, song,
  state, stem, timeMap, undo, unit, type Panel,
} from "../state/store";
import { moveTo, openMenuOf } from "../timeline/blocks";
import { fit, reveal, showSpan, zoom } from "../timeline/viewport";
import { startRender, toggleLoop } from "./topbar";
import { Button } from "./controls";

interface Key { keys: string; match: string[]; text: string; act: () => void }

function goBars(by: number): void {
  const bars = song.value?.bars ?? [];
  const now = timeMap.value?.bar(position() + 0.001)?.index ?? 0;
  const to = bars[Math.max(0, Math.min(bars.length - 1, now + by))];
  if (to) {
    seek(to.start_s);
    reveal(to.start_s);
  }
}

function chooseSection(by: number): void {
  const all = song.value?.sections ?? [];
  selectedSection.value = Math.max(0, Math.min(all.length - 1, selectedSection.value + by));
  const now = all[selectedSection.value];
  if (now) reveal(now.start_s);
  document.getElementById(`section-${selectedSection.value}`)?.focus({ preventScroll: true });
}

function chooseStem(by: number): void {
  const all = song.value?.stems ?? [];
  const index = all.findIndex((one) => one.name === stem.value?.name);
  selectedStem.value = all[Math.max(0, Math.min(all.length - 1, index + by))]?.name ?? null;
}

const here = (act: (at: NonNullable<typeof section.value>) => unknown) => () => {
  if (section.value) act(section.value);
};
const show = (which: Panel) => () => (panel.value = which);
const flip = (field: "isMuted" | "isSolo") => () => {
  const name = stem.value?.name;
  if (name) move(name, { [field]: !fader(name)[field] });
};

export const KEYS: readonly (readonly [string, Key[]])[] = [
  ["Hear", [
    { keys: "Space", match: [" "], text: "Play, pause", act: toggle },
    { keys: "Enter", match: ["Enter"], text: "Play the selected section", act: here((at) => void play(at.start_s)) },
    { keys: "Home", match: ["Home"], text: "To the start", act: () => seek(0) },
    { keys: "Esc", match: ["Escape"], text: "Stop, close", act: () => (areKeysOpen.value ? (areKeysOpen.value = false) : pause()) },
    { keys: "L", match: ["l"], text: "Loop the section", act: toggleLoop },
    { keys: "M, S", match: ["m"], text: "Mute, solo the stem", act: flip("isMuted") },
    { keys: "", match: ["s"], text: "", act: flip("isSolo") },
    { keys: "K", match: ["k"], text: "Metronome", act: () => (isClickOn.value = !isClickOn.value) },
    { keys: "A", match: ["a"], text: "This render, the one before", act: () => (side.value = side.value === "now" && state.value?.render.before ? "before" : "now") },
    { keys: "1, 2, 3", match: ["1"], text: "Hear master, stems, score", act: () => (listening.value = "master") },
    { keys: "", match: ["2"], text: "", act: () => (listening.value = "stems") },
    { keys: "", match: ["3"], text: "", act: () => (listening.value = "score") },
  ]],
  ["Go", [
    { keys: "← →", match: ["ArrowLeft"], text: "A bar back, on", act: () => goBars(-1) },
    { keys: "", match: ["ArrowRight"], text: "", act: () => goBars(1) },
    { keys: "Shift ← →", match: ["shift+ArrowLeft"], text: "Another section", act: () => chooseSection(-1) },
    { keys: "", match: ["shift+ArrowRight"], text: "", act: () => chooseSection(1) },
    { keys: "↑ ↓", match: ["ArrowUp"], text: "Another stem", act: () => chooseStem(-1) },
    { keys: "", match: ["ArrowDown"], text: "", act: () => chooseStem(1) },
    { keys: "+ −", match: ["+", "=", "shift++"], text: "Zoom", act: () => zoom(1.4) },
    { keys: "", match: ["-"], text: "", act: () => zoom(1 / 1.4) },
    { keys: "F", match: ["f"], text: "All of the song", act: fit },
    { keys: "Z", match: ["z"], text: "Zoom to the section", act: here((at) => showSpan(at.start_s, at.end_s)) },
    { keys: "U", match: ["u"], text: "Bars, seconds", act: () => (unit.value = unit.value === "bars" ? "seconds" : "bars") },
    { keys: "N", match: ["n"], text: "Waveforms, notes", act: () => (laneView.value = laneView.value === "waves" ? "notes" : "waves") },
  ]],
  ["Change", [
    { keys: "/", match: ["/"], text: "Change it in words", act: beginWish },
    { keys: "Ctrl Z", match: ["ctrl+z"], text: "Undo", act: () => void undo() },
    { keys: "Ctrl Shift Z", match: ["ctrl+shift+z", "ctrl+y"], text: "Redo", act: () => void redo() },
    { keys: "Alt ← →", match: ["alt+ArrowLeft"], text: "Move the section", act: here((at) => moveTo(at, at.index - 1)) },
    { keys: "", match: ["alt+ArrowRight"], text: "", act: here((at) => moveTo(at, at.index + 1)) },
    { keys: "[ ]", match: ["["], text: "A bar shorter, longer", act: here((at) => at.bars > 1 && apply(setInSection(at, "bars", at.bars - 1))) },
    { keys: "", match: ["]"], text: "", act: here((at) => apply(setInSection(at, "bars", at.bars + 1))) },
    { keys: "D", match: ["d"], text: "Duplicate the section", act: here((at) => apply(duplicateVisit(at))) },
    { keys: "Del", match: ["Delete", "Backspace"], text: "Delete the section", act: here((at) => apply(deleteVisit(at))) },
    { keys: "F2", match: ["F2"], text: "Rename the section", act: here((at) => openMenuOf(at, true)) },
    { keys: "R", match: ["r"], text: "Render", act: startRender },
  ]],
  ["Show", [
    { keys: "I", match: ["i"], text: "Section", act: show("section") },
    { keys: "E", match: ["e"], text: "Spec", act: show("spec") },
    { keys: "T", match: ["t"], text: "Takes", act: show("takes") },
    { keys: "G", match: ["g"], text: "Render and jobs", act: show("render") },
    { keys: "W", match: ["w"], text: "Take away", act: show("away") },
    { keys: "P", match: ["p"], text: "Piano roll", act: () => (isRollOpen.value = !isRollOpen.value) },
    { keys: "O", match: ["o"], text: "Begin or open a song", act: () => (isBeginOpen.value = true) },
    { keys: "?", match: ["?", "shift+?"], text: "This list", act: () => (areKeysOpen.value = !areKeysOpen.value) },
  ]],
];

const acts = new Map(KEYS.flatMap(([, keys]) => keys.flatMap((key) => key.match.map((match) => [match, key.act] as const))));

/** The name of what was pressed: `ctrl+shift+z`. */
function pressed(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isSign = event.key.length === 1 && !/[a-z0-9 ]/i.test(event.key);
  return [event.ctrlKey || event.metaKey ? "ctrl+" : "", event.altKey ? "alt+" : "",
    event.shiftKey && !isSign ? "shift+" : "", key].join("");
}

const WRITES = "textarea, select, [contenteditable=true], input:not([type=range])";

export function onKeyDown(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || target.closest?.(WRITES) || (isBeginOpen.value && event.key !== "Escape")) return;
  const name = pressed(event);
  if (name === "Enter" && target.matches("button, a, summary")) return;
  if (target.matches("input[type=range]") && /^Arrow|^Home/.test(event.key)) return;
  const act = acts.get(name);
  if (!act || !song.value) return;
  event.preventDefault();
  act();
}

export function KeyList() {
  const close = () => (areKeysOpen.value = false);
  return (
    <div class="veil" onClick={close}>
      <div class="sheet-box" role="dialog" aria-modal="true" aria-label="Keys" onClick={(event) => event.stopPropagation()}>
        <div class="line"><h2>Keys</h2><span class="spring" /><Button label="Close" icon="close" onClick={close} /></div>
        <div class="key-columns">
          {KEYS.map(([name, keys]) => (
            <section key={name}><h3>{name}</h3><dl>
              {keys.filter((key) => key.keys).map((key) => <div key={key.keys}><dt>{key.text}</dt><dd><kbd>{key.keys}</kbd></dd></div>)}
            </dl></section>
          ))}
        </div>
      </div>
    </div>
  );
}

