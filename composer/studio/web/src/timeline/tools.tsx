/** The line below the lanes: zoom, waveforms or notes, the piano roll. */
import { signal } from "@preact/signals";
import { isRollOpen, laneView } from "../state/store";
import { Wish } from "../panels/wish";
import { Button, Choice, Popover } from "../ui/controls";
import { shownLanes, type SongLane } from "../state/preferences";
import { SONG_LANES } from "./songlanes";
import { fit, isFitted, zoom } from "./viewport";

const opened = signal<{ x: number; y: number } | null>(null);

/** Which lanes of the whole song are shown. */
function LaneChoice() {
  const flip = (lane: SongLane) => {
    const shown = shownLanes.value;
    shownLanes.value = shown.includes(lane) ? shown.filter((one) => one !== lane) : [...shown, lane];
  };
  return (
    <>
      <Button label="Lanes of the song" icon="lanes" text="Lanes" onClick={(event) => {
        const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
        opened.value = { x: box.left, y: box.top };
      }} />
      {opened.value && <Popover {...opened.value} label="Lanes of the song" onClose={() => (opened.value = null)}>
        {SONG_LANES.map(([lane, name]) => (
          <label class="check" key={lane}><input type="checkbox" checked={shownLanes.value.includes(lane)} onChange={() => flip(lane)} />{name}</label>
        ))}
      </Popover>}
    </>
  );
}

export function LaneTools() {
  return (
    <div class="tools" role="toolbar" aria-label="Timeline tools">
      <Choice label="Lanes show" value={laneView.value} onChoose={(one) => (laneView.value = one)}
        choices={[["waves", "Waveforms"], ["notes", "Notes"]]} />
      <Button label="Piano roll" icon="notes" text="Piano roll" keys="P" isOn={isRollOpen.value} onClick={() => (isRollOpen.value = !isRollOpen.value)} />
      <LaneChoice />
      <Wish />
      <Button label="Zoom out" icon="minus" keys="−" onClick={() => zoom(1 / 1.4)} />
      <Button label="All of the song" text="Fit" keys="F" isOn={isFitted.value} onClick={fit} />
      <Button label="Zoom in" icon="plus" keys="+" onClick={() => zoom(1.4)} />
    </div>
  );
}
