/** The clap test: eight clicks, a clap to each, and how late the claps come. */
import { signal } from "@preact/signals";
import { latency_s, openMicrophone } from "../sound/microphone";
import { click } from "../sound/synthesis";
import { complain, say } from "../state/store";
import { Button } from "../ui/controls";
import { latencyOf } from "./recording";

const CLAPS = 8;
const BEAT_S = 0.6;
const BEFORE_S = 0.3;
const isClapping = signal(false);
export const NO_MICROPHONE = "The microphone cannot be heard. Allow it in the browser, then try again.";

async function measure(): Promise<void> {
  const context = new AudioContext();
  try {
    const microphone = await openMicrophone(context).catch(() => null);
    if (!microphone) return say(NO_MICROPHONE, "alert");
    isClapping.value = true;
    const from_s = context.currentTime + BEFORE_S;
    for (let beat = 0; beat < CLAPS; beat++) click(context, context.destination, from_s + beat * BEAT_S, beat % 4 === 0);
    await new Promise((done) => setTimeout(done, 1000 * (BEFORE_S + (CLAPS + 1) * BEAT_S)));
    microphone.close();
    const samples = microphone.heard(Math.round(from_s * context.sampleRate));
    latency_s.value = latencyOf(samples, context.sampleRate, BEAT_S, CLAPS);
    say(`You and the machine are ${Math.round(latency_s.value * 1000)} ms late; this is taken off your recordings.`);
  } catch (error) {
    complain(error);
  } finally {
    isClapping.value = false;
    void context.close();
  }
}

export function ClapTest({ isDisabled = false }: { isDisabled?: boolean }) {
  const text = isClapping.value ? "Clap with the clicks" : latency_s.value ? `${Math.round(latency_s.value * 1000)} ms late` : "Clap test";
  return <Button label="Measure latency: clap with eight clicks" text={text} isDisabled={isDisabled || isClapping.value} onClick={() => void measure()} />;
}
