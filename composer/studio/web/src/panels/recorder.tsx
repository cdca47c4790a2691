/** Record from the microphone: a count-in, a metronome, and latency told by a clap. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { click } from "../sound/synthesis";
import { complain, say } from "../state/store";
import { Button, Stepper } from "../ui/controls";
import { latencyOf, wav } from "./recording";

const tempo = signal(100);
const latency_s = signal(0);
const BEATS = 4;

interface Session { context: AudioContext; node: AudioWorkletNode; parts: Float32Array[]; began_s: number; stop: () => void }

/** Collects what the microphone hears, block by block. */
const COLLECTOR = "/collector.js";

async function open(): Promise<Session> {
  const wish = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
  const context = new AudioContext();
  await context.audioWorklet.addModule(COLLECTOR);
  const node = new AudioWorkletNode(context, "collector");
  const parts: Float32Array[] = [];
  node.port.onmessage = (event: MessageEvent<Float32Array>) => parts.push(event.data);
  context.createMediaStreamSource(stream).connect(node).connect(context.destination);
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    void context.close();
  };
  return { context, node, parts, began_s: context.currentTime, stop };
}

/** Click `count` beats from a moment on. */
function count(session: Session, from_s: number, beats: number): void {
  for (let beat = 0; beat < beats; beat++)
    click(session.context, session.context.destination, from_s + (beat * 60) / tempo.value, beat % BEATS === 0);
}

function joined(session: Session, from_s: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(session.parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of session.parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.slice(Math.max(0, Math.round((from_s - session.began_s) * session.context.sampleRate)));
}

export function Recorder({ onTake }: { onTake: (file: Blob, name: string) => void }) {
  const session = useRef<Session | null>(null);
  const [phase, setPhase] = useState<"idle" | "recording" | "clapping">("idle");
  const start_s = useRef(0);

  const begin = async (next: "recording" | "clapping") => {
    try {
      const own = (session.current = await open());
      start_s.current = own.context.currentTime + 0.3 + (next === "recording" ? (BEATS * 60) / tempo.value : 0);
      count(own, own.context.currentTime + 0.3, next === "recording" ? 600 : 2 * BEATS);
      setPhase(next);
      if (next === "clapping") setTimeout(finishClaps, (2 * BEATS + 1.5) * (60000 / tempo.value));
    } catch {
      say("The microphone cannot be heard. Allow it in the browser, then try again.", "alert");
    }
  };
  const finish = () => {
    const own = session.current!;
    const samples = joined(own, start_s.current + latency_s.value);
    own.stop();
    setPhase("idle");
    onTake(wav(samples, own.context.sampleRate), "recording.wav");
  };
  const finishClaps = () => {
    const own = session.current!;
    own.stop();
    setPhase("idle");
    try {
      latency_s.value = latencyOf(joined(own, start_s.current), own.context.sampleRate, 60 / tempo.value, 2 * BEATS);
      say(`You and the machine are ${Math.round(latency_s.value * 1000)} ms late; this is taken off your recordings.`);
    } catch (error) {
      complain(error);
    }
  };
  return (
    <div class="line recorder">
      {phase === "recording"
        ? <Button label="Stop and take" icon="microphone" text="Stop and take it" kind="danger" onClick={finish} />
        : <Button label="Record" icon="microphone" text={phase === "clapping" ? "Clap with the clicks" : "Record"}
          isDisabled={phase !== "idle"} onClick={() => void begin("recording")} />}
      <Stepper label="Tempo" value={tempo.value} min={40} max={240} unit="bpm" onCommit={(value) => (tempo.value = value)} />
      <Button label="Measure latency: clap with eight clicks" text={latency_s.value ? `${Math.round(latency_s.value * 1000)} ms` : "Clap test"}
        isDisabled={phase !== "idle"} onClick={() => void begin("clapping")} />
    </div>
  );
}
