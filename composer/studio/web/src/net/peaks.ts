/** Peaks of waveforms, block by block, at the resolution that the zoom needs. */
import { ask } from "./api";

const BLOCK = 1024;
const MOST_BLOCKS = 1500;
const SMALLEST_PER = 64;
const LARGEST_PER = 65536;

const blocks = new Map<string, Int8Array | null>();
/** Who is to be told when a block comes that is on its way. */
const waiting = new Map<string, Set<() => void>>();

/** Samples a pair should stand for, where a pixel stands for `samplesPerPixel`: a power of two. */
export function resolution(samplesPerPixel: number): number {
  const power = 2 ** Math.floor(Math.log2(Math.max(1, samplesPerPixel)));
  return Math.min(LARGEST_PER, Math.max(SMALLEST_PER, power));
}

/** One file's peaks at one resolution. `onLoad` is called when a block that was missing has come. */
export class Peaks {
  private index = -1;
  private last: Int8Array | null = null;

  constructor(
    private url: string, private key: string, readonly per: number, private onLoad: () => void,
  ) {}

  /** The block of pairs that holds `pair`, or null while it is on its way. */
  private block(pair: number): Int8Array | null {
    const index = Math.floor(pair / BLOCK);
    if (index === this.index) return this.last;
    const key = `${this.key}:${this.per}:${index}`;
    const found = blocks.get(key);
    if (found === undefined) void this.load(key, index);
    else if (found === null) waiting.get(key)?.add(this.onLoad);
    this.index = index;
    this.last = found ?? null;
    return this.last;
  }

  /** Lowest and highest value of the pairs from `first` to before `end`, or null while one is missing. */
  range(first: number, end: number): [number, number] | null {
    let low = 127, high = -128;
    for (let pair = Math.max(0, first); pair < end; pair++) {
      const block = this.block(pair);
      if (!block) return null;
      const at = (pair % BLOCK) * 2;
      if (block[at]! < low) low = block[at]!;
      if (block[at + 1]! > high) high = block[at + 1]!;
    }
    return low > high ? [0, 0] : [low, high];
  }

  private async load(key: string, index: number): Promise<void> {
    blocks.set(key, null);
    waiting.set(key, new Set([this.onLoad]));
    if (blocks.size > MOST_BLOCKS) blocks.delete(blocks.keys().next().value!);
    const joint = this.url.includes("?") ? "&" : "?";
    const query = `start=${index * BLOCK * this.per}&count=${BLOCK}&per=${this.per}`;
    try {
      const pairs = new Int8Array(2 * BLOCK);
      const bytes = await (await ask(`${this.url}${joint}${query}`)).arrayBuffer();
      pairs.set(new Int8Array(bytes).subarray(0, 2 * BLOCK));
      blocks.set(key, pairs);
      for (const tell of waiting.get(key) ?? []) tell();
      waiting.delete(key);
    } catch {
      setTimeout(() => blocks.delete(key), 2000);
    }
  }
}
