/** The timeline: ruler, links, sections, chords and a lane for each stem, all scrolled together. */
import { useEffect, useRef } from "preact/hooks";
import { isPlaying, loop, moved, position, seek } from "../sound/player";
import { themeChanges } from "../state/preferences";
import {
  laneView, section, selectedSection, song, state, timeMap, unit,
} from "../state/store";
import { Choice } from "../ui/controls";
import { Blocks } from "./blocks";
import { Chords } from "./chords";
import { drawChords, drawEnergy, drawLinks, drawRuler, type View } from "./draw";
import { Lanes } from "./lanes";
import { SongLanes } from "./songlanes";
import { Tiles } from "./tiles";
import {
  fit, isFitted, reveal, lanesHeight, scale, scrolled, secondsAt, setScroller, total, width, xOf, zoom,
} from "./viewport";

const RULER_PX = 26;
const LINKS_PX = 20;
export const BLOCKS_PX = 76;
const CHORDS_PX = 26;

export function Timeline() {
  const scroller = useRef<HTMLDivElement>(null);
  useScroller(scroller);
  if (!song.value || !timeMap.value) return null;
  const view: View = { song: song.value, map: timeMap.value };
  const version = `${state.value!.revision}.${unit.value}.${themeChanges.value}`;
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="scroller" ref={scroller} tabIndex={0} aria-label="Song, scrolled sideways">
        <div class="content" style={{ width: `calc(var(--head) + ${total.value}px)` }}>
          <div class="tops">
            <Row head={<Choice label="Ruler" value={unit.value} onChoose={(one) => (unit.value = one)}
              choices={[["bars", "Bars"], ["seconds", "Time"]]} />} class="ruler-row">
              <Ruler view={view} version={version} />
            </Row>
            <Row head={<span class="row-name">Sections</span>} class="blocks-row">
              <Tiles height={LINKS_PX} class="links" version={`${version}.${selectedSection.value}`}
                draw={(g, from, to) => drawLinks(g, view, selectedSection.peek(), from, to, LINKS_PX)} />
              <Blocks height={BLOCKS_PX} />
              <Tiles height={BLOCKS_PX} class="over" version={version}
                draw={(g, from, to) => drawEnergy(g, view, from, to, BLOCKS_PX)} />
            </Row>
            <Row head={<span class="row-name">Chords</span>} class="chords-row">
              <Tiles height={CHORDS_PX} version={version}
                draw={(g, from, to) => drawChords(g, view, from, to, CHORDS_PX)} />
              <Chords height={CHORDS_PX} />
            </Row>
          </div>
          <SongLanes view={view} version={version} />
          <Lanes view={view} version={`${version}.${laneView.value}`} />
          <Marks />
        </div>
      </div>
    </section>
  );
}

export function Row({ head, children, class: name = "" }: {
  head: preact.ComponentChildren; children: preact.ComponentChildren; class?: string;
}) {
  return (
    <div class={`row ${name}`}>
      <div class="head">{head}</div>
      <div class="body" style={{ width: `${total.value}px` }}>{children}</div>
    </div>
  );
}

/** Follow the window's width, scrolling, and zooming by the wheel. */
function useScroller(scroller: preact.RefObject<HTMLDivElement | null>): void {
  const isThere = Boolean(song.value);
  useEffect(() => {
    const own = scroller.current;
    setScroller(own);
    if (!own) return;
    const head = () => own.querySelector<HTMLElement>(".head")?.offsetWidth ?? 0;
    const measure = () => {
      width.value = Math.max(100, own.clientWidth - head());
      const taken = [...own.querySelectorAll<HTMLElement>(".tops, .song-lanes")].reduce((sum, one) => sum + one.offsetHeight, 0);
      lanesHeight.value = own.clientHeight - taken;
      if (isFitted.value) fit();
    };
    const observer = new ResizeObserver(measure);
    observer.observe(own);
    for (const one of own.querySelectorAll(".song-lanes")) observer.observe(one);
    const onScroll = () => (scrolled.value = own.scrollLeft);
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.004), event.clientX - own.getBoundingClientRect().left - head());
    };
    own.addEventListener("scroll", onScroll, { passive: true });
    own.addEventListener("wheel", onWheel, { passive: false });
    measure();
    return () => {
      observer.disconnect();
      own.removeEventListener("scroll", onScroll);
      own.removeEventListener("wheel", onWheel);
    };
  }, [isThere]);
  useEffect(() => {
    if (isFitted.value) fit();
  }, [timeMap.value]);
}

/** The ruler: a click goes there, a drag marks a loop of whole bars. */
function Ruler({ view, version }: { view: View; version: string }) {
  const place = (event: PointerEvent, host: HTMLElement) =>
    secondsAt(event.clientX - host.getBoundingClientRect().left);
  const onPointerDown = (event: PointerEvent) => {
    const host = event.currentTarget as HTMLElement;
    host.setPointerCapture(event.pointerId);
    const began = place(event, host), beganX = event.clientX;
    let isDrag = false;
    const onMove = (next: PointerEvent) => {
      isDrag ||= Math.abs(next.clientX - beganX) > 4;
      if (isDrag) loop.value = barsBetween(view, began, place(next, host));
    };
    const onUp = () => {
      host.removeEventListener("pointermove", onMove);
      if (!isDrag) seek(began);
    };
    host.addEventListener("pointermove", onMove);
    host.addEventListener("pointerup", onUp, { once: true });
  };
  return (
    <div class="ruler" onPointerDown={onPointerDown}>
      <Tiles height={RULER_PX} version={version} draw={(g, from, to) => drawRuler(g, view, from, to, RULER_PX)} />
      {loop.value && <div class="loop" style={spanStyle(loop.value.from_s, loop.value.to_s)} />}
    </div>
  );
}

function barsBetween({ map }: View, one_s: number, other_s: number): { from_s: number; to_s: number } | null {
  const first = map.bar(Math.min(one_s, other_s)), last = map.bar(Math.max(one_s, other_s));
  return first && last ? { from_s: first.start_s, to_s: last.end_s } : null;
}

export const spanStyle = (from_s: number, to_s: number) => ({
  transform: `translateX(${xOf(from_s)}px)`, width: `${Math.max(2, xOf(to_s) - xOf(from_s))}px`,
});

/** The playhead, and the selected section through all lanes. */
function Marks() {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      const at = position();
      if (line.current) line.current.style.transform = `translateX(${xOf(at)}px)`;
      if (isPlaying.value) {
        reveal(at, true);
        frame = requestAnimationFrame(draw);
      }
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [isPlaying.value, moved.value, scale.value, timeMap.value]);
  const chosen = section.value;
  return (
    <div class="marks" aria-hidden="true">
      {chosen && <div class="chosen" style={spanStyle(chosen.start_s, chosen.end_s)} />}
      {loop.value && <div class="looped" style={spanStyle(loop.value.from_s, loop.value.to_s)} />}
      <div class="playhead" ref={line} />
    </div>
  );
}
