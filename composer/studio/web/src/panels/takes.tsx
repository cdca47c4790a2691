/** Takes: other ways in which a stem plays a section, heard in place, one of them kept. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../net/api";
import type { Takes } from "../net/messages";
import { audition, listening, loop, play } from "../sound/player";
import { complain, isOpen, jobs, keepTake, section, song, state, stem } from "../state/store";
import { clock } from "../state/timemap";
import { Button, Choice, Stepper } from "../ui/controls";

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
  const ask = () => void api.askForTakes(at.section, who.name, count.value, what.value).catch(complain);
  return (
    <div class="fields">
      <h2>{who.name} in {at.section}<small>other takes of it</small></h2>
      <Choice label="What is another" value={what.value} onChoose={(one) => (what.value = one)}
        choices={[["both", "Notes and sound"], ["notes", "Notes"], ["sound", "Sound"]]} />
      <div class="line">
        <Stepper label="Takes" value={count.value} min={1} max={16} onCommit={(value) => (count.value = value)} />
        <Button label="Make takes" text={`Make ${count.value} takes`} kind="main" onClick={ask} />
      </div>
      {working.filter(isOpen).map((job) => (
        <p class="hint" role="status" key={job.id}>{job.title}: {Math.round((100 * job.done) / (job.total || 1))} %
          {job.seconds_left !== null && `, ${clock(job.seconds_left)} left`}</p>
      ))}
      {all.value.map((takes) => <TakesList key={`${takes.section}.${takes.stem}.${takes.what}`} takes={takes} />)}
      {!all.value.length && <p class="hint">Takes are made in the background. None is lost: the one that you keep is
        written into the spec, and the others stay here.</p>}
    </div>
  );
}

function TakesList({ takes }: { takes: Takes }) {
  return (
    <div class="takes" role="group" aria-label={`Takes of ${takes.stem} in ${takes.section}`}>
      <h3>{takes.stem} in {takes.section}</h3>
      {takes.takes.map((take) => {
        const isHeard = audition.value?.file.url.endsWith(`take=${take.number}`) && audition.value.stem === takes.stem;
        return (
          <div class="take" key={take.number} aria-current={take.is_current}>
            <Button label={`Hear take ${take.number}`} icon="play" isOn={Boolean(isHeard)} isDisabled={!take.is_ready}
              onClick={() => void hear(takes, take.number)} />
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

/** Play a take in its place, with all the other stems, round and round. */
async function hear(takes: Takes, number: number): Promise<void> {
  const own = section.value?.section === takes.section ? section.value
    : song.value!.sections.find((one) => one.section === takes.section);
  if (!own) return;
  const query = `section=${encodeURIComponent(takes.section)}&take=${number}&what=${takes.what}`;
  const url = `/api/audio/${encodeURIComponent(takes.stem)}?${query}`;
  try {
    const answer = await fetch(url, { method: "HEAD" });
    const samples = Number(answer.headers.get("X-Samples")), channels = Number(answer.headers.get("X-Channels"));
    if (!answer.ok || !samples) throw new Error("This take cannot be heard yet.");
    const key = answer.headers.get("ETag") ?? url;
    audition.value = { section: own.index, stem: takes.stem, file: { url, key, channels, samples } };
    listening.value = "stems";
    loop.value = { from_s: own.start_s, to_s: own.end_s };
    await play(own.start_s);
  } catch (error) {
    complain(error);
  }
}
