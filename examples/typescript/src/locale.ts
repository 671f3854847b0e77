// Language, culture and time zone of a client or of one call.

import { SuperOfficeError } from "./errors.js";
import type { Operation } from "./document.js";

/** What is left out is inherited, by a call from its client and by that from the default; null takes a header out. */
export interface Locale {
  language?: string | null;
  accept_language?: string | null;
  culture?: string | null;
  /** A code or number of SuperOffice's, no IANA name; blank is the server's own zone. */
  time_zone?: string | number | null;
  /** Whether date-times carry their offset. */
  offset?: boolean;
}

export type LocaleHeaders = NonNullable<Operation["parameters"]["header"]>;

const DEFAULT: Locale = { time_zone: "UTC", offset: true };
const LANGUAGE = /^([a-z]{2}(-[A-Za-z0-9]+)*|[*x])$/;
const ZONE = /^([A-Z]{2,3}(-[A-Z]{2,3})?|[1-9]\d{0,3}|)$/;

/** Put a call's locale over its client's, and that over the default; refuses what no server knows. */
export function localeOf(client: Locale = {}, call: Locale = {}): Locale {
  const made = { ...DEFAULT, ...client, ...call };
  for (const code of [made.language, made.accept_language, made.culture]) {
    if (code != null && !LANGUAGE.test(code)) {
      throw new SuperOfficeError("configuration", `${JSON.stringify(code)} is no ISO 639-1 code, such as "en"`);
    }
  }
  if (made.time_zone != null && !ZONE.test(String(made.time_zone))) {
    const said = `${JSON.stringify(made.time_zone)} is not a time zone code of SuperOffice's, such as "UTC" or "NO"`;
    throw new SuperOfficeError("configuration", said);
  }
  return made;
}

export function localeHeaders(locale: Locale): LocaleHeaders {
  const zone = locale.time_zone == null ? [] : [String(locale.time_zone), locale.offset ? "includeTZOffset" : ""];
  const timeZone = zone.filter((part) => part !== "").join(", ");
  return {
    ...(locale.language != null && { "SO-Language": locale.language }),
    ...(locale.accept_language != null && { "Accept-Language": locale.accept_language }),
    ...(locale.culture != null && { "SO-Culture": locale.culture }),
    ...(timeZone !== "" && { "SO-TimeZone": timeZone }),
  };
}

/** Whether a date-time without offset is certain to be in UTC. */
export function naiveIsUtc(locale: Locale): boolean {
  return locale.offset === true && ["UTC", "1"].includes(String(locale.time_zone));
}
