/** The bar at the top: the song, the transport, what is heard, undo, and the render. */
import { useEffect, useRef } from "preact/hooks";
import { api } from "../net/api";
import { connection } from "../net/live";
import {
  audition, heardNow, isPlaying, listening, loop, moved, position, seek, side, toggle,
} from "../sound/player";
import { isClickOn, theme, volume } from "../state/preferences";
import {
  areKeysOpen, complain, isBeginOpen, panel, pending, redo, rendering, section, song, state, timeMap, undo,
} from "../state/store";
import { clock } from "../state/timemap";
import { Button, Choice, Slider } from "./controls";

export function TopBar() {
  return (
    <header class="topbar">
      <button type="button" class="title" onClick={() => (isBeginOpen.value = true)} title="Begin or open another song">
        <img src="/mark.svg" alt="" width="22" height="22" />
        <span><b>{state.value?.title || "Ritornello"}</b><small>{state.value?.file}</small></span>
      </button>
      {song.value && <Transport />}
      {song.value && <Heard />}
      <div class="spring" />
      {song.value && <Render />}
      <div class="group">
        <Button label={theme.value === "dark" ? "Light" : "Dark"} icon={theme.value === "dark" ? "sun" : "moon"}
          onClick={() => (theme.value = document.documentElement.dataset.theme === "dark" ? "light" : "dark")} />
        <Button label="All keys" icon="keys" keys="?" onClick={() => (areKeysOpen.value = true)} />
      </div>
    </header>
  );
}

function Transport() {
  return (
    <div class="group transport" role="group" aria-label="Transport">
      <Button label="To the start" icon="start" keys="Home" onClick={() => seek(loop.value?.from_s ?? 0)} />
      <Button label={isPlaying.value ? "Pause" : "Play"} icon={isPlaying.value ? "pause" : "play"} keys="Space"
        kind="main" class="play" onClick={toggle} />
      <Button label="Loop the section" icon="loop" keys="L" isOn={loop.value !== null} onClick={toggleLoop} />
      <Button label="Metronome" icon="click" keys="K" isOn={isClickOn.value}
        onClick={() => (isClickOn.value = !isClickOn.value)} />
      <Place />
      <Button label={`Undo ${state.value?.undo ?? ""}`.trim()} icon="undo" keys="Ctrl Z" isDisabled={!state.value?.undo}
        onClick={() => void undo()} />
      <Button label={`Redo ${state.value?.redo ?? ""}`.trim()} icon="redo" keys="Ctrl Shift Z" isDisabled={!state.value?.redo}
        onClick={() => void redo()} />
    </div>
  );
}

export function toggleLoop(): void {
  const chosen = section.value;
  loop.value = loop.value || !chosen ? null : { from_s: chosen.start_s, to_s: chosen.end_s };
}

/** Where the song is: bar and beat, minutes and seconds. */
function Place() {
  const bars = useRef<HTMLElement>(null), time = useRef<HTMLElement>(null);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      const at = position();
      if (bars.current) bars.current.textContent = timeMap.value?.barsAndBeats(at) ?? "";
      if (time.current) time.current.textContent = clock(at, true);
      if (isPlaying.value) frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [isPlaying.value, moved.value, timeMap.value]);
  return (
    <div class="place" role="timer" aria-label="Position" aria-live="off">
      <b ref={bars} /><span ref={time} />
    </div>
  );
}

/** Master, stems or score; this render or the one before; the volume. */
function Heard() {
  const now = state.value?.render.now, before = state.value?.render.before;
  const heard = heardNow();
  const choices = [["master", "Master"], ["stems", "Stems"], ["score", "Score"]] as const;
  return (
    <div class="group heard">
      <Choice label="What is heard" value={heard} choices={now ? choices : [[heard, heard === "score" ? "Preview of the score" : "What is ready"]]}
        onChoose={(one) => (listening.value = one)} />
      {before && heard === "master" && (
        <Choice label="Which render, equally loud" value={side.value} onChoose={(one) => (side.value = one)}
          choices={[["now", "New"], ["before", "Before"]]} />
      )}
      {audition.value && <Button label="Back to the song's own take" text="Take" icon="close" kind="letter"
        onClick={() => (audition.value = null)} />}
      <div class="volume"><Slider isBare label="Volume" value={volume.value} min={0} max={1.25} rest={1}
        show={(value) => `${Math.round(value * 100)} %`} onMove={(value) => (volume.value = value)}
        onCommit={(value) => (volume.value = value)} /></div>
    </div>
  );
}

export function startRender(): void {
  api.render().then(() => undefined, complain);
}

const left = (seconds: number | null): string => (seconds === null ? "" : ` · ${clock(seconds)} left`);

function Render() {
  const job = rendering.value;
  if (connection.value === "lost") return <span class="render-note">not connected</span>;
  if (job) {
    const part = job.total > 0 ? job.done / job.total : 0;
    return (
      <div class="group render">
        <button type="button" class="progress" onClick={() => (panel.value = "render")} style={{ "--part": `${part * 100}%` }}>
          {job.state === "queued" ? "Waiting" : `${Math.round(part * 100)} %`}{left(job.seconds_left)}
        </button>
        <Button label="Cancel the render" icon="close" onClick={() => void api.cancel(job.id).catch(complain)} />
      </div>
    );
  }
  const isCurrent = state.value?.render.is_current;
  return (
    <div class="group render">
      <span class="render-note">{isCurrent ? "Rendered as it stands" : pending.value?.sentence}</span>
      <Button label="Render" text="Render" kind="main" keys="R" isDisabled={Boolean(isCurrent)} onClick={startRender} />
    </div>
  );
}
