/** The line below the lanes: zoom, waveforms or notes, the piano roll. */
import { isRollOpen, laneView } from "../state/store";
import { Wish } from "../panels/wish";
import { Button, Choice } from "../ui/controls";
import { fit, isFitted, zoom } from "./viewport";

export function LaneTools() {
  return (
    <div class="tools" role="toolbar" aria-label="Timeline tools">
      <Choice label="Lanes show" value={laneView.value} onChoose={(one) => (laneView.value = one)}
        choices={[["waves", "Waveforms"], ["notes", "Notes"]]} />
      <Button label="Piano roll" icon="notes" text="Piano roll" keys="P" isOn={isRollOpen.value} onClick={() => (isRollOpen.value = !isRollOpen.value)} />
      <Wish />
      <Button label="Zoom out" icon="minus" keys="−" onClick={() => zoom(1 / 1.4)} />
      <Button label="All of the song" text="Fit" keys="F" isOn={isFitted.value} onClick={fit} />
      <Button label="Zoom in" icon="plus" keys="+" onClick={() => zoom(1.4)} />
    </div>
  );
}
