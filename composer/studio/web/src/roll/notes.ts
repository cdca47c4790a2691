/** The notes of a stem in a section, as they are edited: quarters from the section's downbeat. */
import type { Notes, Section, Song } from "../net/messages";

export interface Note { onset: number; length: number; pitch: number; velocity: number; syllable?: string }

/** `3/2` as 1.5. */
export function quarters(text: string): number {
  const [over, under] = text.split("/").map(Number);
  return over! / (under ?? 1);
}

export function notesIn(all: Notes, section: Section): Note[] {
  return all.notes.flatMap((note, index) => {
    if (note[4] !== section.index) return [];
    const [onset, length] = all.written[index]!;
    const sung = all.syllables[index];
    return [{
      onset: quarters(onset), length: quarters(length), pitch: note[2], velocity: note[3],
      ...(sung ? { syllable: sung } : {}),
    }];
  });
}

/** Quarters of each bar of a section. */
export function barQuarters(song: Song, section: Section): number[] {
  return song.bars.slice(section.first_bar, section.first_bar + section.bars).map((bar) => {
    const [beats, unit] = bar.meter.split("/").map(Number);
    return (4 * beats!) / unit!;
  });
}

export const rounded = (value: number, step: number): number => Math.round(value / step) * step;

/** What the server is to keep. */
export function kept(notes: readonly Note[]): [number, number, number, number][] {
  const sorted = [...notes].sort((a, b) => a.onset - b.onset || a.pitch - b.pitch);
  return sorted.map((note) => [note.onset, note.length, note.pitch, note.velocity]);
}

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const DRUMS: Record<number, string> = {
  35: "kick 2", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "snare 2", 41: "low tom", 42: "closed hat",
  43: "floor tom", 44: "pedal hat", 45: "mid tom", 46: "open hat", 47: "tom", 48: "high tom", 49: "crash",
  50: "top tom", 51: "ride", 53: "bell", 54: "tambourine", 56: "cowbell", 69: "cabasa", 70: "maracas",
};

/** `C4`, or a drum's name. */
export function pitchName(pitch: number, role: string): string {
  if (role === "drums") return DRUMS[pitch] ?? String(pitch);
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}

export const isBlack = (pitch: number): boolean => [1, 3, 6, 8, 10].includes(pitch % 12);
