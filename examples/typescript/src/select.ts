// $select: which members of a ticket to ask for, by checked names.

import { FIELDS, resolved, type FieldName, type Schema, type Wire } from "./document.js";
import { SuperOfficeError, type ErrorKind } from "./errors.js";

/** A member that a newer server has and the document has not. */
export interface Raw {
  raw: string;
}

type Nested = `TableRight/${keyof NonNullable<Wire["TableRight"]>}` | `FieldProperties/${string}`;
/** A member by its name on the wire, or a path into one. */
export type Path = FieldName | Nested;
export type Head<P> = P extends `${infer H}/${string}` ? Extract<H, FieldName> : Extract<P, FieldName>;
export type Need = "required" | "optional";
export type Projection = { readonly [P in Path]?: Need };

/** The members to keep, as a tree: null keeps a member whole. */
export type Tree = Map<string, Tree | null>;

/** Check a selection, and give its paths: TicketId first, each once, none inside a member that is whole. */
export function pathsOf(select: readonly (string | Raw)[]): string[] {
  const paths = new Set<string>(["TicketId"]);
  for (const item of select) {
    if (typeof item === "string") paths.add(checked(item, "unknown_field"));
    else if (/^[\p{L}_][\p{L}\p{N}_]*(\/[\p{L}_][\p{L}\p{N}_]*)*$/u.test(item.raw)) paths.add(item.raw);
    else throw new SuperOfficeError("unknown_field", `${JSON.stringify(item.raw)} cannot be a member's name`);
  }
  return [...paths].filter((path) => !path.includes("/") || !paths.has(path.slice(0, path.indexOf("/"))));
}

export function checked(path: string, kind: ErrorKind): string {
  let here: Schema = { properties: FIELDS };
  for (const step of path.split("/")) {
    const next: Schema | undefined = here.additionalProperties ?? here.properties?.[step];
    if (next === undefined) throw new SuperOfficeError(kind, `${path}: there is no field ${JSON.stringify(step)}`);
    here = resolved(next);
  }
  return path;
}

export function treeOf(paths: readonly string[]): Tree {
  const tree: Tree = new Map();
  for (const path of paths) {
    let here = tree;
    const steps = path.split("/");
    steps.forEach((step, place) => {
      const inner = here.get(step) ?? new Map<string, Tree | null>();
      here.set(step, place === steps.length - 1 ? null : inner);
      here = inner;
    });
  }
  return tree;
}
