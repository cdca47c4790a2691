/** The server's events, and a connection that comes back by itself. */
import { signal } from "@preact/signals";
import type { Notice } from "./messages";

export type Connection = "connecting" | "open" | "lost" | "ended";
export const connection = signal<Connection>("connecting");

const LONGEST_WAIT_MS = 4000;

/** Listen until the page goes; `onNotice` gets every event, and a `hello` after each return. */
export function listen(onNotice: (notice: Notice) => void): void {
  let wait = 250;
  const open = () => {
    const events = new EventSource("/api/events");
    const read = (event: MessageEvent<string>) => {
      const notice = JSON.parse(event.data) as Notice;
      if (notice.kind === "bye") connection.value = "ended";
      onNotice(notice);
    };
    events.onopen = () => {
      wait = 250;
      connection.value = "open";
      onNotice({ kind: "hello", revision: null, job: null, section: null });
    };
    for (const kind of ["message", "hello", "state", "job", "section_ready", "bye"])
      events.addEventListener(kind, read as EventListener);
    events.onerror = () => {
      events.close();
      if (connection.value !== "ended") connection.value = "lost";
      setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };
  open();
}
