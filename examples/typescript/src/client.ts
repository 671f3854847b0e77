// The client: what was given becomes requests, and responses become tickets.

import createClient from "openapi-fetch";

import { OPERATION, PATH, type Wire } from "./document.js";
import { kindOf, SuperOfficeError, type Batch, type Problem } from "./errors.js";
import { authHeaders, merged, type Auth, type OwnHeaders } from "./headers.js";
import { localeHeaders, localeOf, naiveIsUtc, type Locale } from "./locale.js";
import { errorInfo, readTickets, reconcile, type Reading } from "./read.js";
import { Limiter, readRetryAfter, waitAfter, type RetryPolicy } from "./retries.js";
import { checked, pathsOf, treeOf, type Head, type Need, type Path, type Projection, type Raw } from "./select.js";
import { lost, transport } from "./transport.js";
import type { paths } from "./generated/superoffice.js";

/** A ticket with every member; what the server left out is null. */
export type Ticket = Wire;
/** A ticket of which some members were asked for; the others are not there. */
export type Selected<P> = Pick<Wire, "TicketId" | Head<P>> & Readonly<Record<string, unknown>>;
/** A ticket as a projection wants it: a required member is never null. */
export type Projected<P extends Projection> = Pick<Wire, "TicketId"> & {
  [F in Head<keyof P>]: F extends keyof P ? (P[F] extends "required" ? NonNullable<Wire[F]> : Wire[F]) : Wire[F];
};

export interface Settings {
  auth?: Auth;
  appToken?: string;
  locale?: Locale;
  retries?: Partial<RetryPolicy>;
  /** Seconds that a call may take, its retries included. */
  timeout?: number;
  /** How many ids a request asks for; longer lists are sent in several. */
  batchSize?: number;
  callsPerSecond?: number;
  maxResponseBytes?: number;
}

export interface Options {
  locale?: Locale;
  headers?: OwnHeaders;
  /** Throw for a value that does not decode, in place of naming a problem. */
  strict?: boolean;
}

const MAX_ID = 2 ** 31 - 1;
const JSON_TYPE = Object.keys(OPERATION.responses["200"].content)[0] as "application/json";

export class SuperOffice {
  private readonly http;
  private readonly limiter: Limiter;
  private readonly retries: RetryPolicy;
  private readonly batchSize: number;
  private readonly timeout: number;

  constructor(site: string, private readonly settings: Settings = {}) {
    this.retries = { retries: 3, firstWait: 0.5, longestRetryAfter: 60, ...settings.retries };
    this.batchSize = settings.batchSize ?? 100;
    this.timeout = settings.timeout ?? 120;
    const numbers = [this.retries.retries + 1, this.batchSize, this.timeout, settings.callsPerSecond ?? 10];
    if (numbers.some((number) => !(number > 0))) {
      throw new SuperOfficeError("configuration", "batch size, timeout and calls a second are numbers over 0; retries, from 0");
    }
    this.limiter = new Limiter(settings.callsPerSecond ?? 10);
    this.http = createClient<paths>({
      baseUrl: site,
      fetch: transport(settings.maxResponseBytes ?? 256 * 1024 * 1024),
      querySerializer: { array: { style: "form", explode: false } },
    });
  }

  /** Read one ticket. */
  async get(id: number, options?: Options): Promise<Ticket> {
    const [ticket] = (await this.getMany([id], options)).tickets;
    if (ticket === undefined) {
      throw new SuperOfficeError("ticket_not_found", `ticket ${id} was not found`, { ids: [id] });
    }
    return ticket;
  }

