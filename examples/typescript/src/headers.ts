// Sign-in, and what may be a header.

import { SCHEMES } from "./document.js";
import { SuperOfficeError } from "./errors.js";

export type Auth =
  | { basic: { user: string; password: string } }
  | { so_ticket: string }
  | { bearer: string }
  | { xsrf: { token: string; cookies: Readonly<Record<string, string>> } };

export type OwnHeaders = Readonly<Record<string, string | null>>;

export function authHeaders(auth: Auth | undefined, appToken: string | undefined): Record<string, string> {
  return { ...(auth && ofScheme(auth)), ...(appToken !== undefined && { [SCHEMES.AppToken.name]: appToken }) };
}

function ofScheme(auth: Auth): Record<string, string> {
  if ("basic" in auth) {
    const pair = Buffer.from(`${auth.basic.user}:${auth.basic.password}`, "utf8").toString("base64");
    return { Authorization: `Basic ${pair}` };
  }
  if ("so_ticket" in auth) return { [SCHEMES.SoTicket.name]: `${SCHEMES.SoTicket["x-scheme"]} ${auth.so_ticket}` };
  if ("bearer" in auth) return { Authorization: `Bearer ${auth.bearer}` };
  const cookies = Object.entries(auth.xsrf.cookies).map(([name, value]) => `${name}=${value}`);
  return { [SCHEMES.XsrfToken.name]: auth.xsrf.token, Cookie: cookies.join("; ") };
}

/** Put headers together, later ones over earlier ones whatever their letters' case; null takes one out. */
export function merged(...given: (OwnHeaders | undefined)[]): Record<string, string> {
  const all = new Map<string, [string, string | null]>();
  for (const headers of given) {
    for (const [name, value] of Object.entries(headers ?? {})) all.set(name.toLowerCase(), [name, value]);
  }
  const made: Record<string, string> = {};
  for (const [name, value] of all.values()) if (value !== null) made[name] = sendable(name, value);
  return made;
}

function sendable(name: string, value: string): string {
  // The value may be a secret, so that it is quoted nowhere.
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value) || value !== value.trim()) {
    throw new SuperOfficeError("invalid_input", `the header ${JSON.stringify(name)} holds what no header may`);
  }
  return value;
}
