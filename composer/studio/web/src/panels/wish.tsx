/** A change in words: what it would do is shown first, then it is made as one edit. */
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { api, type Edit } from "../net/api";
import type { ChangedLine, WordsAnswer } from "../net/messages";
import { applyAt, complain, sayChanged, song } from "../state/store";
import { Button, Popover } from "../ui/controls";
import { Icon } from "../ui/icons";

const words = signal("");
const answer = signal<WordsAnswer | null>(null);
const isReading = signal(false);
export const WISH_ID = "wish";

async function read(): Promise<void> {
  const asked = words.value.trim();
  if (!asked || isReading.value) return;
  isReading.value = true;
  try {
    answer.value = await api.words(asked);
  } catch (error) {
    complain(error);
  } finally {
    isReading.value = false;
  }
}

/** Put the cursor where a wish is written. */
export const beginWish = (): void => document.getElementById(WISH_ID)?.focus();

export function Wish() {
  const form = useRef<HTMLFormElement>(null);
  if (!song.value) return null;
  const box = () => form.current!.getBoundingClientRect();
  return (
    <form class="wish" ref={form} role="search" aria-label="Change the song in words" aria-busy={isReading.value}
      onSubmit={(event) => { event.preventDefault(); void read(); }}>
      <Icon name="pen" />
      <input id={WISH_ID} aria-label="Change it in words" value={words.value} autocomplete="off" title="Change it in words (/)"
        placeholder="Change it in words: second verse without drums, chorus up a tone"
        onInput={(event) => (words.value = event.currentTarget.value)} />
      <button type="submit" class="button" disabled={!words.value.trim() || isReading.value}>
        {isReading.value ? "Reading …" : "Show"}</button>
      {answer.value && <Popover x={box().left} y={box().top} label="What would change" onClose={() => (answer.value = null)}>
        <Outcome found={answer.value} />
      </Popover>}
    </form>
  );
}

function Outcome({ found }: { found: WordsAnswer }) {
  const close = () => {
    answer.value = null;
    beginWish();
  };
  const make = async () => {
    answer.value = null;
    if (!(await applyAt(found.revision, found.edit as Edit))) return;
    words.value = "";
    sayChanged(`Changed: ${found.obeyed.join("; ")}.`);
  };
  return (
    <div class="outcome">
      <ul class="wishes">
        {found.obeyed.map((one, i) => <li key={`o${i}`} class="obeyed"><b aria-hidden="true">✓</b><span><span class="unseen">will be done: </span>{one}</span></li>)}
        {found.impossible.map((one, i) => <li key={`i${i}`} class="impossible"><b aria-hidden="true">✗</b><span>{one.words}<small>cannot be done: {one.why}</small></span></li>)}
        {found.unread.map((one, i) => <li key={`u${i}`} class="impossible"><b aria-hidden="true">?</b><span>{one}<small>not understood</small></span></li>)}
      </ul>
      {found.lines.length > 0 && <Lines lines={found.lines} />}
      {found.edit
        ? <p class="sentence" role="status">To be made anew: {found.preview!.sentence}.</p>
        : <p class="hint" role="status">Nothing would change. Name a place and what is to happen there, such as: last chorus
          louder; the bridge twice as long; add strings to the chorus; 10 % faster.</p>}
      <div class="line">
        {found.edit && <Button label="Make this change" text="Make this change" kind="main" onClick={() => void make()} />}
        <Button label="Close" text={found.edit ? "Leave it" : "Close"} onClick={close} />
      </div>
    </div>
  );
}

function Lines({ lines }: { lines: ChangedLine[] }) {
  return (
    <div class="changed-lines mono" tabIndex={0} role="region" aria-label="Lines of the spec that change">
      {lines.map((line, index) => (
        <div key={index} class={line.sign === "+" ? "added" : "taken"}><i>{line.line}</i>
          <span class="unseen">{line.sign === "+" ? "new: " : "old: "}</span><b aria-hidden="true">{line.sign}</b><span>{line.text}</span></div>
      ))}
    </div>
  );
}
