/** The sections as blocks: chosen, dragged to another place, made longer, and their menu. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { api, type Edit } from "../net/api";
import type { Section } from "../net/messages";
import { loop, play, seek } from "../sound/player";
import { deleteVisit, duplicateVisit, moveVisit, renameSection, setInSection } from "../state/edits";
import { apply, panel, say, selectedSection, song } from "../state/store";
import { Button, Popover } from "../ui/controls";
import { identity } from "../ui/colours";
import { blockHeight } from "./draw";
import { showSpan, xOf } from "./viewport";

interface Drag { index: number; dx: number; kind: "move" | "length"; bars: number; to: number }
const drag = signal<Drag | null>(null);
const menu = signal<{ section: Section; x: number; y: number; isNaming: boolean } | null>(null);
/** What a change under the pointer would cost, in words. */
export const cost = signal("");

let asking: AbortController | null = null;
let askTimer = 0;
/** Say what an edit would make anew; the newest question alone is answered. */
export function sayCost(edit: Edit | null): void {
  asking?.abort();
  clearTimeout(askTimer);
  cost.value = "";
  if (!edit) return;
  askTimer = window.setTimeout(() => {
    asking = new AbortController();
    api.preview(edit, asking.signal).then((preview) => (cost.value = preview.sentence), () => (cost.value = ""));
  }, 120);
}

export function Blocks({ height }: { height: number }) {
  const sections = song.value!.sections;
  return (
    <div class="blocks" style={{ height: `${height}px` }} role="listbox" aria-label="Sections"
      aria-orientation="horizontal">
      {sections.map((section) => <Block key={section.index} section={section} height={height} />)}
      {drag.value?.kind === "move" && <Landing drag={drag.value} />}
    </div>
  );
}

function Block({ section, height }: { section: Section; height: number }) {
  const isChosen = section.index === selectedSection.value;
  const held = drag.value?.index === section.index ? drag.value : null;
  const left = xOf(section.start_s);
  const ownWidth = xOf(section.end_s) - left;
  const wide = held?.kind === "length" ? (ownWidth * held.bars) / section.bars : ownWidth;
  const tall = blockHeight(section.energy, height);
  const bars = held?.kind === "length" ? held.bars : section.bars;
  return (
    <div
      id={`section-${section.index}`} role="option" tabIndex={isChosen ? 0 : -1} aria-selected={isChosen}
      data-section={section.section}
      class={`block${section.is_rendered ? "" : " open"}${held ? " held" : ""}`}
      style={{
        "--own": `var(--${identity(section.colour)})`, width: `${Math.max(3, wide - 2)}px`, height: `${tall}px`,
        left: `${left}px`, ...(held?.kind === "move" ? { transform: `translateX(${held.dx}px)` } : {}),
      }}
      onPointerDown={(event) => hold(event, section, "move")}
      onDblClick={() => void play(section.start_s)}
      onFocus={() => (selectedSection.value = section.index)}
      onContextMenu={(event) => openMenu(event, section)}
    >
      <span class="block-name">{section.section}</span>{" "}
      <span class="block-more">{bars} bars{section.variation > 0 && ` · var ${section.variation}`}
        {section.lift !== 0 && ` · ${section.lift > 0 ? "+" : ""}${section.lift}`}</span>
      <span class="unseen">{more(section)}</span>
      <span class="block-edge" onPointerDown={(event) => hold(event, section, "length")} />
      {held?.kind === "length" && <span class="block-cost" role="status">{bars} bars. {cost.value}</span>}
    </div>
  );
}

/** What the block shows without words. */
function more(section: Section): string {
  const returns = section.returns_of === null ? "" : `, returns, variation ${section.variation}`;
  const heard = section.is_rendered ? "" : ", not rendered yet";
  return ` visit ${section.visit}, bars ${section.first_bar + 1} to ${section.first_bar + section.bars}, energy ` +
    `${Math.round(section.energy * 100)} per cent${returns}${heard}`;
}

/** Where a dragged block would come to stand. */
function Landing({ drag: held }: { drag: Drag }) {
  const sections = song.value!.sections;
  const at = held.to > held.index ? sections[held.to]!.end_s : sections[held.to]!.start_s;
  return <div class="landing" style={{ transform: `translateX(${xOf(at) - 2}px)` }} />;
}

