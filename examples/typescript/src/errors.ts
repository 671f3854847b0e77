// How a call fails: one class, whose `kind` says what happened. The kinds are those of the conformance cases.

export type ErrorKind =
  // nothing was sent
  | "configuration" | "invalid_id" | "unknown_field" | "projection" | "invalid_input"
  // no whole response
  | "connection_failed" | "connection_broken" | "timeout" | "response_too_large"
  // a response with another status than 200
  | "authentication" | "permission_denied" | "endpoint_not_found" | "media_type" | "wrong_host" | "rate_limit"
  | "bad_request" | "internal_server"
  // 200 without tickets, or without the one that was asked for
  | "invalid_response" | "error_in_success" | "ticket_decode" | "ticket_not_found";

/** What is known of a failure beside its kind. */
export interface Failure {
  status?: number;
  ids?: readonly number[];
  attempts?: number;
  /** The server's own words. */
  serverMessage?: string | undefined;
  errorType?: string | undefined;
  errorSource?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  /** What could be read, where a ticket could not. */
  batch?: Batch<object>;
}

/** A value that did not decode; its member is null, or its ticket is lost. */
export interface Problem {
  ticket: number | null;
  member: string | null;
  position: number;
  fatal: boolean;
}

/** Tickets in the order asked for, and an account of what did not come. */
export interface Batch<T> {
  tickets: T[];
  missing: number[];
  unexpected: T[];
  problems: Problem[];
}

export class SuperOfficeError extends Error {
  override readonly name = "SuperOfficeError";

  constructor(readonly kind: ErrorKind, message: string, readonly failure: Failure = {}) {
    super(message);
  }
}

const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: "authentication", 403: "permission_denied", 404: "endpoint_not_found", 406: "media_type", 415: "media_type",
  421: "wrong_host", 429: "rate_limit",
};

export function kindOf(status: number): ErrorKind {
  return KINDS[status] ?? (status >= 500 ? "internal_server" : "bad_request");
}
