// From a response's text to tickets: nothing is guessed, nothing is lost, and one odd value costs no other.

import { FIELDS, resolved, type Schema } from "./document.js";
import { readMoment } from "./dates.js";
import { SuperOfficeError, type Batch, type Failure, type Problem } from "./errors.js";
import type { Need, Tree } from "./select.js";

export interface Reading {
  /** What was selected; undefined for everything. */
  tree: Tree | undefined;
  /** Members that must have a value. */
  needs: ReadonlyMap<string, Need>;
  naiveIsUtc: boolean;
}

type Words = Pick<Failure, "serverMessage" | "errorType" | "errorSource">;
type Members = Record<string, unknown>;
type Ticket = Members & { TicketId: number };

/** Marks a value that its type cannot hold. */
const ODD = Symbol("odd");

/** Read a response; `call` goes on the error where it holds no tickets. */
export function readTickets(text: string, reading: Reading, call: Failure): [Ticket[], Problem[]] {
  const wrong = (said: string): SuperOfficeError =>
    new SuperOfficeError("invalid_response", `the server responded with 200 and ${said}`, call);
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw wrong("what is no JSON");
  }
  if (!Array.isArray(content)) {
    const said = errorInfo(content);
    if (said === undefined) throw wrong(content === null ? "null" : "what is not an array");
    const told = `the server responded with 200 and an error: ${said.serverMessage ?? "without a message"}`;
    throw new SuperOfficeError("error_in_success", told, { ...call, ...said });
  }
  const problems: Problem[] = [];
  const tickets = content.map((raw: unknown, position) => readTicket(raw, position, reading, problems));
  return [tickets.filter((ticket) => ticket !== undefined), problems];
}

/** What a server says of a failure, in any of the shapes seen. */
export function errorInfo(content: unknown): Words | undefined {
  if (!isObject(content)) return undefined;
  const word = (name: string): string | undefined => {
    const value = content[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const serverMessage = word("Message") ?? word("ErrorMessage");
  const errorType = word("ErrorType");
  const said = content["Error"] === true || serverMessage !== undefined || errorType !== undefined;
  return said ? { serverMessage, errorType, errorSource: word("ErrorSource") } : undefined;
}

function readTicket(raw: unknown, position: number, reading: Reading, problems: Problem[]): Ticket | undefined {
  if (raw === null) return undefined;
  if (!isObject(raw)) {
    problems.push({ ticket: null, member: null, position, fatal: true });
    return undefined;
  }
  const id = raw["TicketId"];
  if (id == null || id === 0) return undefined; // one variant of a ticket that cannot be read
  if (!Number.isInteger(id)) {
    problems.push({ ticket: null, member: "TicketId", position, fatal: true });
    return undefined;
  }
  const ticket: Ticket = { TicketId: id as number };
  let lost = false;
  for (const name of reading.tree?.keys() ?? Object.keys(FIELDS)) {
    const schema = FIELDS[name];
    const value = schema ? readValue(raw[name], schema, reading, reading.tree?.get(name)) : raw[name];
    const fatal = reading.needs.get(name) === "required" && (value === ODD || value === null);
    if (value === ODD || fatal) problems.push({ ticket: ticket.TicketId, member: name, position, fatal });
    lost ||= fatal;
    ticket[name] = value === ODD ? null : value;
  }
  return lost ? undefined : ticket;
}

function readValue(raw: unknown, wrapper: Schema, reading: Reading, tree: Tree | null = null): unknown {
  if (raw == null) return null;
  const schema = resolved(wrapper);
  if (schema.enum) return typeof raw === "string" ? (knownValue(raw, schema.enum) ?? raw) : ODD;
  if (schema.format === "iso-date-time") {
    const moment = typeof raw === "string" ? readMoment(raw, reading.naiveIsUtc) : undefined;
    return moment === undefined ? ODD : moment;
  }
  if (schema.type === "integer") return Number.isInteger(raw) ? raw : ODD;
  if (schema.type !== "object") return typeof raw === schema.type ? raw : ODD;
  if (!isObject(raw)) return ODD;
  const made: Members = {};
  for (const name of tree?.keys() ?? Object.keys(schema.properties ?? raw)) {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    const value = inner ? readValue(raw[name], inner, reading, tree?.get(name)) : raw[name];
    if (value === ODD) return ODD;
    made[name] = value;
  }
  return made;
}

/** The value as the document writes it; undefined where it does not list it. */
export function knownValue(raw: string, values: readonly string[]): string | undefined {
  return values.find((value) => value.toLowerCase() === raw.toLowerCase());
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(one: Ticket, other?: Ticket): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Match what came with what was asked for, by TicketId and never by place. */
export function reconcile(ids: readonly number[], came: readonly Ticket[], problems: Problem[]): Batch<Ticket> {
  const byId = new Map(came.map((ticket) => [ticket.TicketId, ticket]));
  const wanted = new Set(ids);
  const unreadable = new Set(problems.filter((problem) => problem.fatal).map((problem) => problem.ticket));
  return {
    tickets: ids.flatMap((id) => byId.get(id) ?? []),
    missing: [...wanted].filter((id) => !byId.has(id) && !unreadable.has(id)),
    unexpected: came.filter((ticket) => !wanted.has(ticket.TicketId) || !same(ticket, byId.get(ticket.TicketId))),
    problems,
  };
}
