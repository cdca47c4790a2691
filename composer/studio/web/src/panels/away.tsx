/** Take the song away: exports with their options, the checks, the lead sheet, the report. */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../net/api";
import type { ExportFormat, ExportsAnswer, Job, VerifyAnswer } from "../net/messages";
import { complain, isOpen, jobs, say, state, takeJob } from "../state/store";
import { Button, Choice } from "../ui/controls";
import { JobRow } from "./render";

const offered = signal<ExportsAnswer | null>(null);
const checked = signal<VerifyAnswer | null>(null);
const sheet = signal<string[] | null>(null);
const chosen = signal<Record<string, Record<string, string>>>({});
const part = signal<"exports" | "checks" | "sheet">("exports");

export function AwayPanel() {
  useEffect(() => void api.exports().then((one) => (offered.value = one), complain), [state.value?.revision, state.value?.render.now]);
  return (
    <div class="fields">
      <h2>Take away</h2>
      <Choice label="What is shown" value={part.value} onChoose={(one) => (part.value = one)}
        choices={[["exports", "Exports"], ["checks", "Checks"], ["sheet", "Lead sheet"]]} />
      {part.value === "exports" && <Exports />}
      {part.value === "checks" && <Checks />}
      {part.value === "sheet" && <LeadSheet />}
    </div>
  );
}

function Exports() {
  const hasRender = Boolean(state.value?.render.now);
  return (
    <>
      <Made />
      {offered.value?.formats.map((format) => <Format key={format.name} format={format} isOpen={hasRender || !format.needs_render} />)}
      {hasRender && <div class="field"><span>Files of the song</span><ul class="happenings">
        {offered.value?.files.map((file) => <li key={file}><a href={`/api/files/${file.split("/").map(encodeURIComponent).join("/")}`} download>{file}</a></li>)}
      </ul></div>}
    </>
  );
}

function Format({ format, isOpen }: { format: ExportFormat; isOpen: boolean }) {
  const own = chosen.value[format.name] ?? {};
  const choose = (name: string, value: string) =>
    (chosen.value = { ...chosen.value, [format.name]: { ...own, [name]: value } });
  return (
    <div class="format">
      <div class="line"><b>{format.label}</b>
        <Button label={`Take ${format.label}`} icon="away" text="Take" isDisabled={!isOpen} onClick={() => void order(format, own)} /></div>
      {!isOpen && <p class="hint">Render the song first.</p>}
      {isOpen && format.options.map((option) => (
        <label class="field sideways" key={option.name}><span>{option.label}</span>
          <select value={own[option.name] ?? String(option.value)} onChange={(event) => choose(option.name, event.currentTarget.value)}>
            {option.choices.map((one) => <option key={String(one)} value={String(one)}>{named(one)}</option>)}
          </select></label>
      ))}
    </div>
  );
}

const named = (value: string | number | boolean): string => (typeof value === "boolean" ? (value ? "yes" : "no") : String(value));

/** Exports that were asked for here, to be fetched when they are made; a reload leaves them in the list. */
const awaited = new Set<string>();
effect(() => {
  for (const job of jobs.value.filter((one) => awaited.has(one.id) && !isOpen(one))) {
    awaited.delete(job.id);
    if (job.state === "done") fetchFile(job);
  }
});

const fileOf = (job: Job): string => `/api/exports/${job.id}/file`;

function fetchFile(job: Job): void {
  const link = document.createElement("a");
  link.href = fileOf(job);
  link.download = String(job.result?.file ?? "");
  link.click();
  say(`${link.download} is in your downloads.`);
}

async function order(format: ExportFormat, options: Record<string, string>): Promise<void> {
  try {
    const job = await api.exportAs(format.name, options);
    awaited.add(job.id);
    takeJob(job);
  } catch (error) {
    complain(error);
  }
}

const size = (bytes: unknown): string => {
  const mega = Number(bytes) / 1e6;
  return mega >= 0.95 ? `${mega.toFixed(0)} MB` : `${Math.ceil(mega * 1000)} kB`;
};

/** Exports that are being made, and those that wait to be fetched. */
function Made() {
  const all = jobs.value.filter((job) => job.kind === "export").reverse().slice(0, 6);
  return (
    <>
      {all.map((job) => (job.state === "done"
        ? <div class="job" key={job.id}><div class="line"><b>{job.title}</b>
          <a href={fileOf(job)} download={String(job.result?.file ?? "")}>{String(job.result?.file)}, {size(job.result?.bytes)}</a></div></div>
        : <JobRow key={job.id} job={job} />))}
    </>
  );
}

function Checks() {
  const isThere = Boolean(state.value?.render.now);
  const work = jobs.value.filter((job) => job.kind === "verify");
  const isWorking = work.some(isOpen);
  const run = () => void api.verify().catch(complain);
  useEffect(() => {
    if (isThere && !isWorking) void api.lastChecks().then((one) => (checked.value = one), complain);
  }, [state.value?.render.now, work.length, isWorking]);
  const answer = checked.value;
  if (!isThere) return <p class="hint">Render the song first.</p>;
  if (!answer) return <p class="hint" role="status">The song checks itself …</p>;
  return (
    <>
      <p class="sentence">{answer.passed ? "The song passes all its checks." : "The song fails some of its checks."}
        {!answer.is_current && " It was rendered again since."} <Button label="Check again" text={isWorking ? "Checking …" : "Check again"} isDisabled={isWorking} onClick={run} /></p>
      <table class="table checks"><thead><tr><th scope="col">Check</th><th scope="col">Value</th><th scope="col">Asked</th></tr></thead>
        <tbody>{answer.checks.map((row) => (
          <tr key={row.name} class={row.passed === false ? "failed" : ""} title={row.detail}>
            <th scope="row">{row.passed === null ? "·" : row.passed ? "✓" : "✗"} {row.name.replace(/_/g, " ")}</th>
            <td>{row.value === null ? "–" : `${Number(row.value.toPrecision(4))} ${row.unit}`}</td>
            <td>{row.limit === null ? "" : `${row.direction} ${Number(row.limit.toPrecision(4))}`}</td></tr>
        ))}</tbody></table>
    </>
  );
}

function LeadSheet() {
  useEffect(() => {
    sheet.value = null;
    void api.leadSheet().then((one) => (sheet.value = one.pages), (error) => { sheet.value = []; complain(error); });
  }, [state.value?.revision]);
  if (!sheet.value) return <p class="hint" role="status">The sheet is being engraved …</p>;
  return <div class="sheet">{sheet.value.map((page, index) => <img key={page} src={page} alt={`Lead sheet, page ${index + 1}`} />)}</div>;
}
