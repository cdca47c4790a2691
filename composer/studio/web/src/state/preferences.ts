/** What this browser remembers: light or dark, the unit, the panel's width. */
import { effect, signal, type Signal } from "@preact/signals";

function remembered<T>(key: string, initial: T): Signal<T> {
  let stored: T = initial;
  try {
    stored = JSON.parse(localStorage.getItem(`ritornello.${key}`) ?? "null") ?? initial;
  } catch {
    // A browser that keeps nothing still shows the page.
  }
  const held = signal(stored);
  effect(() => {
    try {
      localStorage.setItem(`ritornello.${key}`, JSON.stringify(held.value));
    } catch {
      // As above.
    }
  });
  return held;
}

export type Theme = "system" | "light" | "dark";
export const theme = remembered<Theme>("theme", "system");
export const volume = remembered("volume", 1);
/** Lanes of the whole song that are shown; on a small window there is room for none at first. */
export type SongLane = "events" | "melody" | "lyrics" | "loudness";
const isRoomy = innerWidth > 900 && innerHeight > 700;
export const shownLanes = remembered<SongLane[]>("lanes", isRoomy ? ["events", "melody", "lyrics", "loudness"] : []);
export const isClickOn = remembered("click", false);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (event) => (systemIsDark.value = event.matches));

/** Counts changes of light and dark, so that pictures are drawn again. */
export const themeChanges = signal(0);

// Canvases draw in another font until this one is there.
void document.fonts.load("550 12px 'Inter Variable'").then(() => themeChanges.value++);

effect(() => {
  const isDark = theme.value === "dark" || (theme.value === "system" && systemIsDark.value);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  themeChanges.value = themeChanges.peek() + 1;
});
