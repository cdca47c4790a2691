/** What was understood and what was guessed, each to be changed with a click. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Edit } from "../net/api";
import type { Chip } from "../net/messages";
import { set } from "../state/edits";
import { apply, song } from "../state/store";
import { cost, sayCost } from "../timeline/blocks";
import { Popover } from "./controls";

const chosen = signal<{ chip: Chip; x: number; y: number } | null>(null);
const STATUS = { understood: "as you said", guessed: "guessed", not_understood: "not understood" } as const;

export function Chips() {
  const chips = song.value?.chips ?? [];
  if (!chips.length) return null;
  return (
    <div class="chips" role="group" aria-label="What was understood">
      {chips.map((chip, index) => <ChipButton key={index} chip={chip} />)}
      {chosen.value && <Editor />}
    </div>
  );
}

function ChipButton({ chip }: { chip: Chip }) {
  const open = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    if (chip.field) chosen.value = { chip, x: box.left, y: box.bottom + 6 };
  };
  return (
    <button type="button" class={`chip ${chip.status}`} onClick={open} disabled={!chip.field}
      title={chip.became || STATUS[chip.status]}
      aria-label={`${chip.label} ${chip.value}, ${STATUS[chip.status]}`}>
      <span>{chip.label}</span>{" "}<b>{chip.value}</b>
    </button>
  );
}

/** A number stays a number. */
const typed = (text: string): string | number => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** Another key of the same mode takes the chords along that are written in letters. */
function editOf(chip: Chip, wanted: string): Edit {
  const mode = (key: string) => key.split(" ").at(-1);
  if (chip.kind === "key" && mode(chip.value) === mode(wanted))
    return { edit: "move_chords", from: chip.value, to: wanted };
  return set(chip.field!, typed(wanted));
}

function Editor() {
  const { chip, x, y } = chosen.value!;
  const [text, setText] = useState(chip.value);
  const close = () => {
    chosen.value = null;
    sayCost(null);
  };
  const edit = (wanted: string) => editOf(chip, wanted);
  const choose = (wanted: string) => {
    close();
    if (wanted !== chip.value || chip.status !== "understood") void apply(edit(wanted));
  };
  const isFew = chip.choices && chip.choices.length;
  const found = (chip.choices ?? []).filter((one) => text === chip.value || one.toLowerCase().includes(text.toLowerCase()));
  return (
    <Popover x={x} y={y} label={chip.label} onClose={close}>
      <form onSubmit={(event) => { event.preventDefault(); choose(found.length === 1 ? found[0]! : text.trim()); }}>
        <label class="field"><span>{chip.label}<output>{STATUS[chip.status]}</output></span>
          <input value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
        {isFew ? <div class="items" role="listbox" aria-label={`Choices of ${chip.label}`}>
          {found.map((one) => (
            <button type="button" class="item" role="option" aria-selected={one === chip.value} key={one}
              onClick={() => choose(one)} onPointerEnter={() => sayCost(edit(one))} onFocus={() => sayCost(edit(one))}>{one}</button>
          ))}
        </div> : null}
        <p class="cost" role="status">{cost.value || "\u00a0"}</p>
      </form>
    </Popover>
  );
}
