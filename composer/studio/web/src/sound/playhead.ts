/** The order in which the song's frames are heard: straight on, or round and round a loop. */

/** A stretch of the song that is heard without a jump. Frames are those of the song, save `at`. */
export interface Stretch {
  /** Frame of the output at which it starts. */
  at: number;
  from: number;
  frames: number;
  /** The frame at which the song jumps or ends next: notes end there. */
  until: number;
  /** Whether the song jumped here: notes that began before are heard from here on. */
  isEntry: boolean;
}

export interface Loop { from: number; to: number }

export class Playhead {
  private at: number;
  private isEntry = true;

  constructor(private from: number, private end: number, private loop: Loop | null, origin = 0) {
    this.at = origin;
    if (loop && (from < loop.from || from >= loop.to)) this.from = loop.from;
  }

  /** Frame of the output up to which stretches were given out. */
  get reached(): number {
    return this.at;
  }

  /** Put off all that comes by some frames of the output. */
  delay(frames: number): void {
    this.at += frames;
  }

  /** The next stretch, ending at a multiple of `grid` at the latest; null behind the song's end. */
  next(grid: number): Stretch | null {
    const until = this.loop?.to ?? this.end;
    if (this.from >= until) return null;
    const stop = Math.min(until, (Math.floor(this.from / grid) + 1) * grid);
    const frames = stop - this.from;
    const stretch = { at: this.at, from: this.from, frames, until, isEntry: this.isEntry };
    this.at += frames;
    this.isEntry = Boolean(this.loop) && stop === until;
    this.from = this.isEntry ? this.loop!.from : stop;
    return stretch;
  }
}
