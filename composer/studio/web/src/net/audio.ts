/** Audio by ranges: float32 frames of a stem, in pieces of a fixed grid, a bounded number of them kept. */
import { ask } from "./api";

/** Frames of a piece: about a second and a half. */
export const PIECE = 65536;
const MOST_BYTES = 48 * 2 ** 20;

/** A file that can be heard. `key` changes when its samples do. */
export interface AudioFile {
  url: string;
  key: string;
  channels: number;
  samples: number;
}

type Piece = Float32Array<ArrayBuffer>[];

function apart(bytes: ArrayBuffer, channels: number): Piece {
  const all = new Float32Array(bytes, 0, Math.floor(bytes.byteLength / 4 / channels) * channels);
  const frames = all.length / channels;
  const planes = Array.from({ length: channels }, () => new Float32Array(frames));
  planes.forEach((plane, channel) => {
    for (let i = 0, at = channel; i < frames; i++, at += channels) plane[i] = all[at]!;
  });
  return planes;
}

class Pieces {
  private kept = new Map<string, Promise<Piece>>();
  private sizes = new Map<string, number>();
  private bytes = 0;

  get(file: AudioFile, index: number): Promise<Piece> {
    const key = `${file.key}:${index}`;
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key);
      this.kept.set(key, found);
      return found;
    }
    const wanted = this.load(file, index);
    this.kept.set(key, wanted);
    wanted.then(
      (piece) => this.count(key, piece.reduce((sum, plane) => sum + plane.byteLength, 0)),
      () => this.kept.delete(key),
    );
    return wanted;
  }

  private async load(file: AudioFile, index: number): Promise<Piece> {
    const frame = 4 * file.channels;
    const first = index * PIECE;
    const last = Math.min(first + PIECE, file.samples);
    const range = `bytes=${first * frame}-${last * frame - 1}`;
    const headers = { Range: range, "If-Match": `"${file.key.replace(/"/g, "")}"` };
    return apart(await (await ask(file.url, { headers })).arrayBuffer(), file.channels);
  }

  private count(key: string, bytes: number): void {
    this.sizes.set(key, bytes);
    this.bytes += bytes;
    for (const old of this.kept.keys()) {
      if (this.bytes <= MOST_BYTES || old === key) break;
      this.bytes -= this.sizes.get(old) ?? 0;
      this.sizes.delete(old);
      this.kept.delete(old);
    }
  }
}

const pieces = new Pieces();

/** Return `frames` frames of each channel from `from` on; beyond the end of the file they are silent. */
export async function readFrames(file: AudioFile, from: number, frames: number): Promise<Piece> {
  const planes = Array.from({ length: file.channels }, () => new Float32Array(frames));
  const first = Math.floor(Math.max(0, from) / PIECE);
  const last = Math.floor((Math.min(from + frames, file.samples) - 1) / PIECE);
  const wanted = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => pieces.get(file, first + i));
  (await Promise.all(wanted)).forEach((piece, i) => {
    const at = (first + i) * PIECE - from;
    piece.forEach((plane, channel) => {
      const begin = Math.max(0, -at);
      planes[channel]?.set(plane.subarray(begin, Math.max(begin, frames - at)), Math.max(0, at));
    });
  });
  return planes;
}
