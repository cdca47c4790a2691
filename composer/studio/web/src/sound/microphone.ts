/** The microphone: what it hears, by the frames of an audio context's clock, and how late it hears. */
import { signal } from "@preact/signals";

/** Seconds by which what is played with the song comes late, told by claps. */
export const latency_s = signal(0);

export interface Microphone {
  context: AudioContext;
  /** What was heard from the context's frame `from` to before `end`; frames that are missing are silent. */
  heard: (from: number, end?: number) => Float32Array<ArrayBuffer>;
  close: () => void;
}

/** Collects what the microphone hears, block by block. */
const COLLECTOR = "/collector.js";
const ready = new WeakMap<AudioContext, Promise<void>>();

/** Ask for the microphone and listen. Throws where there is none, or the user does not want it. */
export async function openMicrophone(context: AudioContext): Promise<Microphone> {
  const wish = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
  if (!ready.has(context)) ready.set(context, context.audioWorklet.addModule(COLLECTOR));
  await ready.get(context);
  await context.resume();
  const blocks: [number, Float32Array][] = [];
  const node = new AudioWorkletNode(context, "collector");
  node.port.onmessage = (event: MessageEvent<[number, Float32Array]>) => blocks.push(event.data);
  const source = context.createMediaStreamSource(stream);
  source.connect(node).connect(context.destination); // it is silent, and runs only where it leads somewhere
  return {
    context,
    heard: (from, end = blocks.length ? blocks.at(-1)![0] + blocks.at(-1)![1].length : from) => between(blocks, from, end),
    close: () => {
      source.disconnect();
      node.disconnect();
      node.port.onmessage = null;
      stream.getTracks().forEach((track) => track.stop());
    },
  };
}

function between(blocks: [number, Float32Array][], from: number, end: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(Math.max(0, end - from));
  for (const [at, samples] of blocks) {
    const skipped = Math.max(0, from - at);
    const part = samples.subarray(skipped, Math.max(skipped, end - at));
    if (part.length && at + skipped - from < all.length) all.set(part, at + skipped - from);
  }
  return all;
}
