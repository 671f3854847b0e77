// Runs the conformance cases that `superoffice sandbox --conformance` serves: node dist/conformance.js SITE

import { SuperOffice, type Options, type Settings } from "./client.js";
import { LocalDateTime } from "./dates.js";
import { FIELDS, resolved, type MaskOwner } from "./document.js";
import { SuperOfficeError, type Batch, type Problem } from "./errors.js";
import type { Auth, OwnHeaders } from "./headers.js";
import type { Locale } from "./locale.js";
import { knownValue } from "./read.js";
import { readRights } from "./rights.js";
import type { Path, Projection, Raw } from "./select.js";

interface Case {
  id: string;
  title: string;
  site: string;
  client: {
    auth?: Auth; app_token?: string; locale?: Locale; retries?: number; first_wait?: number;
    longest_retry_after?: number; timeout?: number; batch_size?: number; calls_per_second?: number;
    max_response_bytes?: number;
  };
  call: {
    ids?: number[]; id?: number; select?: (Path | Raw)[]; project?: Projection; locale?: Locale; headers?: OwnHeaders;
    strict?: boolean;
  };
  report: string[];
}

interface Verdict {
  verdict: "passed" | "failed";
  differences: string[];
}

async function run({ site, client, call, report }: Case): Promise<object> {
  try {
    const superoffice = new SuperOffice(site, settings(client));
    const { id, ids = [], select, project, ...options }: Case["call"] & Options = call;
    if ("id" in call) return outcome({ tickets: [await superoffice.get(id as number, options)] }, report);
    // The types allow either, and one case gives both.
    return outcome(await superoffice.getMany(ids, { ...options, select, project } as Options), report);
  } catch (error) {
    if (error instanceof SuperOfficeError) return failed(error, report);
    throw error;
  }
}

function settings(given: Case["client"]): Settings {
  const { auth, app_token, locale, timeout, batch_size, calls_per_second, max_response_bytes } = given;
  const { retries, first_wait, longest_retry_after } = given;
  return defined({
    auth, locale, timeout,
    appToken: app_token,
    batchSize: batch_size,
    callsPerSecond: calls_per_second,
    maxResponseBytes: max_response_bytes,
    retries: defined({ retries, firstWait: first_wait, longestRetryAfter: longest_retry_after }),
  });
}

function outcome(batch: Partial<Batch<object>>, report: string[]): object {
  return {
    tickets: batch.tickets?.map((ticket) => Object.fromEntries(report.map((path) => [path, valueAt(ticket, path)]))),
    missing: batch.missing,
    unexpected: batch.unexpected?.map((ticket) => valueAt(ticket, "TicketId")),
    problems: batch.problems?.map(({ fatal: _, ...problem }: Problem) => problem),
  };
}

function failed(error: SuperOfficeError, report: string[]): object {
  const { status = null, ids, attempts, serverMessage, errorType, errorSource, retryAfter, batch } = error.failure;
  const told = { message: serverMessage, type: errorType, source: errorSource, retry_after: retryAfter };
  return { ...(batch && outcome(batch, report)), error: { kind: error.kind, status, ids, attempts, ...told } };
}

/** Give a member in the words of the cases. */
function valueAt(ticket: object, path: string): unknown {
  let here: unknown = ticket;
  for (const step of path.split("/")) {
    if (here === null) return null;
    const members = here as Record<string, unknown>;
    if (!(step in members)) return { not_selected: true };
    here = members[step];
  }
  if (here instanceof Date) return here.toISOString();
  if (here instanceof LocalDateTime) return here.text;
  if (typeof here !== "string") return here;
  const owner: MaskOwner = path.startsWith("TableRight/") ? "TableRight" : "FieldRight";
  if (path.endsWith("/Mask")) return readRights(here, owner);
  const values = FIELDS[path] && resolved(FIELDS[path]).enum;
  return values ? { value: here, known: knownValue(here, values) !== undefined } : here;
}

/** Leave out what is undefined. */
function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

const [site = "http://127.0.0.1:8080"] = process.argv.slice(2);
const cases = (await (await fetch(`${site}/conformance/cases`)).json()) as Case[];
let failures = 0;
for (const one of cases) {
  const judged = await fetch(`${one.site}/outcome`, { method: "POST", body: JSON.stringify(await run(one)) });
  if (!judged.ok) throw new Error(`${one.id}: ${await judged.text()}`);
  const { verdict, differences } = (await judged.json()) as Verdict;
  if (verdict !== "passed") console.log(`${one.id}: ${differences.join("; ")}`);
  failures += verdict === "passed" ? 0 : 1;
}
console.log(`${cases.length - failures} of ${cases.length} cases passed`);
process.exitCode = failures === 0 ? 0 : 1;
