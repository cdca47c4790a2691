/** All states that the song has had. None is lost: also those that an edit took the place of can be gone back to. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../net/api";
import type { Moment } from "../net/messages";
import { complain, goTo, state } from "../state/store";

const moments = signal<Moment[] | null>(null);

export function History() {
  useEffect(() => {
    let isLatest = true; // an answer that comes after a later one would take states away again
    void api.history().then((one) => isLatest && (moments.value = one.moments), complain);
    return () => void (isLatest = false);
  }, [state.value?.revision]);
  const all = moments.value;
  if (!all) return <><h3>History</h3><p class="hint" role="status">Reading …</p></>;
  if (all.length < 2) return <><h3>History</h3><p class="hint">Nothing was changed yet. Every state of the song stays here.</p></>;
  return (
    <>
      <h3>History</h3>
      <ol class="history" aria-label="All states of the song, the latest first" reversed>
        {all.map((moment, index) => <Row key={moment.state} moment={moment} isFirst={index === 0} />).reverse()}
      </ol>
    </>
  );
}

function Row({ moment, isFirst }: { moment: Moment; isFirst: boolean }) {
  const words = moment.words || (isFirst ? "As it began" : "Written by hand");
  const place = moment.is_now ? "now" : moment.is_applied ? "" : "set aside";
  return (
    <li class={moment.is_applied || moment.is_now ? "" : "aside"}>
      <button type="button" class="item" aria-current={moment.is_now} disabled={moment.is_now || !moment.is_within_reach}
        title={moment.is_within_reach ? `Go to: ${words}` : "The text was changed by hand since; no edits lead back"}
        onClick={() => void goTo(moment.state)}>
        <span>{words}</span><small>{place}{place && moment.made && " · "}{moment.made && <time dateTime={moment.made}>{when(moment.made)}</time>}</small>
      </button>
    </li>
  );
}

/** The time of day; the day too where it is another one. */
function when(made: string): string {
  const then = new Date(made);
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : then.toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
