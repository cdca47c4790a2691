/** Captures what the player would play, faster than it sounds, by the same desk and scheduler. */
import { PIECE } from "../net/audio";
import { state } from "../state/store";
import { Playhead, type Loop } from "./playhead";
import { Scheduler } from "./scheduler";
import { buildDesk, type Listening, type Side } from "./sources";

export interface CaptureRequest {
  from: number;
  frames: number;
  loop?: Loop | null;
  listening?: Listening;
  side?: Side;
}

const QUANTUM = 128;
const STEP = Math.ceil((2 * PIECE) / QUANTUM) * QUANTUM;

/** Return the frames that would be heard from the song's frame `from` on, left and right. */
export async function capture(wish: CaptureRequest): Promise<AudioBuffer> {
  const song = state.value!.song!;
  const context = new OfflineAudioContext(2, wish.frames, song.sample_rate);
  const desk = buildDesk(context, context.destination, state.value!, wish.listening ?? "stems", wish.side ?? "now");
  const end = wish.from + wish.frames;
  const playhead = new Playhead(wish.from, wish.loop ? wish.loop.to : end, wish.loop ?? null);
  const scheduler = new Scheduler(context, playhead, desk.voices);
  await scheduler.fill(2 * STEP);
  for (let frame = STEP; frame < wish.frames; frame += STEP)
    void context.suspend(frame / song.sample_rate).then(async () => {
      await scheduler.fill(frame + 2 * STEP);
      await context.resume();
    });
  return context.startRendering();
}
