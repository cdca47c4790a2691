/** Record what a new song begins from: a count-in, a metronome, the microphone. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { latency_s, openMicrophone, type Microphone } from "../sound/microphone";
import { click } from "../sound/synthesis";
import { say } from "../state/store";
import { Button, Stepper } from "../ui/controls";
import { ClapTest, NO_MICROPHONE } from "./claps";
import { wav } from "./recording";

const tempo = signal(100);
const BEATS = 4;
const MOST_BEATS = 600;
const BEFORE_S = 0.3;

export function Recorder({ onTake }: { onTake: (file: Blob, name: string) => void }) {
  const session = useRef<{ microphone: Microphone; start_s: number } | null>(null);
  const [isRecording, setRecording] = useState(false);

  const begin = async () => {
    const context = new AudioContext();
    const microphone = await openMicrophone(context).catch(() => null);
    if (!microphone) {
      void context.close();
      return say(NO_MICROPHONE, "alert");
    }
    const beat_s = 60 / tempo.value, from_s = context.currentTime + BEFORE_S;
    for (let beat = 0; beat < MOST_BEATS; beat++)
      click(context, context.destination, from_s + beat * beat_s, beat % BEATS === 0);
    session.current = { microphone, start_s: from_s + BEATS * beat_s };
    setRecording(true);
  };
  const finish = () => {
    const { microphone, start_s } = session.current!;
    const rate = microphone.context.sampleRate;
    microphone.close();
    void microphone.context.close();
    setRecording(false);
    onTake(wav(microphone.heard(Math.round((start_s + latency_s.value) * rate)), rate), "recording.wav");
  };
  return (
    <div class="line recorder">
      {isRecording
        ? <Button label="Stop and take" icon="microphone" text="Stop and take it" kind="danger" onClick={finish} />
        : <Button label="Record" icon="microphone" text="Record" onClick={() => void begin()} />}
      <Stepper label="Tempo" value={tempo.value} min={40} max={240} unit="bpm" onCommit={(value) => (tempo.value = value)} />
      <ClapTest isDisabled={isRecording} />
    </div>
  );
}
