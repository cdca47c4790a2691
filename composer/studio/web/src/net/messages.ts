// Made by `python -m composer.studio.messages.schema`; do not edit.

/** A bar of the song. `beats_s` are the times of its beats, the downbeat first. */
export interface Bar {
  index: number;
  start_s: number;
  end_s: number;
  beats_s: number[];
  meter: string;
  tempo: number;
}

/** What a song can begin from. */
export interface BeginAnswer {
  songs: BundledSong[];
  files: ProjectFile[];
  genres: string[];
  suffixes: string[];
}

/** Begin from one of these: a sentence, a bundled song, or a path in the studio's folder. */
export interface BeginRequest {
  sentence: string | null;
  bundled: string | null;
  path: string | null;
}

/** A song that comes with the package. */
export interface BundledSong {
  name: string;
  title: string;
  genre: string;
  tempo: string;
  key: string;
  meter: string;
  length: string;
  summary: string;
}

/** A line of the spec that an edit takes away (`-`) or puts in (`+`). `line` counts from 1 in the text that has it. */
export interface ChangedLine {
  sign: "-" | "+";
  line: number;
  text: string;
}

/** What is wrong with a text. */
export interface CheckAnswer {
  faults: Fault[];
}

/** YAML that is to be checked, and is not kept. */
export interface CheckRequest {
  text: string;
}

/** One check of the rendered song. */
export interface CheckRow {
  name: string;
  passed: boolean | null;
  value: number | null;
  direction: string;
  limit: number | null;
  target: number | null;
  unit: string;
  detail: string;
}

/** One thing that was asked for, or decided, and can be changed. `field` is the field of the YAML that settles it, `choices` what may stand there. `span` are the characters of the description that say it. `became` says what the plan made of it. */
export interface Chip {
  kind: string;
  label: string;
  value: string;
  status: "understood" | "guessed" | "not_understood";
  field: (string | number)[] | null;
  choices: string[] | null;
  span: [number, number] | null;
  became: string;
}

/** A chord, from its place to that of the next one. `beat` counts from 1. */
export interface Chord {
  symbol: string;
  start_s: number;
  end_s: number;
  bar: number;
  beat: number;
  section: number;
}

/** One thing that an edit changes. */
export interface Difference {
  kind: string;
  what: string;
  before: string | null;
  after: string | null;
}

/** An edit of the song as it is at `revision`. */
export interface EditRequest {
  revision: number;
  edit: Record<string, unknown>;
}

/** A format in which the song can be taken away. */
export interface ExportFormat {
  name: string;
  label: string;
  options: ExportOption[];
  needs_render: boolean;
}

/** An option of an export. `choices` are the values that it may have. */
export interface ExportOption {
  name: string;
  label: string;
  choices: (string | number | boolean)[];
  value: string | number | boolean;
}

/** Export the rendered song with these options; what is left out is as usual. */
export interface ExportRequest {
  options: Record<string, string>;
}

/** All formats, and the files that lie in the song's folder as they are. */
export interface ExportsAnswer {
  formats: ExportFormat[];
  files: string[];
}

/** One thing that is wrong, and where: `line` and `column` count from 1. */
export interface Fault {
  message: string;
  file: string | null;
  line: number | null;
  column: number | null;
  field: string;
  hint: string;
}

/** Go to a state that the song has had; what is there now stays in the history. */
export interface GoRequest {
  revision: number;
  state: string;
}

/** Something that happens in a section; `bar` counts from 1 in the section, `stem` may be all. */
export interface HappeningEvent {
  bar: number;
  beat: number;
  what: string;
  stem: string;
  bars: number | null;
  tempo: number | null;
  meter: string | null;
}

/** All states that the song has had by edits, the first one first. */
export interface HistoryAnswer {
  moments: Moment[];
}

/** A wish that cannot be met, and why. */
export interface Impossible {
  words: string;
  why: string;
}

