/** Takes: other ways in which a stem plays a section, heard in place, one of them kept. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ask } from "../net/api";
import type { TakeRow, Takes } from "../net/messages";
import { audition, loop, play } from "../sound/player";
import { complain, isOpen, jobs, keepTake, section, song, state, stem } from "../state/store";
import { clock } from "../state/timemap";
import { Button, Choice, Stepper } from "../ui/controls";
import { Overdub } from "./overdub";

const all = signal<Takes[]>([]);
const what = signal<"both" | "notes" | "sound">("both");
const count = signal(4);

async function load(): Promise<void> {
  try {
    all.value = (await api.takes()).takes;
  } catch (error) {
    complain(error);
  }
}

export function TakesPanel() {
  const working = jobs.value.filter((job) => job.kind === "takes");
  const done = working.filter((job) => !isOpen(job)).length;
  useEffect(() => void load(), [state.value?.revision, done]);
  const at = section.value, who = stem.value;
  if (!at || !who) return null;
  const order = () => void api.askForTakes(at.section, who.name, count.value, what.value).catch(complain);
  return (
    <div class="fields">
      <h2>{who.name} in {at.section}<small>other takes of it</small></h2>
      <Choice label="What is another" value={what.value} onChoose={(one) => (what.value = one)}
        choices={[["both", "Notes and sound"], ["notes", "Notes"], ["sound", "Sound"]]} />
      <div class="line ends">
        <Stepper label="Takes" value={count.value} min={1} max={16} onCommit={(value) => (count.value = value)} />
        <Button label="Make takes" text={`Make ${count.value} takes`} kind="main" onClick={order} />
      </div>
      {working.filter(isOpen).map((job) => (
        <p class="hint" role="status" key={job.id}>{job.title}: {Math.round((100 * job.done) / (job.total || 1))} %
          {job.seconds_left !== null && `, ${clock(job.seconds_left)} left`}</p>
      ))}
      {all.value.map((takes) => <TakesList key={takes.takes[0]?.audio} takes={takes} />)}
      {!all.value.length && <p class="hint">Takes are made in the background. None is lost: the one that you keep is
        written into the spec, and the others stay here.</p>}
      <Overdub />
    </div>
  );
}

function TakesList({ takes }: { takes: Takes }) {
  return (
    <div class="takes" role="group" aria-label={`Takes of ${takes.stem} in ${takes.section}`}>
      <h3>{takes.stem} in {takes.section}</h3>
      {takes.takes.map((take) => {
        const isHeard = audition.value?.file.url === take.audio;
        return (
          <div class="take" key={take.number} aria-current={take.is_current}>
            <Button label={`Hear take ${take.number}`} icon="play" isOn={isHeard} isDisabled={!take.is_ready}
              onClick={() => void hear(takes, take)} />
            <b>{take.number}</b><span>{take.is_current ? "in the song" : take.differs}</span>
            {!take.is_current && <Button label={`Keep take ${take.number}`} text="Keep"
              onClick={() => void keep(takes, take.number)} />}
          </div>
        );
      })}
    </div>
  );
}

async function keep(takes: Takes, number: number): Promise<void> {
  audition.value = null;
  await keepTake(takes.section, takes.stem, number, takes.what);
}

/** Play a take in its place, the whole band around it, round and round. */
async function hear(takes: Takes, take: TakeRow): Promise<void> {
  const own = section.value?.section === takes.section ? section.value
    : song.value!.sections.find((one) => one.section === takes.section);
  if (!own) return;
  try {
    const { headers } = await ask(take.audio, { method: "HEAD" });
    const samples = Number(headers.get("X-Samples")), channels = Number(headers.get("X-Channels"));
    const key = headers.get("ETag") ?? take.audio;
    audition.value = { section: own.index, file: { url: take.audio, key, channels, samples } };
    loop.value = { from_s: own.start_s, to_s: own.end_s };
    await play(own.start_s);
  } catch (error) {
    complain(error);
  }
}