  /** Read several tickets, whole, with some members, or as a projection of your own. */
  getMany<const P extends Path>(
    ids: readonly number[], options: Options & { select: readonly (P | Raw)[] },
  ): Promise<Batch<Selected<P>>>;
  getMany<const P extends Projection>(
    ids: readonly number[], options: Options & { project: P },
  ): Promise<Batch<Projected<P>>>;
  getMany(ids: readonly number[], options?: Options): Promise<Batch<Ticket>>;
  async getMany(
    ids: readonly number[],
    options: Options & { select?: readonly (string | Raw)[]; project?: Readonly<Record<string, Need>> } = {},
  ): Promise<Batch<object>> {
    const { select, project } = options;
    if (select && project) throw new SuperOfficeError("invalid_input", "give select or project, not both");
    const projected = project && Object.keys(project).map((path) => checked(path, "projection"));
    const wanted = select ?? projected;
    const paths = wanted && pathsOf(wanted);
    const locale = localeOf(this.settings.locale, options.locale);
    const reading: Reading = {
      tree: paths && treeOf(paths),
      needs: new Map(Object.entries(project ?? {})),
      naiveIsUtc: naiveIsUtc(locale),
    };
    const headers = merged(
      { Accept: JSON_TYPE },
      localeHeaders(locale) as OwnHeaders,
      authHeaders(this.settings.auth, this.settings.appToken),
      options.headers,
    );
    const asked = [...new Set(ids.map(checkedId))];
    const came: ReturnType<typeof readTickets>[0] = [];
    const problems: Problem[] = [];
    for (let start = 0; start < asked.length; start += this.batchSize) {
      const part = asked.slice(start, start + this.batchSize);
      const { text, attempts } = await this.send(part, paths, headers);
      const [tickets, wrong] = readTickets(text, reading, { status: 200, ids: part, attempts });
      came.push(...tickets);
      problems.push(...wrong);
    }
    const batch = reconcile(ids, came, problems);
    const bad = problems.filter((problem) => options.strict === true || problem.fatal);
    if (bad.length > 0) {
      const lostIds = [...new Set(bad.flatMap((problem) => problem.ticket ?? []))];
      const said = bad.map((one) => `ticket ${one.ticket ?? "?"}, ${one.member ?? "as a whole"}`).join("; ");
      throw new SuperOfficeError("ticket_decode", `${said} cannot be read`, { status: 200, ids: lostIds, batch });
    }
    return batch;
  }

  /** Send one part until its response is a 200 or it fails for good. */
  private async send(
    ids: number[], select: string[] | undefined, headers: Record<string, string>,
  ): Promise<{ text: string; attempts: number }> {
    const signal = AbortSignal.timeout(this.timeout * 1000);
    for (let attempts = 1; ; attempts += 1) {
      await this.limiter.turn();
      const came = await this.attempt(ids, select, headers, signal);
      if (typeof came === "string") return { text: came, attempts };
      const wait = waitAfter(came, attempts, this.retries);
      if (wait === undefined || signal.aborted) {
        throw new SuperOfficeError(came.kind, came.message, { ...came.failure, ids, attempts });
      }
      await sleepUnless(signal, wait);
    }
  }

  private async attempt(
    ids: number[], select: string[] | undefined, headers: Record<string, string>, signal: AbortSignal,
  ): Promise<string | SuperOfficeError> {
    try {
      const { data, error, response } = await this.http.POST(PATH, {
        params: { query: select ? { $select: select } : {} },
        body: { TicketIds: ids },
        headers,
        parseAs: "text",
        signal,
      });
      if (response.status === 200) return data ?? "";
      const retryAfter = readRetryAfter(response.headers.get("retry-after"));
      const failure = { status: response.status, retryAfter, ...errorInfo(error) };
      return new SuperOfficeError(kindOf(response.status), `the server responded with ${response.status}`, failure);
    } catch (error) {
      return lost(error);
    }
  }
}

/** Wait, but no longer than the call may take. */
async function sleepUnless(signal: AbortSignal, seconds: number): Promise<void> {
  await new Promise<void>((done) => {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}

function checkedId(id: number): number {
  if (Number.isInteger(id) && id > 0 && id <= MAX_ID) return id;
  const said = `${JSON.stringify(id)} is not a ticket's id: that is a whole number from 1 to ${MAX_ID}`;
  throw new SuperOfficeError("invalid_id", said);
}
