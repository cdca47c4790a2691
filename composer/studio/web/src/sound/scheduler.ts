/** Schedules all voices on one audio context, in step to the sample. Live sound and captures share it. */
import { PIECE } from "../net/audio";
import type { Playhead, Stretch } from "./playhead";

/** What is ready to sound: `start` schedules it at a frame of the context, and returns what stops it. */
export interface Ready { start(at: number): Stop[] }
export interface Stop {
  stop(when?: number): void;
  /** The output's frame at which it is over, where that is known: its samples are let go then. */
  end?: number;
}

/** Something that sounds: samples of a file, notes, clicks. */
export interface Voice { prepare(stretch: Stretch): Promise<Ready> }

/** Seconds by which all waits when what is to sound next has come too late. */
const LATE_S = 0.05;
/** Notes and clicks that can be stopped; earlier ones are over by themselves. */
const MOST_RUNNING = 4096;

export class Scheduler {
  /** The stretches given out last, for telling which frame of the song is heard. */
  readonly heard: Stretch[] = [];
  private running: Stop[] = [];
  private isStopped = false;

  constructor(
    private context: BaseAudioContext, readonly playhead: Playhead, private voices: readonly Voice[],
  ) {}

  /** Schedule until the output's `frame`, or the song's end. All voices of a stretch start together. */
  async fill(frame: number): Promise<boolean> {
    while (!this.isStopped && this.playhead.reached < frame) {
      const stretch = this.playhead.next(PIECE);
      if (!stretch) return false;
      const ready = await Promise.all(this.voices.map((voice) => voice.prepare(stretch)));
      if (this.isStopped) return false;
      this.start(stretch, ready);
    }
    return true;
  }

  private start(stretch: Stretch, ready: Ready[]): void {
    const rate = this.context.sampleRate;
    const earliest = Math.round(this.context.currentTime * rate);
    const isLive = this.context instanceof AudioContext;
    if (isLive && stretch.at < earliest) {
      const late = earliest - stretch.at + Math.round(LATE_S * rate);
      stretch.at += late;
      this.playhead.delay(late);
    }
    this.heard.push(stretch);
    if (this.heard.length > 64) this.heard.shift();
    this.running = this.running.filter((one) => one.end === undefined || one.end >= earliest);
    this.running.push(...ready.flatMap((one) => one.start(stretch.at)));
    if (this.running.length > MOST_RUNNING) this.running.splice(0, MOST_RUNNING / 2);
  }

  /** Stop all that was scheduled, at a time of the context. */
  stop(when = 0): void {
    this.isStopped = true;
    for (const one of this.running) one.stop(when);
    this.running = [];
  }

  /** The song's frame that is heard at the output's `frame`. */
  songFrame(frame: number): number {
    const now = [...this.heard].reverse().find((stretch) => stretch.at <= frame) ?? this.heard[0];
    if (!now) return 0;
    return now.from + Math.min(now.frames, Math.max(0, frame - now.at));
  }
}
