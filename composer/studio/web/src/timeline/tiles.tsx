/** Rows that are drawn in tiles: the browser scrolls them, and only tiles that come into sight are drawn. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { scale, scrolled, total, width } from "./viewport";

/** Draw what lies between two pixels of a row. `again` asks to be drawn anew, when more is known. */
export type Draw = (g: CanvasRenderingContext2D, from: number, to: number, again: () => void) => void;

const TILE_PX = 512;
/** Milliseconds of a frame in which tiles may be drawn. */
const BUDGET_MS = 4;

const waiting = new Set<Tile>();
let frame = 0;

function drawSome(): void {
  const begin = performance.now();
  frame = 0;
  for (const tile of waiting) {
    waiting.delete(tile);
    tile.draw();
    if (performance.now() - begin > BUDGET_MS) break;
  }
  if (waiting.size) frame = requestAnimationFrame(drawSome);
}

class Tile {
  constructor(private row: Tiled, readonly index: number, readonly canvas: HTMLCanvasElement) {
    this.canvas.className = "tile";
    this.canvas.style.transform = `translateX(${index * TILE_PX}px)`;
    this.canvas.hidden = true;
  }

  ask = (): void => {
    if (!this.row.has(this)) return;
    waiting.add(this);
    frame ||= requestAnimationFrame(drawSome);
  };

  draw(): void {
    if (!this.canvas.isConnected || !this.row.has(this)) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const from = this.index * TILE_PX, to = Math.min(from + TILE_PX, total.peek());
    const size = [Math.ceil((to - from) * ratio), Math.ceil(this.row.height * ratio)] as const;
    if (to <= from) return;
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    this.canvas.style.width = `${to - from}px`;
    this.canvas.style.height = `${this.row.height}px`;
    const g = this.canvas.getContext("2d")!;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, to - from, this.row.height);
    g.translate(-from, 0);
    this.row.draw(g, from, to, this.ask);
    this.canvas.hidden = false;
  }
}

class Tiled {
  private tiles = new Map<number, Tile>();
  /** Canvases of tiles that went out of sight, to be drawn on again. */
  private free: HTMLCanvasElement[] = [];

  constructor(private host: HTMLElement, public height: number, public draw: Draw) {}

  has(tile: Tile): boolean {
    return this.tiles.get(tile.index) === tile;
  }

  /** Have the tiles that are seen, and one on each side. */
  show(left: number, right: number): void {
    const last = Math.ceil(total.peek() / TILE_PX) - 1;
    const first = Math.max(0, Math.floor(left / TILE_PX) - 1);
    const end = Math.min(last, Math.floor(right / TILE_PX) + 1);
    for (const [index, tile] of this.tiles)
      if (index < first || index > end) {
        tile.canvas.hidden = true;
        this.free.push(tile.canvas);
        waiting.delete(tile);
        this.tiles.delete(index);
      }
    for (let index = first; index <= end; index++)
      if (!this.tiles.has(index)) {
        const canvas = this.free.pop() ?? this.host.appendChild(document.createElement("canvas"));
        const tile = new Tile(this, index, canvas);
        this.tiles.set(index, tile);
        tile.ask();
      }
  }

  redraw(): void {
    for (const tile of this.tiles.values()) tile.ask();
  }
}

/** A row of tiles. `draw` may read signals' values; `version` changes when it must be drawn again. */
export function Tiles({ height, draw, version, class: name = "" }: {
  height: number; draw: Draw; version: unknown; class?: string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const row = useRef<Tiled | null>(null);
  useEffect(() => {
    const own = (row.current = new Tiled(host.current!, height, draw));
    return effect(() => {
      void total.value;
      own.show(scrolled.value, scrolled.value + width.value);
    });
  }, []);
  useEffect(() => {
    if (!row.current) return;
    row.current.height = height;
    row.current.draw = draw;
    row.current.redraw();
  }, [height, version, scale.value, total.value]);
  return <div class={`tiles ${name}`} style={{ height: `${height}px` }} ref={host} aria-hidden="true" />;
}