/** Work that lasts. `done` of `total` are seconds of audio or steps of `stage`; `seconds_left` is null where nothing is known. `ready` are the sections all of whose clips are made. `result` is what a job that is done has made. `version` rises with each news of the job: where two come in the wrong order, a page knows the newer one. */
export interface Job {
  id: string;
  version: number;
  kind: "render" | "takes" | "export" | "verify";
  title: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  stage: string;
  done: number;
  total: number;
  seconds_left: number | null;
  message: string;
  fault: Fault | null;
  ready: number[];
  result: Record<string, unknown> | null;
}

/** Choose a take; it is written into the spec. */
export interface KeepRequest {
  revision: number;
  section: string;
  stem: string;
  take: number;
  what: "both" | "notes" | "sound";
}

/** Bars of a stem, from 1, both ends included, that stay byte for byte as they are. */
export interface KeptBars {
  stem: string;
  bars: [number, number][];
}

/** The pages of the lead sheet, as addresses of pictures. */
export interface LeadSheetAnswer {
  pages: string[];
}

/** Short-term loudness of the rendered master, in LUFS, one for each `step_s` seconds. */
export interface LoudnessAnswer {
  step_s: number;
  lufs: number[];
}

/** A state that the song has had. `words` say what led to it, `made` when, in UTC; both are empty for what was there at first, or was written by hand. `is_applied` says that it lies on the way to what is there now, `is_within_reach` that one can go there. */
export interface Moment {
  state: string;
  words: string;
  made: string;
  is_now: boolean;
  is_applied: boolean;
  is_within_reach: boolean;
}

/** The notes of a stem, in order. A note is `[start_s, duration_s, pitch, velocity, section, is_given]`, as it is heard. `written` are their onset and duration in quarters from the downbeat of their section. */
export interface Notes {
  stem: string;
  role: string;
  notes: [number, number, number, number, number, boolean][];
  written: [string, string][];
  syllables: (string | null)[];
}

/** Notes that a stem is to play in a section; `section` is the index of a visit. */
export interface NotesRequest {
  revision: number;
  section: number;
  reach: "all" | "this";
  notes: [number, number, number, number][];
}

/** An event of `/api/events`. `state` says that there is a newer revision, `job` how far a job is, `section_ready` that all clips of a section are made, `bye` that the server ends. */
export interface Notice {
  kind: "hello" | "state" | "job" | "section_ready" | "bye";
  revision: number | null;
  job: Job | null;
  section: number | null;
}

/** What an edit would do. `sentence` says it in words: how many of the song's `clips` a render makes anew, and how long that takes, as far as that is known. */
export interface Preview {
  sentence: string;
  clips_to_make: number;
  clips: number;
  audio_s: number;
  seconds: number | null;
  places: string[];
  kept: KeptBars[];
  differences: Difference[];
  notes: string[];
}

/** An edit that is not made; without one, the song as it is now. */
export interface PreviewRequest {
  edit: Record<string, unknown> | null;
}

/** A spec, or the folder of a rendered song, that can be opened. `path` counts from the studio's folder. */
export interface ProjectFile {
  path: string;
  is_rendered: boolean;
}

/** The answer to a request that is refused. `faults` are all that are wrong, `state` the newest one where the request was made from an older one. */
export interface Refusal {
  message: string;
  file: string | null;
  line: number | null;
  column: number | null;
  field: string;
  hint: string;
  faults: Fault[];
  state: State | null;
}

/** What there is to hear. `is_current` says that it is the song as the spec is now. `before` is the render that it replaced. */
export interface RenderState {
  is_current: boolean;
  now: Rendering | null;
  before: Rendering | null;
}

/** A file of audio that can be heard. `name` is a stem's, `master` or `premaster`. */
export interface RenderedFile {
  name: string;
  samples: number;
  channels: number;
  sample_rate: number;
  etag: string;
}

/** Where a visit lies in a rendered song. */
export interface RenderedSection {
  name: string;
  section: string;
  visit: number;
  start_sample: number;
  end_sample: number;
}

/** A rendered song: its files, the loudness of its master, and where its visits lie. */
export interface Rendering {
  files: RenderedFile[];
  loudness_lufs: number | null;
  true_peak_dbtp: number | null;
  sections: RenderedSection[];
}

/** A change of the song as it is at `revision`. */
export interface RevisionRequest {
  revision: number;
}

