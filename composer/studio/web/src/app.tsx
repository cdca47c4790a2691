/** The page: the bar, what was understood, the timeline, the piano roll, and the panels beside them. */
import { connection } from "./net/live";
import {
  areKeysOpen, isBeginOpen, isRollOpen, message, panel, state, undo, type Panel,
} from "./state/store";
import { AwayPanel } from "./panels/away";
import { BeginPage } from "./panels/begin";
import { RenderPanel } from "./panels/render";
import { SectionPanel } from "./panels/section";
import { SpecPanel } from "./panels/spec";
import { TakesPanel } from "./panels/takes";
import { Roll } from "./roll/roll";
import { SectionMenu } from "./timeline/blocks";
import { ChordEditor } from "./timeline/chords";
import { LyricsEditor } from "./timeline/songlanes";
import { Timeline } from "./timeline/timeline";
import { Chips } from "./ui/chips";
import { KeyList } from "./ui/keyboard";
import { LaneTools } from "./timeline/tools";
import { TopBar } from "./ui/topbar";

const PANELS: readonly (readonly [Panel, string])[] = [
  ["section", "Section"], ["spec", "Spec"], ["takes", "Takes"], ["render", "Render"], ["away", "Take away"],
];

export function App() {
  if (!state.value) return <p class="waiting" role="status">Opening the studio …</p>;
  const isBeginning = !state.value.is_open || isBeginOpen.value;
  return (
    <div class="app">
      {isBeginning ? <BeginPage /> : <Desk />}
      <Notices />
      {areKeysOpen.value && <KeyList />}
    </div>
  );
}

function Desk() {
  return (
    <>
      <TopBar />
      <Chips />
      <main class={`desk${isRollOpen.value ? " with-roll" : ""}`}>
        {state.value!.song ? <Timeline /> : <Faults />}
        {isRollOpen.value && state.value!.song && <Roll />}
        {state.value!.song && <LaneTools />}
        <Side />
      </main>
      <SectionMenu />
      <ChordEditor />
      <LyricsEditor />
    </>
  );
}

function Side() {
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const at = PANELS.findIndex(([key]) => key === panel.value);
    panel.value = PANELS[(at + by + PANELS.length) % PANELS.length]![0];
    document.getElementById(`tab-${panel.value}`)?.focus();
  };
  return (
    <aside class="side" aria-label="Panels">
      <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={onKeyDown}>
        {PANELS.map(([key, text]) => (
          <button type="button" role="tab" key={key} id={`tab-${key}`} aria-controls="panel"
            aria-selected={panel.value === key} tabIndex={panel.value === key ? 0 : -1}
            onClick={() => (panel.value = key)}>{text}</button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${panel.value}`} tabIndex={0}>
        <Shown which={panel.value} />
      </div>
    </aside>
  );
}

function Shown({ which }: { which: Panel }) {
  switch (which) {
    case "section": return <SectionPanel />;
    case "spec": return <SpecPanel />;
    case "takes": return <TakesPanel />;
    case "render": return <RenderPanel />;
    case "away": return <AwayPanel />;
  }
}

/** What is wrong with a song that cannot be planned. */
function Faults() {
  return (
    <section class="faults" aria-label="Faults">
      <h2>This song cannot be planned yet</h2>
      <ul>{state.value!.faults.map((fault, index) => (
        <li key={index}><b>{fault.field}</b> {fault.message}{fault.line && <em> line {fault.line}</em>}{fault.hint && <p class="hint">{fault.hint}</p>}</li>
      ))}</ul>
      <button type="button" class="button" onClick={() => (panel.value = "spec")}>Mend it in the spec</button>
    </section>
  );
}

function Notices() {
  const lost = connection.value === "lost" ? "The connection to the studio is lost; it comes back by itself."
    : connection.value === "ended" ? "The studio was closed. Start it again to go on." : "";
  const now = message.value;
  return (
    <div class="notices">
      <div role="status" aria-live="polite">{now?.kind === "news" && <p class="notice">{now.text}
        {now.undoes && <button type="button" class="button" onClick={() => { message.value = null; void undo(); }}>Undo</button>}</p>}</div>
      <div role="alert">{lost && <p class="notice lost">{lost}</p>}
        {now?.kind === "alert" && <p class="notice alert">{now.text}
          <button type="button" class="button" aria-label="Close" onClick={() => (message.value = null)}>×</button></p>}</div>
    </div>
  );
}
