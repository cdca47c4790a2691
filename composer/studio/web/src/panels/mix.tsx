/** The mix that was made by ear, written into the spec. */
import { fader, faders } from "../sound/mixer";
import { set, several } from "../state/edits";
import { apply, song } from "../state/store";
import { Button } from "../ui/controls";

/** Write levels and places that were moved into the spec, in one step, and let the faders rest. */
async function keep(): Promise<void> {
  const edits = song.value!.stems.flatMap((stem) => {
    const own = fader(stem.name);
    if (!stem.path || (own.gain_db === 0 && own.pan === 0)) return [];
    const gain = Math.round((stem.gain_db + own.gain_db) * 10) / 10;
    const pan = Math.round(Math.max(-1, Math.min(1, stem.pan + own.pan)) * 100) / 100;
    return [
      ...(own.gain_db ? [set([...stem.path, "gain_db"], gain)] : []),
      ...(own.pan ? [set([...stem.path, "pan"], pan)] : []),
    ];
  });
  if (edits.length && (await apply(several(edits)))) rest();
}

const rest = (): void => void (faders.value = Object.fromEntries(
  Object.entries(faders.value).map(([name, one]) => [name, { ...one, gain_db: 0, pan: 0 }])));

export function KeepMix() {
  return (
    <div class="line">
      <Button label="Write this mix into the spec" text="Keep this mix" kind="main" onClick={() => void keep()} />
      <Button label="Faders back to rest" text="Back to rest" onClick={rest} />
    </div>
  );
}