/** One visit of a section, as it stands in the song. `section` is its identity, `returns_of` the index of the first visit of the same identity, `colour` a number that all visits of an identity share. `playing` are the stems with notes. `chords` are those of the identity, as the field of that name takes them. `section_path` and `visit_path` are where its fields stand in the YAML; the latter is null where the form is planned. `visit_value` is what stands there, as a mapping. `is_rendered` says that the rendered song has exactly these clips, `is_ready` that all of them are made. */
export interface Section {
  index: number;
  name: string;
  section: string;
  visit: number;
  variation: number;
  lift: number;
  key: string;
  chords: string;
  energy: number;
  start_s: number;
  end_s: number;
  start_sample: number;
  end_sample: number;
  first_bar: number;
  bars: number;
  returns_of: number | null;
  colour: number;
  playing: string[];
  prompts: Record<string, string>;
  takes: Record<string, number>;
  events: HappeningEvent[];
  lyrics: string;
  seed: number;
  section_path: (string | number)[];
  visit_path: (string | number)[] | null;
  visit_value: Record<string, unknown> | null;
  is_rendered: boolean;
  is_ready: boolean;
}

/** A planned song. `music_end_s` is the last double bar; what follows it rings out. `energy` has a number from 0 to 1 for each bar. `tempo` counts beats a minute. `singers` are the stems that sing, `happenings` all that may happen in a section. */
export interface Song {
  sample_rate: number;
  length_s: number;
  length_samples: number;
  music_end_s: number;
  title: string;
  description: string;
  genre: string;
  tempo: number;
  meter: string;
  key: string;
  seed: number;
  backend: string;
  notes: string[];
  chips: Chip[];
  sections: Section[];
  stems: Stem[];
  bars: Bar[];
  chords: Chord[];
  energy: number[];
  lead: string | null;
  singers: string[];
  happenings: string[];
}

/** All that the page shows. `revision` is another number after each change. `song` is null where the text cannot be planned; `faults` say why. `undo` and `redo` say what they would do. */
export interface State {
  revision: number;
  is_open: boolean;
  title: string;
  file: string;
  folder: string;
  text: string;
  song: Song | null;
  faults: Fault[];
  undo: string | null;
  redo: string | null;
  history: string[];
  render: RenderState;
  jobs: Job[];
}

/** One stem. `path` is where its fields stand in the YAML, null where the stems are planned. */
export interface Stem {
  name: string;
  role: string;
  prompt: string;
  negative_prompt: string;
  gain_db: number;
  pan: number;
  lowest: number | null;
  highest: number | null;
  has_notes: boolean;
  is_rendered: boolean;
  path: (string | number)[] | null;
}

/** One take, how it differs from that of the song, and whether it can be heard. `audio` is the address of the section with it, the whole band around it. */
export interface TakeRow {
  number: number;
  differs: string;
  is_current: boolean;
  is_ready: boolean;
  audio: string;
}

/** The takes of a stem in a section. */
export interface Takes {
  section: string;
  stem: string;
  what: "both" | "notes" | "sound";
  revision: number;
  takes: TakeRow[];
}

/** All takes that were asked for, the latest first. */
export interface TakesAnswer {
  takes: Takes[];
}

/** Ask for other takes of a stem in a section. */
export interface TakesRequest {
  section: string;
  stem: string;
  count: number;
  what: "both" | "notes" | "sound";
}

/** The whole YAML, in place of that of `revision`. */
export interface TextRequest {
  revision: number;
  text: string;
}

/** What the rendered song's checks say; `is_current` is false where it was rendered again since. */
export interface VerifyAnswer {
  passed: boolean;
  is_current: boolean;
  checks: CheckRow[];
}

/** What a wish in words would do at `revision`. `edit` is for `/api/edits`; without one, nothing is changed. `unread` are the words that are not understood. */
export interface WordsAnswer {
  revision: number;
  edit: Record<string, unknown> | null;
  obeyed: string[];
  impossible: Impossible[];
  unread: string[];
  lines: ChangedLine[];
  preview: Preview | null;
}

/** A wish in words: `second verse without drums, chorus up a tone`. */
export interface WordsRequest {
  words: string;
}
