/** Play or sing with the song: a section is recorded after a bar of clicks, heard in its place, and kept. */
import { effect, signal } from "@preact/signals";
import type { Section } from "../net/messages";
import { latency_s, openMicrophone, type Microphone } from "../sound/microphone";
import { audition, isPlaying, loop, openContext, overdub, pause, play, playFrom, startedAt } from "../sound/player";
import { click } from "../sound/synthesis";
import { complain, keepRecording, reach, say, section, song, stem } from "../state/store";
import { Button, Choice } from "../ui/controls";
import { ClapTest, NO_MICROPHONE } from "./claps";
import { wav } from "./recording";

interface Recorded { section: Section; samples: Float32Array<ArrayBuffer>; rate: number }

const phase = signal<"idle" | "counting" | "recording">("idle");
const recorded = signal<Recorded | null>(null);
let microphone: Microphone | null = null;
let recording: Section | null = null;
const BEFORE_S = 0.3;
/** Samples below this are silence. */
const FAINTEST = 0.001;

async function begin(at: Section): Promise<void> {
  throwAway();
  audition.value = null;
  loop.value = null;
  const context = openContext(song.value!.sample_rate);
  microphone = await openMicrophone(context).catch(() => null);
  if (!microphone) return say(NO_MICROPHONE, "alert");
  recording = at;
  phase.value = "counting";
  const bar = song.value!.bars[at.first_bar]!, beat_s = (bar.end_s - bar.start_s) / bar.beats_s.length;
  const from_s = context.currentTime + BEFORE_S;
  bar.beats_s.forEach((_, beat) => click(context, context.destination, from_s + beat * beat_s, beat === 0));
  try {
    await playFrom(at.start_s, from_s + bar.beats_s.length * beat_s);
    phase.value = "recording";
    watch();
  } catch (error) {
    complain(error);
    finish();
  }
}

/** End where the section ends. */
function watch(): void {
  const own = recording, from = startedAt();
  if (!own || !microphone || phase.value !== "recording") return;
  if (!isPlaying.value) return finish();
  const { context } = microphone;
  const length_s = own.end_s - own.start_s + latency_s.value;
  if (from !== null && context.currentTime - from / context.sampleRate > length_s + 0.1) finish();
  else setTimeout(watch, 60);
}

function finish(): void {
  const own = recording, from = startedAt(), mic = microphone;
  phase.value = "idle";
  [recording, microphone] = [null, null];
  mic?.close();
  if (isPlaying.value) pause();
  if (!own || !mic || from === null) return;
  const rate = mic.context.sampleRate, start = from + Math.round(latency_s.value * rate);
  const now = Math.round(mic.context.currentTime * rate);
  const samples = mic.heard(start, Math.min(now, start + Math.round((own.end_s - own.start_s) * rate)));
  if (!samples.some((one) => Math.abs(one) > FAINTEST)) return say("Nothing was heard. Is the microphone on?", "alert");
  recorded.value = { section: own, samples, rate };
}

// Whoever pauses the song has ended the recording.
effect(() => {
  if (!isPlaying.value && phase.peek() === "recording") finish();
});

function throwAway(): void {
  recorded.value = null;
  overdub.value = null;
}

async function hear(take: Recorded): Promise<void> {
  overdub.value = { from: take.section.start_sample, samples: take.samples };
  loop.value = { from_s: take.section.start_s, to_s: take.section.end_s };
  await play(take.section.start_s);
}

async function keep(take: Recorded, use: "stem" | "notes"): Promise<void> {
  pause();
  const who = use === "notes" ? stem.value!.name : "recording";
  const wish = { use, section: take.section.index, stem: who, reach: reach.value } as const;
  if (!(await keepRecording(wav(take.samples, take.rate), wish))) return;
  throwAway();
  say(use === "stem" ? "The recording is a stem of its own now. Render to hear it in the mix." : `The notes of the recording are those of ${who} now.`);
}

export function Overdub() {
  const at = section.value, take = recorded.value;
  if (!at) return null;
  return (
    <div class="overdub" role="group" aria-label="Record with the song">
      <h3>Record with the song</h3>
      {phase.value === "idle"
        ? <div class="line">
          <Button label={`Record ${at.section}, visit ${at.visit}`} icon="microphone" text={take ? "Record again" : `Record ${at.section}`}
            onClick={() => void begin(at)} />
          <ClapTest /></div>
        : <div class="line"><Button label="Stop recording" icon="microphone" text="Stop" kind="danger" onClick={finish} />
          <span role="status">{phase.value === "counting" ? "A bar of clicks …" : "Recording …"}</span></div>}
      {!take && phase.value === "idle" && <p class="hint">After a bar of clicks the section plays, and what you sing or play is
        recorded. Use headphones; the clap test tells how late you are heard.</p>}
      {take && phase.value === "idle" && <Keep take={take} />}
    </div>
  );
}

function Keep({ take }: { take: Recorded }) {
  const seconds = take.samples.length / take.rate;
  const isHeard = isPlaying.value && overdub.value?.samples === take.samples;
  return (
    <div class="take-kept">
      <p role="status">{seconds.toFixed(1)} s in {take.section.section}, visit {take.section.visit}.</p>
      <div class="line"><Button label="Hear the recording with the song" icon={isHeard ? "pause" : "play"} text={isHeard ? "Pause" : "Hear it"}
        onClick={() => (isHeard ? pause() : void hear(take))} />
      <Button label="Throw the recording away" icon="bin" text="Throw away" onClick={() => { pause(); throwAway(); }} /></div>
      <Choice label="Where it is to be heard" value={reach.value} onChoose={(one) => (reach.value = one)}
        choices={[["all", `All visits of ${take.section.section}`], ["this", "This visit"]]} />
      <div class="line"><Button label="Keep it as a stem of its own" text="Keep as a stem" kind="main" onClick={() => void keep(take, "stem")} />
        {stem.value && <Button label={`Make its notes those of ${stem.value.name}`} text={`As notes of ${stem.value.name}`} onClick={() => void keep(take, "notes")} />}</div>
    </div>
  );
}
