/** The small controls that all panels are made of. Each has a label that is read out. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

interface ButtonProps {
  label: string;
  icon?: IconName;
  text?: ComponentChildren;
  isOn?: boolean;
  kind?: "plain" | "main" | "letter" | "danger";
  isDisabled?: boolean;
  keys?: string;
  onClick: (event: MouseEvent) => void;
  class?: string;
}

export function Button(props: ButtonProps) {
  const { icon, text, isOn, kind = "plain", keys } = props;
  // What is read out begins with what is seen, so that it can be said to a machine that listens.
  const isApart = typeof text === "string" && /\w/.test(text) && !props.label.includes(text);
  const label = isApart ? `${text}: ${props.label}` : props.label;
  return (
    <button
      type="button" class={`button ${kind} ${props.class ?? ""}`} title={keys ? `${label} (${keys})` : label}
      aria-label={label} disabled={props.isDisabled ?? false} onClick={props.onClick}
      {...(isOn === undefined ? {} : { "aria-pressed": isOn })}
    >
      {icon && <Icon name={icon} />}
      {text !== undefined && <span>{text}</span>}
    </button>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onCommit: (value: string) => void;
  lines?: number;
  placeholder?: string;
  isMono?: boolean;
  isDisabled?: boolean;
}

/** A field of text that is taken on Enter or when it is left; Escape gives the old text back. */
export function Field({ label, value, onCommit, lines = 1, placeholder, isMono, isDisabled }: FieldProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = () => text !== value && onCommit(text);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setText(value);
    if (event.key === "Enter" && (lines === 1 || event.ctrlKey || event.metaKey)) commit();
  };
  const shared = {
    value: text, placeholder: placeholder ?? "", disabled: isDisabled ?? false, onBlur: commit, onKeyDown,
    class: isMono ? "mono" : "", spellcheck: !isMono,
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      setText(event.currentTarget.value),
  };
  return (
    <label class="field">
      <span>{label}</span>
      {lines === 1 ? <input type="text" {...shared} /> : <textarea rows={lines} {...shared} />}
    </label>
  );
}

interface NumberProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  unit?: string;
  /** What is shown in place of the label, which is read out. */
  short?: string;
  onCommit: (value: number) => void;
}

/** A number with a step down and up. */
export function Stepper({ label, short, value, min, max, step = 1, unit = "", onCommit }: NumberProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const commit = (wanted: number) => {
    const allowed = Math.min(max, Math.max(min, wanted));
    if (Number.isFinite(allowed) && allowed !== value) onCommit(allowed);
    else setText(String(value));
  };
  return (
    <div class="field">
      <span title={label}>{short ?? label}</span>
      <span class="stepper">
        <Button label={`${label}: less`} icon="minus" isDisabled={value <= min} onClick={() => commit(value - step)} />
        <input
          aria-label={label} inputMode="numeric" value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onBlur={() => commit(Number(text))} onKeyDown={(event) => event.key === "Enter" && commit(Number(text))}
        />
        {unit && <em>{unit}</em>}
        <Button label={`${label}: more`} icon="plus" isDisabled={value >= max} onClick={() => commit(value + step)} />
      </span>
    </div>
  );
}

interface SliderProps extends NumberProps {
  /** Called while it moves. */
  onMove?: (value: number) => void;
  show?: (value: number) => string;
  isBare?: boolean;
  rest?: number;
}

/** A slider; a double click brings it back to `rest`. */
export function Slider(props: SliderProps) {
  const { label, value, min, max, step = 0.01, unit = "", show, isBare } = props;
  const [at, setAt] = useState(value);
  useEffect(() => setAt(value), [value]);
  const commit = (wanted: number) => wanted !== value && props.onCommit(wanted);
  const shown = show ? show(at) : `${at}${unit}`;
  const range = (
    <input
      type="range" aria-label={label} aria-valuetext={shown} title={`${label}: ${shown}`} {...{ min, max, step }}
      value={at} style={{ "--part": `${(100 * (at - min)) / (max - min)}%` }}
      onInput={(event) => {
        const wanted = event.currentTarget.valueAsNumber;
        setAt(wanted);
        props.onMove?.(wanted);
      }}
      onChange={(event) => commit(event.currentTarget.valueAsNumber)}
      onDblClick={() => props.rest !== undefined && (setAt(props.rest), props.onMove?.(props.rest), commit(props.rest))}
    />
  );
  if (isBare) return range;
  return (
    <div class="field">
      <span>{label}<output>{shown}</output></span>
      {range}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  onChoose: (value: T) => void;
}

/** A few choices beside each other, one of them chosen. */
export function Choice<T extends string>({ label, value, choices, onChoose }: ChoiceProps<T>) {
  return (
    <span class="choice" role="radiogroup" aria-label={label}>
      {choices.map(([key, text]) => (
        <button type="button" role="radio" aria-checked={key === value} key={key} onClick={() => onChoose(key)}>
          {text}
        </button>
      ))}
    </span>
  );
}

interface PopoverProps { x: number; y: number; label: string; onClose: () => void; children: ComponentChildren }

/** A small window at a point; it keeps inside the page, and Escape or a click beside it closes it. */
export function Popover({ x, y, label, onClose, children }: PopoverProps) {
  const box = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement as HTMLElement | null);
  useEffect(() => {
    const own = box.current!;
    const { width, height } = own.getBoundingClientRect();
    own.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
    own.style.top = `${Math.max(8, y + height + 8 > innerHeight ? y - height - 8 : y)}px`;
    own.querySelector<HTMLElement>("input, [aria-checked=true], button")?.focus();
    const outside = (event: PointerEvent) => !own.contains(event.target as Node) && onClose();
    addEventListener("pointerdown", outside, true);
    return () => {
      removeEventListener("pointerdown", outside, true);
      if (own.contains(document.activeElement) || document.activeElement === document.body) before.current?.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") onClose();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") moveFocus(event, box.current!);
  };
  return (
    <div class="popover" role="dialog" aria-label={label} ref={box} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}

function moveFocus(event: KeyboardEvent, box: HTMLElement): void {
  const all = [...box.querySelectorAll<HTMLElement>("button:not(:disabled), input")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
  event.preventDefault();
}
