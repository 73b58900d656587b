import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./nks.gen.js";
import { signing } from "./signature.js";

type ErrorBody = components["schemas"]["ErrorResponse"];

/** A response other than 2XX. Code, message and details are those of its body. Code and message may be empty. */
export class NKSError extends Error {
  override readonly name = "NKSError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: ErrorBody["error"]["details"],
  ) {
    super(message);
  }

  /** All of it in one line. The gateway sends details as a sentence, the service as an object. */
  override toString(): string {
    const code = this.code && ` (code ${this.code})`;
    if (!this.details) {
      return `${this.status} ${this.message}${code}`;
    }
    const details = typeof this.details === "string" ? this.details : JSON.stringify(this.details);
    return `${this.status} ${this.message}${code}: ${details}`;
  }
}

export function connect(baseUrl: string, accessKey: string, secretKey: string): Client<paths> {
  const client = createClient<paths>({
    baseUrl,
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(30_000) }),
  });
  client.use(signing(accessKey, secretKey));
  return client;
}

/** The data of a 2XX response. Any other throws an NKSError. */
export function dataOf<T>(result: { data?: T; error?: ErrorBody; response: Response }): T {
  if (result.response.ok) {
    return result.data as T;
  }
  // The types promise this body, but an error may also come without one, as XML, or as HTML from a proxy.
  const body = result.error as Partial<ErrorBody> | undefined;
  const { errorCode = "", message = result.response.statusText, details } = body?.error ?? {};
  throw new NKSError(result.response.status, String(errorCode), message, details);
}
