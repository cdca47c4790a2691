/** Icons, drawn on a grid of 16. They say nothing to a screen reader: the control has a label. */
const PATHS = {
  play: "M5 3.2v9.6L12.8 8z",
  pause: "M4.5 3.5h2.4v9H4.5zM9.1 3.5h2.4v9H9.1z",
  start: "M4 3.5h1.6v9H4zM12.2 3.5v9L6 8z",
  loop: "M5 4.5h5.5A2.5 2.5 0 0 1 13 7v.4h-1.4V7a1.1 1.1 0 0 0-1.1-1.1H5v1.6L2.6 5.2 5 3zM11 11.5H5.5A2.5 2.5 0 0 1 3 9v-.4h1.4V9a1.1 1.1 0 0 0 1.1 1.1H11V8.5l2.4 2.3L11 13z",
  click: "M6.4 2h3.2l1 4-1.2 1.6L8.5 3.3h-1L5.3 12.6h5.4l-.6-2.6 1-1.4L12.3 14H3.7zM13 3.2l.9.8-5.6 7.2-.9-.7z",
  undo: "M6.5 3v2.3h3a3.6 3.6 0 0 1 0 7.2H5.2V11h4.3a2.1 2.1 0 0 0 0-4.2h-3v2.3L2.6 6z",
  redo: "M9.5 3v2.3h-3a3.6 3.6 0 0 0 0 7.2h4.3V11H6.5a2.1 2.1 0 0 1 0-4.2h3v2.3L13.4 6z",
  plus: "M7.3 3h1.4v4.3H13v1.4H8.7V13H7.3V8.7H3V7.3h4.3z",
  minus: "M3 7.3h10v1.4H3z",
  close: "m4.3 3.3 3.7 3.7 3.7-3.7 1 1L9 8l3.7 3.7-1 1L8 9l-3.7 3.7-1-1L7 8 3.3 4.3z",
  sun: "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6zM7.4 1.5h1.2v2H7.4zM7.4 12.5h1.2v2H7.4zM1.5 7.4h2v1.2h-2zM12.5 7.4h2v1.2h-2zM3 3.9l.9-.9 1.4 1.4-.9.9zM10.7 11.6l.9-.9L13 12.1l-.9.9zM3 12.1l1.4-1.4.9.9L3.9 13zM10.7 4.4 12.1 3l.9.9-1.4 1.4z",
  moon: "M9.6 2.2A6 6 0 1 0 13.8 10 5 5 0 0 1 9.6 2.2z",
  copy: "M5.5 2.5h8v8h-2v-1.3h.7V3.8H6.8v.7H5.5zM2.5 5.5h8v8h-8zm1.3 1.3v5.4h5.4V6.8z",
  bin: "M6 2.5h4v1.2h3V5H3V3.7h3zM4 6h8l-.6 7.5H4.6zm2.2 1.2.3 5h1l-.3-5zm2.6 0-.3 5h1l.3-5z",
  left: "M10 3.2v9.6L4.8 8z",
  right: "M6 3.2v9.6L11.2 8z",
  dice: "M3 3h10v10H3zm2.5 1.5a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2zM8 6.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2zm2.5 2.4a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2z",
  keys: "M2 4h12v8H2zm1.4 1.4v1.3h1.3V5.4zm2.5 0v1.3h1.3V5.4zm2.5 0v1.3h1.3V5.4zm2.5 0v1.3h1.5V5.4zM3.4 9.3v1.3h1.3V9.3zm2.5 0v1.3h4.2V9.3zm5 0v1.3h1.5V9.3z",
  pen: "M11.2 2.2l2.6 2.6-8.2 8.2-3.4.8.8-3.4zM10.6 4.6 4.3 10.9l-.4 1.2 1.2-.4 6.3-6.3z",
  lanes: "M2 3h12v1.6H2zM2 7.2h12v1.6H2zM2 11.4h12V13H2z",
  folder: "M2 3.5h4.3l1.4 1.6H14v7.4H2z",
  wave: "M2 7.3h1.2v1.4H2zM4.2 5h1.2v6H4.2zM6.4 3h1.2v10H6.4zM8.6 6h1.2v4H8.6zM10.8 4h1.2v8h-1.2zM13 7h1.2v2H13z",
  notes: "M2 11h4v1.8H2zM6 8h3v1.8H6zM9 5h2.5v1.8H9zM11.5 3H14v1.8h-2.5z",
  away: "M7.3 2h1.4v6.2l2-2 1 1L8 11 4.3 7.2l1-1 2 2zM3 11.5h1.4v1.3h7.2v-1.3H13V14H3z",
  microphone: "M8 2a2 2 0 0 1 2 2v3.8a2 2 0 1 1-4 0V4a2 2 0 0 1 2-2zM3.8 7.5h1.3a2.9 2.9 0 0 0 5.8 0h1.3a4.2 4.2 0 0 1-3.5 4.1V14H7.3v-2.4a4.2 4.2 0 0 1-3.5-4.1z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} fill-rule="evenodd" />
    </svg>
  );
}
