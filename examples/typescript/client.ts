import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./nks.gen.js";
import { signing } from "./signature.js";

type ErrorBody = components["schemas"]["ErrorResponse"];

/** An answer other than 2XX. Code, message and details are those of its body. */
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
}

export function connect(baseUrl: string, accessKey: string, secretKey: string): Client<paths> {
  const client = createClient<paths>({
    baseUrl,
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(30_000) }),
  });
  client.use(signing(accessKey, secretKey));
  return client;
}

/** What was asked for, or an NKSError. */
export function dataOf<T>(answer: { data?: T; error?: ErrorBody; response: Response }): T {
  if (answer.response.ok) {
    return answer.data as T;
  }
  // The types promise this body, but an error may also come without one, as XML, or as HTML from a proxy.
  const body = answer.error as Partial<ErrorBody> | undefined;
  const { errorCode = "", message = answer.response.statusText, details } = body?.error ?? {};
  throw new NKSError(answer.response.status, String(errorCode), message, details);
}
