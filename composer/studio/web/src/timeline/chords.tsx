/** Chords edited in place: typed, moved by semitones, or chosen by what they do in the key. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Chord, Section, Song } from "../net/messages";
import { setInSection } from "../state/edits";
import { apply, song } from "../state/store";
import { Button, Popover } from "../ui/controls";
import { cost, sayCost } from "./blocks";
import { secondsAt } from "./viewport";

const edited = signal<{ chord: Chord; x: number; y: number } | null>(null);

export function Chords({ height }: { height: number }) {
  const onClick = (event: MouseEvent) => {
    const host = event.currentTarget as HTMLElement;
    const at = secondsAt(event.clientX - host.getBoundingClientRect().left);
    const chord = song.value!.chords.find((one) => one.start_s <= at && at < one.end_s);
    if (chord) edited.value = { chord, x: event.clientX, y: host.getBoundingClientRect().bottom + 4 };
  };
  return (
    <div class="chord-places" style={{ height: `${height}px` }} onClick={onClick} title="Click a chord to change it" />
  );
}

/** The window in which a chord is changed; it stands outside of what scrolls. */
export function ChordEditor() {
  return edited.value && <Editor />;
}

/** The chords of a section as they are written: bars parted by `|`, equal shares of a bar by spaces. */
export function written(of: Song, section: Section, swapped?: Chord, symbol = ""): string {
  const own = of.chords.filter((chord) => chord.section === section.index);
  const name = (chord: Chord) => (chord === swapped ? symbol : chord.symbol);
  let held = own[0] ? name(own[0]) : "";
  return of.bars.slice(section.first_bar, section.first_bar + section.bars).map((bar) => {
    const beats = bar.beats_s.length;
    const starts = own.filter((chord) => chord.bar === bar.index);
    const slots = [1, 2, 3, 4, beats].find((count) => beats % count === 0 &&
      starts.every((chord) => Number.isInteger(((chord.beat - 1) * count) / beats))) ?? 1;
    return Array.from({ length: slots }, (_, slot) => {
      const here = starts.find((chord) => Math.floor(((chord.beat - 1) * slots) / beats) === slot);
      if (here) held = name(here);
      return held;
    }).join(" ");
  }).join(" | ");
}

const NAMES = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const MAJOR = { tonic: ["0", "4m", "9m"], subdominant: ["5", "2m", "10"], dominant: ["7", "7:7", "11dim"] };
const MINOR = { tonic: ["0m", "3", "8"], subdominant: ["5m", "2dim", "10"], dominant: ["7", "7:7", "7m"] };

const pitch = (name: string): number =>
  "C D EF G A B".indexOf(name[0]!.toUpperCase()) + (name[1] === "#" ? 1 : name[1] === "b" ? -1 : 0);

/** Chords of a key by function. */
function suggestions(key: string): [string, string[]][] {
  const root = pitch(key);
  return Object.entries(/minor/i.test(key) ? MINOR : MAJOR).map(([name, chords]) => [
    name,
    chords.map((one) => {
      const [, degree, kind] = one.match(/^(\d+):?(.*)$/)!;
      return NAMES[(((root + Number(degree)) % 12) + 12) % 12]! + kind;
    }),
  ]);
}

/** A chord moved by semitones; its bass moves with it. */
export function transposed(symbol: string, semitones: number): string {
  return symbol.replace(/(^|\/)([A-G][#b]?)/g, (_, before: string, root: string) =>
    before + NAMES[(((pitch(root) + semitones) % 12) + 12) % 12]!);
}

function Editor() {
  const { chord, x, y } = edited.value!;
  const section = song.value!.sections[chord.section]!;
  const [symbol, setSymbol] = useState(chord.symbol);
  const edit = (wanted: string) => setInSection(section, "chords", written(song.value!, section, chord, wanted));
  const close = () => {
    edited.value = null;
    sayCost(null);
  };
  const choose = (wanted: string) => {
    close();
    if (wanted !== chord.symbol) void apply(edit(wanted));
  };
  const show = (wanted: string) => {
    setSymbol(wanted);
    sayCost(wanted === chord.symbol ? null : edit(wanted));
  };
  return (
    <Popover x={x} y={y} label={`Chord in bar ${chord.bar + 1}`} onClose={close}>
      <form class="chord-editor" onSubmit={(event) => { event.preventDefault(); choose(symbol.trim()); }}>
        <div class="line">
          <Button label="A semitone down" icon="minus" onClick={() => show(transposed(symbol, -1))} />
          <input aria-label="Chord" class="mono" value={symbol} onInput={(event) => show(event.currentTarget.value)} />
          <Button label="A semitone up" icon="plus" onClick={() => show(transposed(symbol, 1))} />
          <button class="button main" type="submit">Set</button>
        </div>
        {suggestions(section.key).map(([name, chords]) => (
          <div class="line" key={name}><span class="caption">{name}</span>
            {chords.map((one) => (
              <button type="button" class="button letter" key={one} onClick={() => choose(one)}
                onPointerEnter={() => sayCost(edit(one))}>{one}</button>
            ))}
          </div>
        ))}
        <p class="cost" role="status">{cost.value || `In all visits of ${section.section}.`}</p>
      </form>
    </Popover>
  );
}
