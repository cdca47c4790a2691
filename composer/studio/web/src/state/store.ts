/** What the page knows: the server's newest state, and what the user has chosen to look at. */
import { batch, computed, effect, signal } from "@preact/signals";
import { Refused, Unreachable, api, type Edit, type RecordingWish } from "../net/api";
import type { Fault, Job, Notes, NotesRequest, Notice, Preview, Section, State, Stem } from "../net/messages";
import { TimeMap, type Unit } from "./timemap";

export const state = signal<State | null>(null);
export const song = computed(() => state.value?.song ?? null);
export const jobs = computed(() => state.value?.jobs ?? []);
export const rendering = computed(() => jobs.value.find((job) => job.kind === "render" && isOpen(job)));

export type Panel = "section" | "spec" | "takes" | "render" | "away";
export const panel = signal<Panel>("section");
export const selectedSection = signal(0);
export const selectedStem = signal<string | null>(null);
export const isRollOpen = signal(false);
export const isBeginOpen = signal(false);
export const areKeysOpen = signal(false);
/** Whether a change is one of all visits of a section, or of the one that is selected. */
export const reach = signal<"all" | "this">("all");
export const unit = signal<Unit>("bars");
export const laneView = signal<"waves" | "notes">("waves");

export const section = computed<Section | undefined>(() => song.value?.sections[selectedSection.value]);
export const stem = computed<Stem | undefined>(() =>
  song.value?.stems.find((one) => one.name === selectedStem.value) ?? song.value?.stems[0]);
export const timeMap = computed(() => (song.value ? new TimeMap(song.value, unit.value) : null));

/** A line of news at the foot of the page; an `alert` is read out at once. */
export interface Message { text: string; kind: "news" | "alert"; faults?: Fault[]; undoes?: number }
export const message = signal<Message | null>(null);
export const isBusy = signal(false);

export function isOpen(job: Job): boolean {
  return job.state === "queued" || job.state === "running";
}

let messageTimer = 0;
/** Show a line of news for a while; alerts stay longer. */
export function say(text: string, kind: Message["kind"] = "news", faults: Fault[] = []): void {
  clearTimeout(messageTimer);
  message.value = { text, kind, faults };
  messageTimer = window.setTimeout(() => (message.value = null), kind === "news" ? 4000 : 12000);
}

/** Show a line of news about the last change, which can be undone from there as long as it is the last one. */
export function sayChanged(text: string): void {
  say(text);
  clearTimeout(messageTimer);
  message.value = { text, kind: "news", undoes: state.value!.revision };
  messageTimer = window.setTimeout(() => (message.value = null), 12000);
}

/** Take a newer state; an older one, that came late, is dropped. */
export function take(newer: State): void {
  const known = state.value;
  if (known && newer.revision < known.revision && newer.folder === known.folder && newer.file === known.file)
    return;
  batch(() => {
    state.value = { ...newer, jobs: newer.jobs.map(newestOf) };
    if (message.value?.undoes && message.value.undoes !== newer.revision) message.value = null;
    const last = (newer.song?.sections.length ?? 1) - 1;
    if (selectedSection.value > last) selectedSection.value = Math.max(0, last);
    if (!newer.song?.stems.some((one) => one.name === selectedStem.value))
      selectedStem.value = newer.song?.lead ?? newer.song?.stems[0]?.name ?? null;
    isBeginOpen.value = isBeginOpen.value && newer.is_open;
  });
}

/** Show what went wrong; where the song had changed elsewhere, show it as it is now. */
export function complain(error: unknown): void {
  if (error instanceof Refused) {
    if (error.refusal.state) take(error.refusal.state);
    const hint = error.refusal.hint ? ` – ${error.refusal.hint}` : "";
    const moved = error.status === 409 ? "The song was changed in another window; it is shown as it is now. " : "";
    say(moved + error.message + hint, "alert", error.faults);
  } else if (error instanceof Unreachable) {
    say(error.message, "alert");
  } else if (!(error instanceof DOMException && error.name === "AbortError")) {
    say(String(error), "alert");
    console.error(error);
  }
}

/** Ask the server for a change and take its answer; true where it was made. */
async function change(request: () => Promise<State>): Promise<boolean> {
  isBusy.value = true;
  try {
    take(await request());
    return true;
  } catch (error) {
    complain(error);
    return false;
  } finally {
    isBusy.value = false;
  }
}

