/** The render panel: what will be made anew, what stays, the jobs, and what has been done so far. */
import { api } from "../net/api";
import type { Job, KeptBars } from "../net/messages";
import { complain, isOpen, jobs, pending, rendering, song, state } from "../state/store";
import { History } from "./history";
import { clock } from "../state/timemap";
import { Button } from "../ui/controls";
import { startRender } from "../ui/topbar";

export function RenderPanel() {
  const render = state.value!.render;
  return (
    <div class="fields">
      <h2>Render<small>{song.value?.backend} · seed {song.value?.seed}</small></h2>
      {render.is_current
        ? <p class="hint">The rendered song is the song as it stands.</p>
        : <><p class="sentence" role="status">{pending.value?.sentence ?? "Counting what is to be made …"}</p>
          {render.now && <Kept kept={pending.value?.kept ?? []} />}
          {!rendering.value && <Button label="Render" text="Render now" kind="main" onClick={startRender} />}</>}
      {render.now && <Loudness />}
      <h3>Jobs</h3>
      {jobs.value.length ? [...jobs.value].reverse().map((job) => <JobRow key={job.id} job={job} />)
        : <p class="hint">Nothing was asked for yet. A render goes on when this page is closed.</p>}
      <History />
    </div>
  );
}

function Kept({ kept }: { kept: KeptBars[] }) {
  if (!kept.length) return null;
  return (
    <table class="table"><caption>Stays byte for byte</caption>
      <tbody>{kept.map((one) => (
        <tr key={one.stem}><th scope="row">{one.stem}</th>
          <td>{one.bars.length ? `bars ${one.bars.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(", ")}` : "nothing"}</td></tr>
      ))}</tbody>
    </table>
  );
}

function Loudness() {
  const { now, before } = state.value!.render;
  const shown = (value: number | null | undefined, unit: string) => (value == null ? "–" : `${value.toFixed(1)} ${unit}`);
  return (
    <table class="table"><caption>Master</caption>
      <thead><tr><td /><th scope="col">now</th>{before && <th scope="col">before</th>}</tr></thead>
      <tbody>
        <tr><th scope="row">Loudness</th><td>{shown(now?.loudness_lufs, "LUFS")}</td>
          {before && <td>{shown(before.loudness_lufs, "LUFS")}</td>}</tr>
        <tr><th scope="row">True peak</th><td>{shown(now?.true_peak_dbtp, "dBTP")}</td>
          {before && <td>{shown(before.true_peak_dbtp, "dBTP")}</td>}</tr>
      </tbody>
    </table>
  );
}

const WORDS = { queued: "waiting", running: "at work", done: "done", failed: "failed", cancelled: "cancelled" } as const;

export function JobRow({ job }: { job: Job }) {
  const part = job.total > 0 ? Math.min(1, job.done / job.total) : 0;
  return (
    <div class={`job ${job.state}`}>
      <div class="line"><b>{job.title}</b><span>{WORDS[job.state]}
        {isOpen(job) && job.seconds_left !== null && `, ${clock(job.seconds_left)} left`}</span>
      {isOpen(job) && <Button label={`Cancel ${job.title}`} icon="close" onClick={() => void api.cancel(job.id).catch(complain)} />}</div>
      {isOpen(job) && <progress value={part} max={1} aria-label={`${job.title}: ${job.stage}`} />}
      {(job.message || job.stage) && <p class="hint">{job.message || job.stage}</p>}
    </div>
  );
}
