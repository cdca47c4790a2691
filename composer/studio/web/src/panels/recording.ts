/** What becomes of recorded samples: a file, and how late claps come. */

/** Samples as a WAV file of 24 bits, mono. */
export function wav(samples: Float32Array, rate: number): Blob {
  const view = new DataView(new ArrayBuffer(44 + 3 * samples.length));
  const text = (at: number, word: string) => [...word].forEach((sign, i) => view.setUint8(at + i, sign.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 3 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 3, true);
  view.setUint16(32, 3, true);
  view.setUint16(34, 24, true);
  text(36, "data");
  view.setUint32(40, 3 * samples.length, true);
  samples.forEach((sample, i) => {
    const value = Math.round(Math.max(-1, Math.min(1, sample)) * 8388607);
    view.setUint16(44 + 3 * i, value & 0xffff, true);
    view.setInt8(46 + 3 * i, value >> 16);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}

const WINDOW_S = 0.005;
/** The latest and the earliest that a clap can come, in parts of a beat. */
const LATEST = 0.5;

/** Seconds by which claps come after the clicks, the middle of all. Throws where no claps are heard. */
export function latencyOf(samples: Float32Array, rate: number, beat_s: number, beats: number): number {
  const late: number[] = [];
  const size = Math.round(WINDOW_S * rate);
  for (let beat = 0; beat < beats; beat++) {
    const from = Math.round(beat * beat_s * rate), to = Math.min(samples.length, from + Math.round(LATEST * beat_s * rate));
    let best = 0, where = 0, before = 1e-6;
    for (let at = from; at + size < to; at += size) {
      let energy = 1e-6;
      for (let i = at; i < at + size; i++) energy += samples[i]! ** 2;
      const rise = energy / before;
      if (rise > best && energy > 1e-3 * size) [best, where] = [rise, at - from];
      before = energy;
    }
    if (best > 4) late.push(where / rate);
  }
  if (late.length < beats / 2) throw new Error("Too few claps were heard; clap louder, close to the microphone.");
  late.sort((a, b) => a - b);
  return late[late.length >> 1]!;
}
