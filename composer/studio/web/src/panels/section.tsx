/** The panel of the selected section and stem: everything about them that a spec can say. */
import type { Section, Stem } from "../net/messages";
import { faders, fader, isMoved } from "../sound/mixer";
import { setInSection, setInStem, setInVisit } from "../state/edits";
import { apply, reach, say, section, song, stem } from "../state/store";
import { openMenuOf } from "../timeline/blocks";
import { Button, Choice, Field, Slider, Stepper } from "../ui/controls";
import { identity } from "../ui/colours";
import { Happenings } from "./happenings";
import { KeepMix } from "./mix";


const change = (at: Section, field: string, value: unknown) =>
  void apply(reach.value === "this" ? setInVisit(at, field, value) : setInSection(at, field, value));

export function SectionPanel() {
  const at = section.value;
  if (!at || !song.value) return null;
  return (
    <div class="fields">
      <h2><i class="dot" style={{ background: `var(--${identity(at.colour)})` }} />{at.section}
        <small>visit {at.visit} · bars {at.first_bar + 1}–{at.first_bar + at.bars} · {at.key}</small>
        <Button label="More" text="⋯" onClick={() => openMenuOf(at)} /></h2>
      <Choice label="What changes apply to" value={reach.value} onChoose={(one) => (reach.value = one)}
        choices={[["all", `All visits of ${at.section}`], ["this", "This visit"]]} />
      <div class="two">
        <Stepper label="Bars" value={at.bars} min={1} max={256} onCommit={(bars) => change(at, "bars", bars)} />
        <Stepper label="Lift of this visit" value={at.lift} min={-12} max={12} unit="st"
          onCommit={(lift) => void apply(setInVisit(at, "lift", lift || null))} />
      </div>
      <div class="two">
        <Slider label="Energy" value={at.energy} min={0} max={1} step={0.05} show={(one) => one.toFixed(2)}
          onCommit={(energy) => change(at, "energy", energy)} />
        <Slider label="Variation" value={at.variation} min={0} max={1} step={0.05} show={(one) => one.toFixed(2)}
          onCommit={(variation) => change(at, "variation", variation)} />
      </div>
      <Players at={at} />
      <Field label="Chords" isMono lines={3} value={at.chords}
        onCommit={(chords) => void apply(setInSection(at, "chords", chords.trim() || null))} />
      <Field label="Lyrics" lines={3} value={at.lyrics} placeholder="A line to a line"
        onCommit={(lyrics) => change(at, "lyrics", lyrics || null)} />
      <div class="two">
        <Field label="Seed" value={String(at.seed)}
          onCommit={(seed) => void apply(setInSection(at, "seed", seed.trim() ? Number(seed) : null))} />
        <div class="field"><span>&nbsp;</span><Button label="Another seed" icon="dice" text="Another seed"
          onClick={() => void apply(setInSection(at, "seed", 1 + Math.floor(Math.random() * 99999)))} /></div>
      </div>
      <Happenings at={at} onChange={(events) => change(at, "events", events)} />
      {stem.value && <StemFields of={stem.value} at={at} />}
    </div>
  );
}

function Players({ at }: { at: Section }) {
  const toggle = (name: string) => {
    const all = song.value!.stems.map((one) => one.name);
    const wanted = all.filter((one) => (one === name) !== at.playing.includes(one));
    if (!wanted.length) return say("Somebody must play.", "alert");
    change(at, "stems", wanted.length === all.length ? null : wanted);
  };
  return (
    <div class="field" role="group" aria-label="Who plays"><span>Who plays</span>
      <div class="players">
        {song.value!.stems.map(({ name }) => (
          <Button key={name} label={`${name} plays`} text={name} kind="letter" isOn={at.playing.includes(name)}
            onClick={() => toggle(name)} />
        ))}
      </div>
    </div>
  );
}

function StemFields({ of, at }: { of: Stem; at: Section }) {
  const commit = (field: string) => (value: string) => {
    const edit = setInStem(of, field, value.trim() || null);
    if (edit) void apply(edit);
    else say("The stems are planned. Write `stems:` in the spec to change them.", "alert");
  };
  void faders.value;
  const own = fader(of.name);
  return (
    <>
      <h2 class="second">{of.name}<small>{of.role} · {(of.gain_db + own.gain_db).toFixed(1)} dB</small></h2>
      <Field label="Prompt" lines={2} value={of.prompt} onCommit={commit("prompt")} isDisabled={!of.path} />
      <Field label="Not" lines={1} value={of.negative_prompt} onCommit={commit("negative_prompt")} isDisabled={!of.path} />
      {at.prompts[of.name] && at.prompts[of.name] !== of.prompt && <p class="hint">Here: {at.prompts[of.name]}</p>}
      {isMoved.value && <KeepMix />}
    </>
  );
}

