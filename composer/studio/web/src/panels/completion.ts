/** Completion of YAML from the JSON schema of specs: keys where a key stands, values behind a colon. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  type?: string;
  description?: string;
}

/** All schemas that one stands for. */
function meant(root: Schema, schema: Schema | undefined): Schema[] {
  if (!schema) return [];
  const target = schema.$ref ? root.$defs?.[schema.$ref.split("/").pop()!] : undefined;
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...meant(root, target), ...parts.flatMap((part) => meant(root, part))];
}

/** The schemas of what stands at a path; `[]` is an item of a list. */
function at(root: Schema, path: string[]): Schema[] {
  let here = meant(root, root);
  for (const key of path)
    here = here.flatMap((one) => {
      if (key === "[]") return meant(root, one.items);
      const rest = typeof one.additionalProperties === "object" ? one.additionalProperties : undefined;
      return meant(root, one.properties?.[key] ?? rest);
    });
  return here;
}

/** The keys above a place, by indentation, and within `{ }` or `[ ]` on its line. */
export function pathAt(lines: string[], text: string): { path: string[]; isValue: boolean } {
  const path: string[] = [];
  const inner = flow(text);
  let indent = /^[\s-]*/.exec(text)![0].length;
  const own = /^(\s*)((?:- )*)/.exec(text)!;
  for (let i = lines.length - 1; i >= 0; i--) {
    const found = /^(\s*)((?:- )*)([\w"'-]+):/.exec(lines[i]!);
    if (!found) continue;
    const depth = found[1]!.length + found[2]!.length;
    if (depth >= indent) continue;
    path.unshift(found[3]!.replace(/["']/g, ""));
    if (own[2] && path.length === 1) path.push("[]");
    else if (i < lines.length && isItem(lines, i, indent) && path.length === 1) path.push("[]");
    indent = found[1]!.length;
    if (found[2] && indent > 0) indent += 1;
    if (indent === 0) break;
  }
  return { path: [...path, ...inner.path], isValue: inner.isValue };
}

/** Whether between a key and the place an item of a list begins that holds the place. */
function isItem(lines: string[], key: number, indent: number): boolean {
  return lines.slice(key + 1).some((line) => /^\s*- /.test(line) && /^\s*/.exec(line)![0].length < indent);
}

/** Keys opened on the line itself: `chorus: {bars: 8, ` is within `chorus`. */
function flow(text: string): { path: string[]; isValue: boolean } {
  const path: string[] = [];
  let key = "", word = "", isValue = false;
  for (const sign of text.replace(/^\s*((?:- )*)/, "")) {
    if (sign === "{" || sign === "[") {
      if (key) path.push(key);
      if (sign === "[") path.push("[]");
      [key, word, isValue] = ["", "", sign === "["];
    } else if (sign === "}" || sign === "]") {
      path.pop();
      if (sign === "]") path.pop();
    } else if (sign === ",") [key, word, isValue] = ["", "", path.at(-1) === "[]"];
    else if (sign === ":") [key, word, isValue] = [word.trim(), "", true];
    else word += sign;
  }
  return isValue && key ? { path: [...path, key], isValue } : { path, isValue };
}

export function completeFrom(root: Schema, context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = context.state.sliceDoc(line.from, context.pos);
  const word = /[\w/-]*$/.exec(before)![0];
  if (!word && !context.explicit && !/[:{[,-] ?$/.test(before)) return null;
  const lines = context.state.sliceDoc(0, line.from).split("\n").slice(0, -1);
  const { path, isValue } = pathAt(lines, before.slice(0, before.length - word.length));
  const here = at(root, path);
  const options = isValue ? values(here) : keys(here);
  return options.length ? { from: context.pos - word.length, options, validFor: /^[\w/-]*$/ } : null;
}

function keys(here: Schema[]): Completion[] {
  const found = new Map(here.flatMap((one) => Object.entries(one.properties ?? {})));
  return [...found].map(([label, schema]) => ({
    label, type: "property", apply: `${label}: `, ...(schema.description ? { info: schema.description } : {}),
  }));
}

function values(here: Schema[]): Completion[] {
  const found = here.flatMap((one) => [...(one.enum ?? []), ...(one.const === undefined ? [] : [one.const]),
    ...(one.type === "boolean" ? [true, false] : [])]);
  return [...new Set(found.map(String))].map((label) => ({ label, type: "enum" }));
}
