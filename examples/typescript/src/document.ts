// What the types cannot carry: the document's own facts, extensions among them, as values.

import { document } from "./generated/document.js";
import type { components, operations } from "./generated/superoffice.js";

export type Wire = Required<components["schemas"]["Ticket"]>;
export type FieldName = keyof Wire;
export type Operation = operations["GetTickets"];
export type MaskOwner = "TableRight" | "FieldRight";

/** A schema of the document, as far as the overlay reads it. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly "x-flags"?: Readonly<Record<string, number>>;
}

const schemas: Readonly<Record<string, Schema>> = document.components.schemas;

/** Follow a reference, and the wrapper around one that may be null. */
export function resolved(schema: Schema): Schema {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const found = reference === undefined ? schema : schemas[reference.slice(reference.lastIndexOf("/") + 1)];
  if (found === undefined) throw new Error(`the document has no ${reference}`);
  return found;
}

export function flagsOf(owner: MaskOwner): Readonly<Record<string, number>> {
  return schemas[owner]?.properties?.["Mask"]?.["x-flags"] ?? {};
}

export const FIELDS = schemas["Ticket"]?.properties ?? {};
export const SCHEMES = document.components.securitySchemes;
export const PATH = "/api/v1/Agents/Ticket/GetTickets" satisfies keyof typeof document.paths;
export const OPERATION = document.paths[PATH].post;
