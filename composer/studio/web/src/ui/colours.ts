/** Colours from the style sheet, for what is drawn on canvases. */
import { themeChanges } from "../state/preferences";

const known = new Map<string, string>();
let version = 0;

/** The colour of a design token, such as `ink`. */
export function colour(token: string): string {
  if (version !== themeChanges.value) {
    known.clear();
    version = themeChanges.value;
  }
  const found = known.get(token) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
  known.set(token, found);
  return found;
}

const IDENTITIES = 10;

/** The token of a section identity's colour. */
export const identity = (number: number): string => `id-${number % IDENTITIES}`;
