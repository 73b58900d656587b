import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { baseUrl } from "./base-url.js";
import { connect, dataOf } from "./client.js";

const principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c";
const file = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// Busy for a while after each change, as the service is.
const flags = ["--listen", "127.0.0.1:0", "--quiet", "--busy", "100ms"];
const emulator = spawn(file("../../../bin/nks-access"), ["emulator", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
let env = { NCLOUD_API_GW: "", NCLOUD_REGION: "", NCLOUD_ACCESS_KEY: "", NCLOUD_SECRET_KEY: "", NKS_CLUSTER: "" };

before(async () => {
  const exported: Record<string, string> = {};
  for await (const line of createInterface(emulator.stdout)) {
    const [, name = "", value = ""] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    exported[name] = value;
    if (line.startsWith("unset")) {
      break;
    }
  }
  env = { ...env, ...exported };
});
after(() => emulator.kill());
// No entries, and no cluster that is still busy.
beforeEach(() => fetch(new URL("/_emulator/reset", env.NCLOUD_API_GW), { method: "POST" }));

const main = (changes = {}) =>
  promisify(execFile)(process.execPath, [file("main.js"), principal], { env: { ...env, ...changes } });
const client = () => connect(baseUrl(env.NCLOUD_API_GW), env.NCLOUD_ACCESS_KEY, env.NCLOUD_SECRET_KEY);

test("main creates, updates and deletes an entry", async () => {
  const { stdout } = await main();
  const uuid = /^deleted ([0-9a-f-]{36})$/m.exec(stdout)?.[1];
  const entry = (rest: object) => JSON.stringify({ clusterUuid: env.NKS_CLUSTER, entry: principal, ...rest, uuid });
  const created = entry({ policies: [{ scope: "Cluster", type: "NKSViewPolicy" }] });
  const updated = entry({
    groups: ["developers"],
    policies: [{ namespaces: ["dev"], scope: "Namespace", type: "NKSEditPolicy" }],
  });
  assert.equal(stdout, `created ${created}\nupdated ${updated}\ndeleted ${uuid}\n`);

  const params = { path: { uuid: env.NKS_CLUSTER } };
  assert.deepEqual(dataOf(await client().GET("/clusters/{uuid}/access-entries", { params })), { accessEntries: [] });
});

test("main shows the response to a wrong key", async () => {
  await assert.rejects(main({ NCLOUD_SECRET_KEY: "wrong" }), {
    code: 1,
    stderr: /^401 Authentication Failed \(code 200\): Invalid authentication information/,
  });
});

test("main shows the response to a wrong field", async () => {
  await assert.rejects(main({ NKS_CLUSTER: "demo" }), {
    code: 1,
    stderr: /^400 Bad Request \(code 400\): .*uuid must be a well-formed UUID/,
  });
});

test("main says in a line why there is no response", async () => {
  const lines = {
    "http://nks.apigw.ntruss.com": /^not signing for http:\/\/nks\.apigw\.ntruss\.com: .*\n$/,
    // The emulator does not listen there.
    [env.NCLOUD_API_GW.replace("127.0.0.1", "[::1]")]: /^fetch failed: connect .+\n$/,
    nowhere: /^NCLOUD_API_GW must be such as .*\n$/,
  };
  for (const [NCLOUD_API_GW, stderr] of Object.entries(lines)) {
    await assert.rejects(main({ NCLOUD_API_GW }), { code: 1, stderr });
  }
});

test("main has no gateway unless it is told", async () => {
  for (const name of ["NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER"]) {
    await assert.rejects(main({ [name]: "" }), { code: 2, stderr: new RegExp(`^usage: [^]*\nnot set: ${name}\n$`) });
  }
});

test("main deletes its entry if a step fails", async (t) => {
  // Passes everything on to the emulator, but refuses to update.
  const proxy = createServer(async (request, response) => {
    if (request.method === "PUT") {
      response.writeHead(503).end();
      return;
    }
    const { host, connection, "content-length": _, ...headers } = request.headers as Record<string, string>;
    const body = request.method === "POST" ? await text(request) : null;
    const passed = await fetch(env.NCLOUD_API_GW + request.url, { method: request.method!, headers, body });
    response.writeHead(passed.status).end(await passed.text());
  }).listen(0, "127.0.0.1");
  t.after(() => proxy.close());
  await once(proxy, "listening");
  const NCLOUD_API_GW = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const uuid = "[0-9a-f-]{36}";
  await assert.rejects(main({ NCLOUD_API_GW }), {
    code: 1,
    stdout: new RegExp(`^created .*\ndeleted ${uuid}\n$`),
    stderr: "503 Service Unavailable\n",
  });
});

test("main changes nothing if there is an entry", async () => {
  const params = { path: { uuid: env.NKS_CLUSTER } };
  const list = async () => dataOf(await client().GET("/clusters/{uuid}/access-entries", { params }));
  dataOf(
    await client().POST("/clusters/{uuid}/access-entries", {
      params,
      body: { type: "USER", entry: principal, policies: [{ type: "NKSClusterAdminPolicy", scope: "cluster" }] },
    }),
  );
  const before = await list();
  const uuid = before.accessEntries[0]?.uuid;
  await assert.rejects(main(), { code: 1, stderr: `${principal} has the entry ${uuid} already. Nothing was changed.\n` });
  assert.deepEqual(await list(), before);
});

test("main does not wait for ever", async () => {
  const faults = (busy: string) =>
    fetch(new URL("/_emulator/faults", env.NCLOUD_API_GW), { method: "POST", body: new URLSearchParams({ busy }) });
  assert.ok((await faults("1h")).ok);
  // A clock that is ten minutes on whenever it is read.
  const clock = "let now = 0; performance.now = () => (now += 600_000);";
  await assert.rejects(main({ NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(clock)}"` }), {
    code: 1,
    stderr: "the cluster is still WORKING after ten minutes\n",
  });
  assert.ok((await faults("100ms")).ok);
});

test("a call without a response ends", async (t) => {
  const server = createServer(() => {}).listen(0, "127.0.0.1");
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  await once(server, "listening");
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const limit = t.mock.method(AbortSignal, "timeout", () => timeout(100));
  const silent = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "access", "secret");
  await assert.rejects(silent.GET("/clusters"), { name: "TimeoutError" });
  assert.deepEqual(limit.mock.calls[0]?.arguments, [30_000]);
});

test("an error has its status, and the code and message of its body", async () => {
  const path = { uuid: env.NKS_CLUSTER, entryUuid: "2222c420-02bd-4feb-9c3d-190f5baf2222" };
  const answer = await client().GET("/clusters/{uuid}/access-entries/{entryUuid}", { params: { path } });
  assert.throws(() => dataOf(answer), { name: "NKSError", status: 404, code: "404", message: "Not Found" });
});

test("an error with another body, or none, has its status", () => {
  for (const error of [undefined, "", "<html>", null, {}, { error: null }, { error: "busy" }, { error: [] }]) {
    const response = new Response(null, { status: 502, statusText: "Bad Gateway" });
    assert.throws(() => dataOf({ error: error as never, response }), { status: 502, code: "", message: "Bad Gateway" });
  }
});

test("an error shows its details", () => {
  const response = new Response(null, { status: 400, statusText: "Bad Request" });
  const shown = (error: object) => {
    try {
      return dataOf({ error: { error } as never, response });
    } catch (error) {
      return String(error);
    }
  };
  assert.equal(shown({ errorCode: "200", message: "No", details: "a reason" }), "400 No (code 200): a reason");
  assert.equal(shown({ errorCode: 400, message: "No", details: { error: [] } }), '400 No (code 400): {"error":[]}');
  assert.equal(shown({ message: "No" }), "400 No");
  assert.equal(shown({ message: "No", details: null }), "400 No");
});

test("base URLs are those of nks-access", () => {
  const { baseUrls, refused } = JSON.parse(readFileSync(file("../../base-urls.json"), "utf8"));
  assert.ok(baseUrls.length >= 10 && refused.length >= 10);
  for (const c of baseUrls) {
    assert.equal(baseUrl(c.gateway, c.region), c.baseUrl);
  }
  for (const c of refused) {
    const isGood = ({ message }: Error) => message.startsWith(c.names) && !message.includes("password");
    assert.throws(() => baseUrl(c.gateway, c.region), isGood, c.gateway);
  }
});
