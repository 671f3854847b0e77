// When a failed call is sent again, and how many may begin.

import type { SuperOfficeError } from "./errors.js";

export interface RetryPolicy {
  /** How often a request is sent again at most, after the first time. */
  retries: number;
  /** Longest wait before the first retry, in seconds; it doubles with each. */
  firstWait: number;
  /** The longest Retry-After, in seconds, that is waited for. */
  longestRetryAfter: number;
}

const LONGEST_WAIT = 20;
const STATUSES = new Set([429, 502, 503, 504]);
const KINDS = new Set(["connection_failed", "connection_broken", "timeout"]);

export const sleep = (seconds: number): Promise<void> => new Promise((done) => setTimeout(done, seconds * 1000));

/** Seconds to wait after a failed attempt; undefined where there is to be no other. GetTickets only reads. */
export function waitAfter(error: SuperOfficeError, attempt: number, retries: RetryPolicy): number | undefined {
  const { status, retryAfter } = error.failure;
  if (attempt > retries.retries || !(KINDS.has(error.kind) || STATUSES.has(status ?? 0))) return undefined;
  if (retryAfter !== undefined) return retryAfter <= retries.longestRetryAfter ? retryAfter : undefined;
  return Math.random() * Math.min(LONGEST_WAIT, retries.firstWait * 2 ** (attempt - 1));
}

/** Read a Retry-After, seconds or a date of HTTP's. */
export function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text);
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : Math.max(0, (moment - Date.now()) / 1000);
}

/** At most `callsPerSecond` calls begin in any second. */
export class Limiter {
  private readonly starts: number[] = [];

  constructor(private readonly callsPerSecond: number) {}

  /** Take the next free moment, and wait for it. */
  async turn(): Promise<void> {
    const now = performance.now();
    const before = this.starts.length < this.callsPerSecond ? -Infinity : (this.starts.shift() ?? -Infinity);
    const start = Math.max(now, before + 1000);
    this.starts.push(start);
    if (start > now) await sleep((start - now) / 1000);
  }
}
