import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { sign, signature, stringToSign } from "./signature.js";

type Vector = Record<
  "name" | "method" | "target" | "timestamp" | "accessKey" | "secretKey" | "stringToSign" | "signature",
  string
>;
const file = new URL("../../../api/signature-vectors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };

test("the functions give the known answers", () => {
  assert.ok(vectors.length >= 40);
  for (const v of vectors) {
    assert.equal(stringToSign(v.method, v.target, v.timestamp, v.accessKey), v.stringToSign, v.name);
    assert.equal(signature(v.secretKey, v.stringToSign), v.signature, v.name);
  }
});

// URL and fetch change some targets before they send them. What is signed must be what is sent, so here it goes over the wire.
test("requests are signed as they are sent", async (t) => {
  let received = "";
  const server = createServer((request, response) => {
    received = `${request.method} ${request.url}`;
    response.end();
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const changed = [];
  for (const v of vectors) {
    const clock = t.mock.method(Date, "now", () => Number(v.timestamp));
    const request = sign(new Request(origin + v.target, { method: v.method }), v.accessKey, v.secretKey);
    clock.mock.restore();
    assert.equal((await fetch(request)).status, 200, v.name);
    assert.equal(request.headers.get("x-ncp-apigw-timestamp"), v.timestamp, v.name);
    assert.equal(request.headers.get("x-ncp-iam-access-key"), v.accessKey, v.name);
    const sent = `${received}\n${v.timestamp}\n${v.accessKey}`;
    assert.equal(request.headers.get("x-ncp-apigw-signature-v2"), signature(v.secretKey, sent), v.name);
    if (sent !== v.stringToSign) {
      changed.push(v.name);
    }
  }
  assert.deepEqual(changed, [
    "dots for segments", // resolved
    "escaped dots for segments", // resolved, too
    "an apostrophe in the query", // escaped
    "a question mark and no query", // left out
    "an empty path, a question mark and no query",
  ]);
});

test("plain HTTP is refused beyond this machine", () => {
  for (const origin of ["http://nks.apigw.ntruss.com", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://10.0.0.1"]) {
    assert.throws(() => sign(new Request(origin), "access", "secret"), /neither https nor this machine/, origin);
  }
  for (const origin of ["https://nks.apigw.ntruss.com", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"]) {
    sign(new Request(origin), "access", "secret");
  }
});

test("a body is sent as it is, with its length", async (t) => {
  let received = {};
  const server = createServer(async (request, response) => {
    const { "content-type": type, "content-length": length } = request.headers;
    received = { type, length, body: Buffer.concat(await request.toArray()).toString() };
    response.end();
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/vnks/v2/clusters`;
  const request = new Request(url, { method: "PUT", body: '"가"', headers: { "content-type": "application/json" } });
  await fetch(sign(request, "access", "secret"));
  assert.deepEqual(received, { type: "application/json", length: "5", body: '"가"' });
});

test("a redirect is not followed", async (t) => {
  const targets: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    targets.push(request.url);
    response.writeHead(307, { location: "/other" }).end();
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const request = new Request(`http://127.0.0.1:${(server.address() as AddressInfo).port}/vnks/v2/clusters`);
  await assert.rejects(fetch(sign(request, "access", "secret")));
  assert.deepEqual(targets, ["/vnks/v2/clusters"]);
});
