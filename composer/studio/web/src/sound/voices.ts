/** The voices: a file's samples, a stem's notes by a light synthesis, and the metronome. */
import { readFrames, type AudioFile } from "../net/audio";
import type { Bar, Notes } from "../net/messages";
import { lastAtOrBefore } from "../state/timemap";
import type { Stretch } from "./playhead";
import type { Ready, Stop, Voice } from "./scheduler";
import { click, playNote } from "./synthesis";

/** A part of the song, and how many frames later it lies in a file. */
export interface Span { from: number; to: number; shift: number }

const SILENCE: Ready = { start: () => [] };

/** Plays a file where `spans` say that the file has this part of the song. */
export class FileVoice implements Voice {
  constructor(
    private context: BaseAudioContext, private output: AudioNode, private file: AudioFile,
    private spans: readonly Span[],
  ) {}

  async prepare(stretch: Stretch): Promise<Ready> {
    const parts = await Promise.all(this.spans.map((span) => this.part(stretch, span)));
    return { start: (at) => parts.flatMap((part) => (part ? part.start(at) : [])) };
  }

  private async part(stretch: Stretch, span: Span): Promise<Ready | null> {
    const from = Math.max(stretch.from, span.from);
    const frames = Math.min(stretch.from + stretch.frames, span.to) - from;
    if (frames <= 0) return null;
    const planes = await readFrames(this.file, from + span.shift, frames);
    const buffer = new AudioBuffer({ length: frames, numberOfChannels: 2, sampleRate: this.context.sampleRate });
    buffer.copyToChannel(planes[0]!, 0);
    buffer.copyToChannel(planes[1] ?? planes[0]!, 1);
    return { start: (at) => [startBuffer(this.context, this.output, buffer, at + from - stretch.from)] };
  }
}

/** Start samples at a frame of the output. */
function startBuffer(context: BaseAudioContext, output: AudioNode, buffer: AudioBuffer, at: number): Stop {
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(output);
  source.onended = () => source.disconnect();
  source.start(at / context.sampleRate);
  return { stop: (when) => source.stop(when), end: at + buffer.length };
}

/** Plays samples that the page has, from a frame of the song on. */
export class SamplesVoice implements Voice {
  constructor(
    private context: BaseAudioContext, private output: AudioNode, private samples: Float32Array<ArrayBuffer>, private first: number,
  ) {}

  async prepare(stretch: Stretch): Promise<Ready> {
    const from = Math.max(stretch.from, this.first);
    const frames = Math.min(stretch.from + stretch.frames, this.first + this.samples.length) - from;
    if (frames <= 0) return SILENCE;
    const buffer = new AudioBuffer({ length: frames, numberOfChannels: 1, sampleRate: this.context.sampleRate });
    buffer.copyToChannel(this.samples.subarray(from - this.first, from - this.first + frames), 0);
    return { start: (at) => [startBuffer(this.context, this.output, buffer, at + from - stretch.from)] };
  }
}

/** Plays notes where the song is not rendered. `spans` are the parts to play. */
export class ScoreVoice implements Voice {
  private starts: Float64Array;

  constructor(
    private context: BaseAudioContext, private output: AudioNode, private part: Notes,
    private spans: readonly Span[],
  ) {
    this.starts = Float64Array.from(part.notes, (note) => note[0]);
  }

  async prepare(stretch: Stretch): Promise<Ready> {
    const rate = this.context.sampleRate;
    const begin = stretch.from / rate, end = (stretch.from + stretch.frames) / rate;
    const notes = this.between(begin, end, stretch.isEntry).filter((note) => this.isPlayed(note[0] * rate));
    if (!notes.length) return SILENCE;
    const start = (at: number) => notes.flatMap(([onset, length, pitch, velocity]) => {
      const stop = Math.min(onset + length, stretch.until / rate);
      const when = at / rate + Math.max(0, onset - begin);
      return playNote(this.context, this.output, this.part.role, {
        when, length: Math.max(0.02, stop - Math.max(onset, begin)), pitch, velocity,
      });
    });
    return { start };
  }

  private between(begin: number, end: number, withHeld: boolean): Notes["notes"] {
    const notes = this.part.notes;
    if (withHeld)
      return notes.filter(([onset, length]) => onset < end && (onset >= begin || onset + length > begin + 0.05));
    let first = lastAtOrBefore(this.starts, begin);
    while (first > 0 && this.starts[first - 1]! >= begin) first--;
    return notes.slice(first).filter(([onset]) => onset >= begin && onset < end);
  }

  private isPlayed(frame: number): boolean {
    return this.spans.some((span) => frame >= span.from - 1 && frame < span.to);
  }
}

/** Clicks on every beat, a higher one on the downbeat. */
export class ClickVoice implements Voice {
  constructor(private context: BaseAudioContext, private output: AudioNode, private bars: readonly Bar[]) {}

  async prepare(stretch: Stretch): Promise<Ready> {
    const rate = this.context.sampleRate;
    const end = stretch.from + stretch.frames;
    const beats = this.bars.flatMap((bar) => bar.beats_s.map((s, i) => ({ frame: Math.round(s * rate), i })));
    const heard = beats.filter(({ frame }) => frame >= stretch.from && frame < end);
    const start = (at: number) => heard.map(({ frame, i }) =>
      click(this.context, this.output, (at + frame - stretch.from) / rate, i === 0));
    return { start };
  }
}
