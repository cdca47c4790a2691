/** What happens inside a section: a list that can be changed, entry by entry. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { HappeningEvent, Section } from "../net/messages";
import { song } from "../state/store";
import { Button, Stepper } from "../ui/controls";

/** Where an event is being written: its number in the section, or one past the last for a new one. */
const edited = signal<{ section: number; index: number; bar?: number } | null>(null);
/** Open an event of a section, or a new one. */
export const editEvent = (section: number, index: number, bar = 1): void => void (edited.value = { section, index, bar });
export const HAPPENINGS_ID = "happenings";

/** Events of the whole band: nobody plays a fermata alone. */
const WHOLE_BAND = ["ritardando", "accelerando", "fermata", "meter"];
const ALL = "all";

/** An event as the spec writes it: what is as usual is left out. */
const written = (one: HappeningEvent) => ({
  bar: one.bar, do: one.what,
  ...(one.stem === ALL ? {} : { stem: one.stem }), ...(one.beat === 1 ? {} : { beat: one.beat }),
  ...(one.bars === null ? {} : { bars: one.bars }), ...(one.tempo === null ? {} : { tempo: one.tempo }),
  ...(one.meter === null ? {} : { meter: one.meter }),
});

interface Props { at: Section; onChange: (events: unknown[]) => void }

export function Happenings({ at, onChange }: Props) {
  const commit = (events: HappeningEvent[]) => {
    edited.value = null;
    onChange([...events].sort((a, b) => a.bar - b.bar || a.beat - b.beat).map(written));
  };
  const swap = (index: number, now: HappeningEvent) => commit([...at.events.slice(0, index), now, ...at.events.slice(index + 1)]);
  const open = edited.value?.section === at.index ? edited.value.index : -1;
  return (
    <div class="field" id={HAPPENINGS_ID} role="group" aria-label="What happens"><span>What happens</span>
      <ul class="happenings">
        {at.events.map((one, index) => (
          <li key={index}>
            {open === index ? <EventForm at={at} key={place(one)} event={one} onDone={(now) => swap(index, now)} />
              : <div class="happening">
                <button type="button" class="item" title="Change it" onClick={() => (edited.value = { section: at.index, index })}>
                  <span><b>bar {place(one)}</b> {named(one.what)}{one.bars !== null && `, ${one.bars} ${one.bars === 1 ? "bar" : "bars"}`}</span>
                  <small>{one.stem === ALL ? "all" : one.stem}</small></button>
                <Button label={`Take away ${named(one.what)} in bar ${place(one)}`} icon="bin"
                  onClick={() => commit(at.events.filter((other) => other !== one))} /></div>}
          </li>
        ))}
      </ul>
      {open === at.events.length
        ? <EventForm key={`new ${at.index} ${edited.value?.bar}`} at={at} event={fresh(at, edited.value?.bar ?? 1)}
          onDone={(now) => commit([...at.events, now])} />
        : <Button label="Add what happens" icon="plus" text="Add what happens"
          onClick={() => (edited.value = { section: at.index, index: at.events.length })} />}
    </div>
  );
}

const fresh = (at: Section, bar: number): HappeningEvent =>
  ({ bar, beat: 1, what: "enter", stem: at.playing[0] ?? ALL, bars: null, tempo: null, meter: null });
const named = (what: string): string => what.replace(/_/g, " ");
const place = (one: HappeningEvent): string => (one.beat === 1 ? `${one.bar}` : `${one.bar}.${one.beat}`);

function EventForm({ at, event, onDone }: { at: Section; event: HappeningEvent; onDone: (event: HappeningEvent) => void }) {
  const [own, setOwn] = useState(event);
  const put = (part: Partial<HappeningEvent>) => setOwn({ ...own, ...part });
  const choose = (what: string) => put({
    what, stem: WHOLE_BAND.includes(what) ? ALL : own.stem, meter: what === "meter" ? own.meter ?? "2/4" : null,
    tempo: /ritardando|accelerando/.test(what) ? own.tempo : null,
  });
  const beats = song.value!.bars[at.first_bar]?.beats_s.length ?? 4;
  return (
    <form class="event-form" aria-label="An event" onSubmit={(submit) => { submit.preventDefault(); onDone(own); }}>
      <div class="two">
        <label class="field"><span>What</span><select value={own.what} onChange={(change) => choose(change.currentTarget.value)}>
          {song.value!.happenings.map((one) => <option key={one} value={one}>{named(one)}</option>)}</select></label>
        <label class="field"><span>Who</span><select value={own.stem} disabled={WHOLE_BAND.includes(own.what)}
          onChange={(change) => put({ stem: change.currentTarget.value })}>
          {[ALL, ...song.value!.stems.map((one) => one.name)].map((one) => <option key={one} value={one}>{one === ALL ? "the whole band" : one}</option>)}</select></label>
      </div>
      <div class="three">
        <Stepper label="Bar" value={own.bar} min={1} max={at.bars} onCommit={(bar) => put({ bar })} />
        <Stepper label="Beat" value={own.beat} min={1} max={beats} onCommit={(beat) => put({ beat })} />
        <Stepper label="Bars long (0: as usual)" short="Bars long" value={own.bars ?? 0} min={0} max={at.bars} onCommit={(bars) => put({ bars: bars || null })} />
      </div>
      {own.meter !== null && <label class="field"><span>Metre</span><input value={own.meter} onInput={(input) => put({ meter: input.currentTarget.value })} /></label>}
      <div class="line"><button type="submit" class="button main">Set it</button>
        <Button label="Leave it" text="Leave it" onClick={() => (edited.value = null)} /></div>
    </form>
  );
}
