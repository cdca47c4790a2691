/** The spec beside the song. The editor is loaded when it is first looked at. */
import { useEffect, useRef, useState } from "preact/hooks";
import { state, section, writeText, isBusy } from "../state/store";
import type { SpecEditor } from "./editor";

export function SpecPanel() {
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<SpecEditor | null>(null);
  useEffect(() => {
    let own: SpecEditor | null = null, isGone = false;
    void import("./editor").then(({ openEditor }) => {
      if (isGone || !host.current) return;
      own = openEditor(host.current, state.value!.text, writeText);
      setEditor(own);
    });
    return () => {
      isGone = true;
      own?.close();
    };
  }, []);
  useEffect(() => editor?.show(state.value!.text, state.value!.faults), [editor, state.value?.revision]);
  useEffect(() => editor?.reveal(section.value?.section ?? ""), [editor, section.value?.section]);
  return (
    <div class="spec">
      <div class="spec-host" ref={host} />
      <p class="hint" role="status">{isBusy.value ? "Planning …" : editor?.note.value ?? ""}</p>
    </div>
  );
}
