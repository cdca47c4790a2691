/** The edits that the page makes, as the server reads them. */
import type { Edit } from "../net/api";
import type { Section, Stem } from "../net/messages";

export type Path = (string | number)[];

export const set = (path: Path, value: unknown): Edit => ({ edit: "set", path, value });
export const remove = (path: Path): Edit => ({ edit: "remove", path });

/** A field of all visits of a section. */
export const setInSection = (at: Section, field: string, value: unknown): Edit =>
  value === null ? remove([...at.section_path, field]) : set([...at.section_path, field], value);

/** A field of one visit: its entry in the form becomes a mapping where it was a name. */
export function setInVisit(at: Section, field: string, value: unknown): Edit {
  if (!at.visit_path) return setInSection(at, field, value);
  const { [field]: _, ...others } = at.visit_value ?? { section: at.section };
  return set(at.visit_path, entry(value === null ? others : { ...others, [field]: value }));
}

export const setInStem = (of: Stem, field: string, value: unknown): Edit | null =>
  of.path && (value === null ? remove([...of.path, field]) : set([...of.path, field], value));

type Entry = string | Record<string, unknown>;

/** An entry of the form: a name where there is nothing else to say. */
function entry(value: Record<string, unknown>): Entry {
  return Object.keys(value).length === 1 && typeof value.section === "string" ? value.section : value;
}

const place = (at: Section): number => Number(at.visit_path?.at(-1) ?? at.index);

export const moveVisit = (at: Section, to: Section): Edit => ({ edit: "place", from: place(at), to: place(to) });
export const duplicateVisit = (at: Section): Edit => ({ edit: "duplicate", index: place(at) });
export const deleteVisit = (at: Section): Edit => remove(at.visit_path ?? ["form", at.index]);
export const renameSection = (at: Section, name: string): Edit => ({ edit: "rename", section: at.section, name });
export const several = (edits: Edit[]): Edit => (edits.length === 1 ? edits[0]! : { edit: "several", edits });