function hold(event: PointerEvent, section: Section, kind: Drag["kind"]): void {
  if (event.button !== 0) return;
  event.stopPropagation();
  selectedSection.value = section.index;
  panel.value = panel.value === "render" ? "section" : panel.value;
  const own = event.currentTarget as HTMLElement;
  own.setPointerCapture(event.pointerId);
  const began = event.clientX;
  const barPx = (xOf(section.end_s) - xOf(section.start_s)) / section.bars;
  const onMove = (next: PointerEvent) => {
    const dx = next.clientX - began;
    if (!drag.value && Math.abs(dx) < 5) return;
    const bars = Math.max(1, section.bars + Math.round(dx / barPx));
    const isNew = drag.value?.bars !== bars;
    drag.value = { index: section.index, dx, kind, bars, to: landing(section, dx) };
    if (kind === "length" && isNew) sayCost(bars === section.bars ? null : setInSection(section, "bars", bars));
  };
  const onEnd = (end: PointerEvent) => {
    own.removeEventListener("pointermove", onMove);
    const done = drag.value;
    drag.value = null;
    sayCost(null);
    if (end.type === "pointerup" && done) finish(section, done);
    else if (end.type === "pointerup" && kind === "move") own.focus();
  };
  own.addEventListener("pointermove", onMove);
  own.addEventListener("pointerup", onEnd, { once: true });
  own.addEventListener("pointercancel", onEnd, { once: true });
}

function landing(section: Section, dx: number): number {
  const middle = (xOf(section.start_s) + xOf(section.end_s)) / 2 + dx;
  const sections = song.value!.sections;
  const found = sections.findIndex((one) => middle < xOf(one.end_s));
  return found < 0 ? sections.length - 1 : found;
}

function finish(section: Section, done: Drag): void {
  if (done.kind === "length" && done.bars !== section.bars) void apply(setInSection(section, "bars", done.bars));
  if (done.kind === "move" && done.to !== section.index) moveTo(section, done.to);
}

export function moveTo(section: Section, to: number): void {
  if (!section.visit_path) return say("The form is planned. Write it out in the spec to move sections.", "alert");
  if (to < 0 || to >= song.value!.sections.length) return;
  void apply(moveVisit(section, song.value!.sections[to]!)).then((isDone) => isDone && (selectedSection.value = to));
}

function openMenu(event: MouseEvent, section: Section): void {
  event.preventDefault();
  selectedSection.value = section.index;
  menu.value = { section, x: event.clientX, y: event.clientY, isNaming: false };
}

/** Open the menu of the selected section from the keyboard. */
export function openMenuOf(section: Section, isNaming = false): void {
  const box = document.getElementById(`section-${section.index}`)!.getBoundingClientRect();
  menu.value = { section, x: Math.max(box.left, 220) + 12, y: box.bottom, isNaming };
}

/** The menu of a section; it stands outside of what scrolls. */
export function SectionMenu() {
  return menu.value && <Menu key={String(menu.value.isNaming)} />;
}

function Menu() {
  const { section, x, y, isNaming } = menu.value!;
  const close = () => {
    menu.value = null;
    sayCost(null);
  };
  const item = (text: string, keys: string, act: () => void, edit: Edit | null = null) => (
    <button type="button" class="item" onPointerEnter={() => sayCost(edit)} onFocus={() => sayCost(edit)}
      onClick={() => { close(); act(); }}>
      <span>{text}</span><kbd>{keys}</kbd>
    </button>
  );
  const change = (edit: Edit) => () => void apply(edit);
  const doubled = duplicateVisit(section);
  return (
    <Popover x={x} y={y} label={`${section.section}, visit ${section.visit}`} onClose={close}>
      {isNaming ? <Naming section={section} onDone={close} /> : <>
        {item("Play from here", "Enter", () => void play(section.start_s))}
        {item("Loop", "L", () => (loop.value = { from_s: section.start_s, to_s: section.end_s }))}
        {item("Zoom to it", "Z", () => showSpan(section.start_s, section.end_s))}
        <hr />
        {item("Duplicate", "D", change(doubled), doubled)}
        {item("Move earlier", "Alt ←", () => moveTo(section, section.index - 1))}
        {item("Move later", "Alt →", () => moveTo(section, section.index + 1))}
        {item("Rename …", "F2", () => openMenuOf(section, true))}
        {item("Delete", "Del", change(deleteVisit(section)), deleteVisit(section))}
        <p class="cost" role="status">{cost.value || "\u00a0"}</p>
      </>}
    </Popover>
  );
}

function Naming({ section, onDone }: { section: Section; onDone: () => void }) {
  const [name, setName] = useState(section.section);
  useEffect(() => seek(section.start_s), []);
  const commit = (event: Event) => {
    event.preventDefault();
    onDone();
    if (name !== section.section) void apply(renameSection(section, name));
  };
  return (
    <form onSubmit={commit} class="naming">
      <label class="field"><span>New name of {section.section}</span>
        <input value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <Button label="Rename" text="Rename" kind="main" onClick={commit} />
    </form>
  );
}
