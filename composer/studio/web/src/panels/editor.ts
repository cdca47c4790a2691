/** The YAML editor: CodeMirror with completion from the schema, and errors on their line. */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { signal, type Signal } from "@preact/signals";
import { tags } from "@lezer/highlight";
import { api } from "../net/api";
import type { Fault } from "../net/messages";
import { completeFrom, type Schema } from "./completion";

const FROM_SERVER = Annotation.define<boolean>();
/** Milliseconds without a key until the text is checked, and then written. */
const CHECK_MS = 250;
const WRITE_MS = 700;

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)" },
  { tag: [tags.string, tags.content], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--ink-faint)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--ink-soft)" },
]);

export interface SpecEditor {
  note: Signal<string>;
  show(text: string, faults: Fault[]): void;
  reveal(section: string): void;
  close(): void;
}

/** Open the editor. `write` sends the whole text, and says whether it was taken. */
export function openEditor(host: HTMLElement, text: string, write: (text: string) => Promise<boolean>): SpecEditor {
  const note = signal("");
  let timer = 0, isDirty = false;
  let schema: Schema = {};
  void api.schema().then((one) => (schema = one as Schema), () => undefined);

  const settle = async () => {
    const own = view.state.doc.toString();
    const { faults } = await api.check(own);
    if (own !== view.state.doc.toString()) return;
    mark(faults);
    note.value = faults.length ? faults[0]!.message : "";
    if (!faults.length) timer = window.setTimeout(() => void send(own), WRITE_MS - CHECK_MS);
  };
  const send = async (own: string) => {
    isDirty = false;
    await write(own);
  };
  const onChange = EditorView.updateListener.of((update) => {
    if (!update.docChanged || update.transactions.some((one) => one.annotation(FROM_SERVER))) return;
    isDirty = true;
    clearTimeout(timer);
    timer = window.setTimeout(() => void settle().catch(() => undefined), CHECK_MS);
  });
  const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
  const view = new EditorView({
    parent: host,
    state: EditorState.create({ doc: text, extensions: [
      EditorView.cspNonce.of(nonce), lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(),
      highlightActiveLine(), highlightSelectionMatches(), yaml(), syntaxHighlighting(colours), lintGutter(),
      autocompletion({ override: [(context) => completeFrom(schema, context)] }),
      keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorView.contentAttributes.of({ "aria-label": "The spec, in YAML" }), EditorView.lineWrapping, onChange,
    ] }),
  });

  const mark = (faults: Fault[]) => view.dispatch(setDiagnostics(view.state, faults.map((fault) => diagnostic(view, fault))));

  return {
    note,
    show(newer, faults) {
      if (!isDirty) replace(view, newer);
      mark(faults);
    },
    reveal(section) {
      const at = new RegExp(`^  ["']?${section.replace(/[^\w]/g, ".")}["']?:`, "m").exec(view.state.doc.toString());
      if (at && !view.hasFocus) view.dispatch({ effects: EditorView.scrollIntoView(at.index, { y: "start", yMargin: 60 }) });
    },
    close() {
      clearTimeout(timer);
      if (isDirty) void send(view.state.doc.toString());
      view.destroy();
    },
  };
}

/** Put another text in place, changing only what differs, so that the cursor stays where it is. */
function replace(view: EditorView, newer: string): void {
  const old = view.state.doc.toString();
  if (old === newer) return;
  let start = 0;
  while (start < Math.min(old.length, newer.length) && old[start] === newer[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, newer.length) - start && old.at(-1 - end) === newer.at(-1 - end)) end++;
  const changes = { from: start, to: old.length - end, insert: newer.slice(start, newer.length - end) };
  view.dispatch({ changes, annotations: FROM_SERVER.of(true) });
}

function diagnostic(view: EditorView, fault: Fault): Diagnostic {
  const line = view.state.doc.line(Math.min(view.state.doc.lines, Math.max(1, fault.line ?? 1)));
  const from = Math.min(line.to, line.from + Math.max(0, (fault.column ?? 1) - 1));
  const message = fault.hint ? `${fault.message}\n${fault.hint}` : fault.message;
  return { from, to: Math.max(from, line.to), severity: "error", message };
}
