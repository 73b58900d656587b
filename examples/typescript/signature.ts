import { createHmac } from "node:crypto";
import type { Middleware } from "openapi-fetch";

/** The string to sign. Target is the path with the query, as sent; timestamp and access key are those of the headers. */
export function stringToSign(method: string, target: string, timestamp: string, accessKey: string): string {
  return `${method} ${target}\n${timestamp}\n${accessKey}`;
}

export function signature(secretKey: string, text: string): string {
  return createHmac("sha256", secretKey).update(text).digest("base64");
}

/** The request with the three headers, to be sent at once. It does not follow redirects, which would take the headers along. */
export function sign(request: Request, accessKey: string, secretKey: string): Request {
  const url = new URL(request.url);
  // The signature does not cover the body, so anyone on the path could change it.
  if (url.protocol !== "https:" && !["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) {
    throw new Error(`not signing for ${url.origin}: it is neither https nor this machine`);
  }
  const sent = url.href;
  url.search = url.search; // without a question mark that nothing follows: some versions of Node send it, some do not
  // A request is only given another URL when it needs one: its body would become a stream, which is sent in chunks.
  const signed = new Request(url.href === sent ? request : new Request(url, request), { redirect: "error" });
  const timestamp = Date.now().toString();
  const text = stringToSign(signed.method, url.pathname + url.search, timestamp, accessKey);
  signed.headers.set("x-ncp-apigw-timestamp", timestamp);
  signed.headers.set("x-ncp-iam-access-key", accessKey);
  signed.headers.set("x-ncp-apigw-signature-v2", signature(secretKey, text));
  return signed;
}

/** Signs every request of an openapi-fetch client. */
export function signing(accessKey: string, secretKey: string): Middleware {
  return { onRequest: ({ request }) => sign(request, accessKey, secretKey) };
}
