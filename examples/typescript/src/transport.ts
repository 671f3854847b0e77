// The way to the wire. Node's own fetch is not it: it adds `Accept-Language: *`, which servers read, follows redirects
// with the sign-in, and sends a call again whose response is a 421.

import { request } from "undici";

import { SuperOfficeError } from "./errors.js";

const WITHOUT_BODY = new Set([204, 205, 304]);

/** Make what openapi-fetch takes as its fetch; it accepts responses of `maxBytes` bytes at most. */
export function transport(maxBytes: number): (asked: Request) => Promise<Response> {
  return async (asked) => {
    const { statusCode, headers, body } = await request(asked.url, {
      method: asked.method as "POST",
      headers: Object.fromEntries(asked.headers),
      body: await asked.text(),
      signal: asked.signal,
    });
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBytes) {
        body.destroy();
        throw new SuperOfficeError("response_too_large", `the response grew past ${maxBytes} bytes`);
      }
      parts.push(part);
    }
    const received = new Headers();
    for (const [name, value] of Object.entries(headers)) {
      for (const one of [value ?? []].flat()) received.append(name, one);
    }
    const content = WITHOUT_BODY.has(statusCode) ? null : Buffer.concat(parts);
    return new Response(content, { status: statusCode, headers: received });
  };
}

/** Put what undici says of a lost connection into a kind of ours. */
export function lost(error: unknown): SuperOfficeError {
  if (error instanceof SuperOfficeError) return error;
  const { name, code } = error as { name?: string; code?: string };
  if (name === "TimeoutError" || code?.endsWith("_TIMEOUT")) {
    return new SuperOfficeError("timeout", "no whole response came in time");
  }
  if (code === "ECONNREFUSED" || code === "ENOTFOUND") {
    return new SuperOfficeError("connection_failed", "no connection could be made");
  }
  return new SuperOfficeError("connection_broken", "the connection broke");
}
