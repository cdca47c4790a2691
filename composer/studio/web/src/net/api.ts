/** Requests to the studio's server. Every refusal becomes a {@link Refused} with its faults. */
import type {
  BeginAnswer, BeginRequest, CheckAnswer, ExportsAnswer, Fault, HistoryAnswer, Job, LeadSheetAnswer, LoudnessAnswer, Notes, NotesRequest,
  Preview, Refusal, State, TakesAnswer, VerifyAnswer, WordsAnswer,
} from "./messages";

/** Plain data of an edit, as the server's `read_edit` reads it. */
export type Edit = { edit: string; [field: string]: unknown };

/** The server's no: what is wrong, where, and what would be right. */
export class Refused extends Error {
  constructor(readonly status: number, readonly refusal: Refusal) {
    super(refusal.message);
  }

  get faults(): Fault[] {
    return this.refusal.faults?.length ? this.refusal.faults : [this.refusal];
  }
}

/** There was no answer at all. */
export class Unreachable extends Error {
  constructor() {
    super("The studio does not answer. Your last change may not have been saved.");
  }
}

async function refused(answer: Response): Promise<Refused> {
  const body = (await answer.json().catch(() => ({}))) as Partial<Refusal>;
  const message = body.message ?? `${answer.status} ${answer.statusText}`;
  return new Refused(answer.status, { ...(body as Refusal), message });
}

/** Fetch, or throw Refused or Unreachable. */
export async function ask(path: string, init?: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new Unreachable();
  }
  if (!answer.ok) throw await refused(answer);
  return answer;
}

async function get<T>(path: string): Promise<T> {
  return (await ask(path)).json() as Promise<T>;
}

async function send<T>(path: string, body: unknown, method = "POST", signal?: AbortSignal): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const init: RequestInit = { method, headers, body: JSON.stringify(body) };
  if (signal) init.signal = signal;
  return (await ask(path, init)).json() as Promise<T>;
}

const name = encodeURIComponent;

/** What becomes of a recording: a stem of its own, or the notes of one. */
export interface RecordingWish { use: "stem" | "notes"; section: number; stem: string; reach: "all" | "this" }


export const api = {
  state: () => get<State>("/api/state"),
  notes: (stem: string) => get<Notes>(`/api/notes/${name(stem)}`),
  keepNotes: (stem: string, wish: NotesRequest) => send<State>(`/api/notes/${name(stem)}`, wish),
  edit: (revision: number, edit: Edit) => send<State>("/api/edits", { revision, edit }),
  preview: (edit: Edit | null, signal?: AbortSignal) => send<Preview>("/api/preview", { edit }, "POST", signal),
  undo: (revision: number) => send<State>("/api/undo", { revision }),
  redo: (revision: number) => send<State>("/api/redo", { revision }),
  words: (words: string) => send<WordsAnswer>("/api/words", { words }),
  history: () => get<HistoryAnswer>("/api/history"),
  goTo: (revision: number, state: string) => send<State>("/api/history", { revision, state }),
  text: (revision: number, text: string) => send<State>("/api/text", { revision, text }),
  check: (text: string) => send<CheckAnswer>("/api/check", { text }),
  schema: () => get<Record<string, unknown>>("/api/schema"),
  render: () => send<Job>("/api/render", {}),
  cancel: (job: string) => send<Job>(`/api/jobs/${name(job)}`, {}, "DELETE"),
  takes: () => get<TakesAnswer>("/api/takes"),
  askForTakes: (section: string, stem: string, count: number, what: string) =>
    send<Job>("/api/takes", { section, stem, count, what }),
  keep: (revision: number, section: string, stem: string, take: number, what: string) =>
    send<State>("/api/keep", { revision, section, stem, take, what }),
  begin: () => get<BeginAnswer>("/api/begin"),
  beginFrom: (what: Partial<BeginRequest>) => send<State>("/api/begin", what),
  keepRecording: async (revision: number, file: Blob, wish: RecordingWish) => {
    const query = new URLSearchParams({ ...wish, section: String(wish.section), revision: String(revision) });
    const headers = { "Content-Type": "application/octet-stream" };
    return (await ask(`/api/recordings?${query}`, { method: "POST", headers, body: file })).json() as Promise<State>;
  },
  loudness: () => get<LoudnessAnswer>("/api/loudness"),
  exportAs: (format: string, options: Record<string, string>) => send<Job>(`/api/exports/${name(format)}`, { options }),
  exports: () => get<ExportsAnswer>("/api/exports"),
  lastChecks: () => get<VerifyAnswer>("/api/verify"),
  verify: () => send<Job>("/api/verify", {}),
  leadSheet: () => get<LeadSheetAnswer>("/api/lead-sheet"),
  async upload(file: Blob, filename: string): Promise<State> {
    const headers = { "Content-Type": "application/octet-stream", "X-Filename": name(filename) };
    return (await ask("/api/upload", { method: "POST", headers, body: file })).json() as Promise<State>;
  },
};
