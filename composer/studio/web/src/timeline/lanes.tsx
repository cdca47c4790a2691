/** A lane for each stem: its waveform or notes, mute, solo, level, place and meter. */
import { useEffect, useRef } from "preact/hooks";
import type { Stem } from "../net/messages";
import { fader, faders, isAudible, move } from "../sound/mixer";
import { isPlaying, levels, seek } from "../sound/player";
import {
  isRollOpen, laneView, notesArrived, notesOf, selectedSection, selectedStem, song, state,
} from "../state/store";
import { Button, Slider } from "../ui/controls";
import { drawLane, type View, type Wave } from "./draw";
import { Tiles } from "./tiles";
import { lanesHeight, secondsAt } from "./viewport";
import { Row } from "./timeline";

const SMALLEST_PX = 58;
const LARGEST_PX = 112;
/** Few stems have tall lanes, many have low ones. */
const laneHeight = (stems: number): number =>
  Math.round(Math.min(LARGEST_PX, Math.max(SMALLEST_PX, lanesHeight.value / stems - 1)));

export function Lanes({ view, version }: { view: View; version: string }) {
  useMeters();
  return <div class="lanes">{view.song.stems.map((stem) => <Lane key={stem.name} {...{ stem, view, version }} />)}</div>;
}

function Lane({ stem, view, version }: { stem: Stem; view: View; version: string }) {
  const render = state.value!.render;
  const isShown = laneView.value === "waves" && render.now;
  const wave: Wave | null = isShown ? { rendering: render.now!, isCurrent: render.is_current } : null;
  const notes = stem.has_notes ? notesOf(stem.name) : null;
  const isChosen = selectedStem.value === stem.name;
  const choose = (event: MouseEvent) => {
    const at = secondsAt(event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left);
    selectedStem.value = stem.name;
    const found = song.value!.sections.findIndex((one) => at < one.end_s);
    if (found >= 0) selectedSection.value = found;
    seek(at);
  };
  const height = laneHeight(view.song.stems.length);
  const shade = isAudible(stem.name) ? "" : " silent";
  return (
    <Row class={`lane${isChosen ? " chosen-lane" : ""}${shade}`} head={<LaneHead stem={stem} />}>
      <div class="lane-body" onClick={choose} onDblClick={() => (isRollOpen.value = true)}>
        <Tiles height={height} version={`${version}.${notesArrived.value}`}
          draw={(g, from, to, again) => drawLane(g, view, stem.name, notes, wave, from, to, height, again)} />
      </div>
    </Row>
  );
}

const decibels = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(1)} dB`;
const places = (value: number): string =>
  value === 0 ? "centre" : `${Math.round(Math.abs(value) * 100)} % ${value < 0 ? "left" : "right"}`;

function LaneHead({ stem }: { stem: Stem }) {
  const { name } = stem;
  void faders.value;
  const own = fader(name);
  return (
    <div class="lane-head" onClick={() => (selectedStem.value = name)} role="group" aria-label={`Stem ${name}`}>
      <button type="button" class="lane-name" title={stem.prompt} aria-pressed={selectedStem.value === name}>
        {name}<small>{stem.role}</small>
      </button>
      <Button label={`Mute ${name}`} text="M" kind="letter" isOn={own.isMuted} keys="M" class="mute"
        onClick={() => move(name, { isMuted: !own.isMuted })} />
      <Button label={`Solo ${name}`} text="S" kind="letter" isOn={own.isSolo} keys="S" class="solo"
        onClick={() => move(name, { isSolo: !own.isSolo })} />
      <div class="faders">
        <Slider isBare label={`Level of ${name}`} value={own.gain_db} min={-24} max={12} step={0.5} rest={0} show={decibels}
          onMove={(gain_db) => move(name, { gain_db })} onCommit={(gain_db) => move(name, { gain_db })} />
        <Slider isBare label={`Place of ${name}`} value={own.pan} min={-1} max={1} step={0.05} rest={0} show={places}
          onMove={(pan) => move(name, { pan })} onCommit={(pan) => move(name, { pan })} />
      </div>
      <div class="meter" aria-hidden="true"><i data-meter={name} /></div>
    </div>
  );
}

/** Meters that follow the sound while it plays. */
function useMeters(): void {
  const shown = useRef(new Map<string, number>());
  useEffect(() => {
    const bars = new Map([...document.querySelectorAll<HTMLElement>("[data-meter]")].map((bar) => [bar.dataset.meter!, bar]));
    let frame = 0;
    const draw = () => {
      const now = isPlaying.value ? levels() : new Map<string, number>();
      for (const [name, bar] of bars) {
        const level = Math.max(now.get(name) ?? 0, (shown.current.get(name) ?? 0) * 0.88);
        shown.current.set(name, level);
        const height = level < 1e-3 ? 0 : Math.min(1, 1 + Math.log10(level) / 2.4);
        bar.style.transform = `scaleX(${height.toFixed(3)})`;
      }
      if (isPlaying.value) frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [isPlaying.value, song.value]);
}