let queue: Promise<unknown> = Promise.resolve();
/** Do something when all that was asked for before is done. */
function afterAll<T>(what: () => Promise<T>): Promise<T> {
  const next = queue.then(what);
  queue = next;
  return next;
}

/** Changes go one after another, each made from the state that the one before it gave. */
function inTurn(request: (revision: number) => Promise<State>): Promise<boolean> {
  return afterAll(() => change(() => request(state.value?.revision ?? 0)));
}

export const apply = (edit: Edit) => inTurn((revision) => api.edit(revision, edit));
/** An edit that was found for one state alone: where the song has changed since, it is refused. */
export const applyAt = (revision: number, edit: Edit) => inTurn(() => api.edit(revision, edit));
export const goTo = (moment: string) => inTurn((revision) => api.goTo(revision, moment));
export const writeText = (text: string) => inTurn((revision) => api.text(revision, text));
export const undo = () => (state.value?.undo ? inTurn(api.undo) : Promise.resolve(false));
export const redo = () => (state.value?.redo ? inTurn(api.redo) : Promise.resolve(false));
export const keepNotes = (name: string, wish: Omit<NotesRequest, "revision">) =>
  inTurn((revision) => api.keepNotes(name, { revision, ...wish }));
export const keepRecording = (file: Blob, wish: RecordingWish) => inTurn((revision) => api.keepRecording(revision, file, wish));
export const keepTake = (where: string, who: string, number: number, what: string) =>
  inTurn((revision) => api.keep(revision, where, who, number, what));
export const begin = (request: () => Promise<State>) => change(request);

export async function refresh(): Promise<void> {
  try {
    const newest = await api.state();
    state.value = null;
    take(newest);
  } catch (error) {
    complain(error);
  }
}

/** Of a job that was told and the one that is known, return the newer one: answers may overtake each other. */
function newestOf(told: Job): Job {
  const known = jobs.value.find((one) => one.id === told.id);
  return known && known.version > told.version ? known : told;
}

/** Put a job that has moved on in its place. */
export function takeJob(told: Job): void {
  const known = state.value;
  if (!known) return;
  const job = newestOf(told);
  const others = known.jobs.filter((one) => one.id !== job.id);
  const at = known.jobs.findIndex((one) => one.id === job.id);
  const all = at < 0 ? [...known.jobs, job] : [...others.slice(0, at), job, ...others.slice(at)];
  state.value = { ...known, jobs: all };
}

async function takeNewest(): Promise<void> {
  try {
    take(await api.state());
  } catch (error) {
    if (!(error instanceof Unreachable)) complain(error);
  }
}

/** Follow the server's events. */
export function onNotice(notice: Notice): void {
  if (notice.job) takeJob(notice.job);
  const isNews = notice.kind === "state";
  const isDone = notice.kind === "job" && notice.job && !isOpen(notice.job);
  // A studio that is back counts its states anew: what is asked of it next waits until its state is known.
  if (notice.kind === "hello") void afterAll(takeNewest);
  else if (notice.kind === "section_ready" || isNews || isDone) void takeNewest();
  if (isDone && notice.job!.state === "failed") say(notice.job!.message || "This did not work.", "alert");
}

/** Notes of each stem, for the song as it is; asked for when first looked at. */
const notesByStem = new Map<string, { revision: number; notes: Notes | null }>();
export const notesArrived = signal(0);

export function notesOf(name: string): Notes | null {
  const revision = state.value?.revision ?? 0;
  const known = notesByStem.get(name);
  if (known?.revision !== revision) {
    notesByStem.set(name, { revision, notes: known?.notes ?? null });
    void loadNotes(name, revision);
  }
  return notesByStem.get(name)?.notes ?? null;
}

async function loadNotes(name: string, revision: number): Promise<void> {
  try {
    const notes = await api.notes(name);
    if (state.value?.revision !== revision) return;
    notesByStem.set(name, { revision, notes });
    notesArrived.value++;
  } catch (error) {
    if (!(error instanceof Refused)) complain(error);
  }
}

/** What the next render would make, as the song stands. */
export const pending = signal<Preview | null>(null);
let asked = "";
effect(() => {
  const known = state.value;
  const render = known?.render.now?.files[0]?.etag ?? "";
  if (!known?.song || asked === `${known.revision}.${render}`) return;
  asked = `${known.revision}.${render}`;
  const revision = known.revision;
  api.preview(null).then(
    (preview) => state.value?.revision === revision && (pending.value = preview),
    () => (pending.value = null),
  );
});
