/** Begin: a sentence, a bundled song, a file of one's own, or a recording. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { api } from "../net/api";
import type { BeginAnswer } from "../net/messages";
import { begin, complain, isBeginOpen, isBusy, state } from "../state/store";
import { Button } from "../ui/controls";
import { Recorder } from "./recorder";

const offered = signal<BeginAnswer | null>(null);
const EXAMPLES = [
  "A melancholic trip-hop song in A minor, three minutes, with a whispered bridge and no drums in the first verse",
  "Bossa nova for guitar, upright bass and flute, 140 bpm, the last chorus a tone higher",
  "Orchestral theme in 6/8 that starts with one cello and ends with everybody",
];

async function start(request: () => ReturnType<typeof api.beginFrom>): Promise<void> {
  if (await begin(request)) isBeginOpen.value = false;
}

export function BeginPage() {
  const [sentence, setSentence] = useState("");
  useEffect(() => void api.begin().then((one) => (offered.value = one), complain), []);
  const canClose = Boolean(state.value?.is_open);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) void start(() => api.upload(file, file.name));
  };
  return (
    <main class="begin" onDragOver={(event) => event.preventDefault()} onDrop={onDrop} aria-busy={isBusy.value}>
      <div class="begin-inner">
        {canClose && <Button label="Back to the song" icon="close" class="begin-close" onClick={() => (isBeginOpen.value = false)} />}
        <h1><img src="/mark.svg" alt="" width="40" height="40" />Begin a song</h1>
        <form onSubmit={(event) => { event.preventDefault(); if (sentence.trim()) void start(() => api.beginFrom({ sentence })); }}>
          <label class="field"><span>Say what you want to hear</span>
            <textarea rows={3} value={sentence} placeholder={EXAMPLES[0]} onInput={(event) => setSentence(event.currentTarget.value)} /></label>
          <div class="line">
            {EXAMPLES.map((one, index) => <button type="button" class="chip guessed" key={one} title={one}
              onClick={() => setSentence(one)}><b>Example {index + 1}</b></button>)}
            <span class="spring" />
            <button type="submit" class="button main" disabled={!sentence.trim() || isBusy.value}>{isBusy.value ? "Planning …" : "Plan it"}</button>
          </div>
        </form>
        <div class="begin-two">
          <Own />
          <Bundled />
        </div>
      </div>
    </main>
  );
}

function Own() {
  const suffixes = offered.value?.suffixes ?? [];
  const choose = (event: Event) => {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    if (file) void start(() => api.upload(file, file.name));
  };
  return (
    <section aria-label="From your own">
      <h2>From your own</h2>
      <label class="drop"><input type="file" accept={suffixes.join(",")} onChange={choose} />
        <span>Drop a file here, or choose one</span><small>{suffixes.join(" ")}</small></label>
      <Recorder onTake={(file, name) => void start(() => api.upload(file, name))} />
      {(offered.value?.files ?? []).length > 0 && <h3>In this folder</h3>}
      <ul class="files">
        {(offered.value?.files ?? []).map((file) => (
          <li key={file.path}><button type="button" class="item" onClick={() => void start(() => api.beginFrom({ path: file.path }))}>
            <span>{file.path}</span><small>{file.is_rendered ? "rendered" : "spec"}</small></button></li>
        ))}
      </ul>
    </section>
  );
}

function Bundled() {
  return (
    <section aria-label="From a bundled song">
      <h2>From a bundled song</h2>
      <ul class="songs">
        {(offered.value?.songs ?? []).map((song) => (
          <li key={song.name}><button type="button" class="item" title={song.summary} onClick={() => void start(() => api.beginFrom({ bundled: song.name }))}>
            <span><b>{song.title}</b> {song.genre}</span>
            <small>{[song.tempo, song.key, song.meter, song.length].filter(Boolean).join(" · ")}</small></button></li>
        ))}
      </ul>
    </section>
  );
}
