/** Sections whose clips are made while the render goes on: each can be heard at once, mixed by the server. */
import { effect, signal } from "@preact/signals";
import { ask } from "../net/api";
import type { AudioFile } from "../net/audio";
import { state } from "../state/store";

/** The sound of sections that are ready and not in the render, by their index. */
export const readySections = signal<ReadonlyMap<number, AudioFile>>(new Map());
let asked = "";

async function find(index: number): Promise<[number, AudioFile] | null> {
  const url = `/api/audio/master?section=${index}`;
  try {
    const { headers } = await ask(url, { method: "HEAD" });
    const key = headers.get("ETag") ?? url;
    return [index, { url, key, channels: Number(headers.get("X-Channels")), samples: Number(headers.get("X-Samples")) }];
  } catch {
    return null; // its score is played instead
  }
}

effect(() => {
  const known = state.value;
  if (!known?.song) return;
  const open = known.song.sections.filter((one) => one.is_ready && !one.is_rendered).map((one) => one.index);
  const wanted = `${known.revision}:${open.join()}`;
  if (wanted === asked || known.render.is_current) return;
  asked = wanted;
  void Promise.all(open.map(find)).then((found) => {
    if (wanted === asked) readySections.value = new Map(found.filter((one) => one !== null));
  });
});
