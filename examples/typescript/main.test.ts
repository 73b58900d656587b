import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, dataOf } from "./client.js";

const principal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c";
const file = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// Busy for a while after each change, as the service is.
const flags = ["--listen", "127.0.0.1:0", "--quiet", "--busy", "100ms"];
const emulator = spawn(file("../../../bin/nks-access"), ["emulator", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
let env = { NKS_BASE_URL: "", NCLOUD_ACCESS_KEY: "", NCLOUD_SECRET_KEY: "", NKS_CLUSTER: "" };

before(async () => {
  const exported: Record<string, string> = {};
  for await (const line of createInterface(emulator.stdout)) {
    const [, name = "", value = ""] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    exported[name] = value;
    if (line.startsWith("unset")) {
      break;
    }
  }
  env = { ...env, ...exported, NKS_BASE_URL: `${exported.NCLOUD_API_GW}/vnks/v2` };
});
after(() => emulator.kill());

const main = (changes = {}) =>
  promisify(execFile)(process.execPath, [file("main.js"), principal], { env: { ...env, ...changes } });
const client = () => connect(env.NKS_BASE_URL, env.NCLOUD_ACCESS_KEY, env.NCLOUD_SECRET_KEY);

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

test("main says what the gateway answered to a wrong key", async () => {
  await assert.rejects(main({ NCLOUD_SECRET_KEY: "wrong" }), {
    code: 1,
    stderr: /^401, code 200: Authentication Failed Invalid authentication information/,
  });
});

test("main says what the service answered to a wrong field", async () => {
  await assert.rejects(main({ NKS_CLUSTER: "demo" }), {
    code: 1,
    stderr: /^400, code 400: Bad Request .*uuid must be a well-formed UUID/,
  });
});

test("main says in a line why there is no answer", async () => {
  const lines = {
    "http://nks.apigw.ntruss.com/vnks/v2": /^not signing for http:\/\/nks\.apigw\.ntruss\.com: .*\n$/,
    // The emulator does not listen there.
    [env.NKS_BASE_URL.replace("127.0.0.1", "[::1]")]: /^fetch failed: connect .+\n$/,
    nowhere: /^Failed to parse URL .*\n$/,
  };
  for (const [NKS_BASE_URL, stderr] of Object.entries(lines)) {
    await assert.rejects(main({ NKS_BASE_URL }), { code: 1, stderr });
  }
});

test("main does not wait for ever", async () => {
  const faults = (busy: string) =>
    fetch(new URL("/_emulator/faults", env.NKS_BASE_URL), { method: "POST", body: new URLSearchParams({ busy }) });
  assert.ok((await faults("1h")).ok);
  // A clock that is ten minutes on whenever it is read.
  const clock = "let now = 0; performance.now = () => (now += 600_000);";
  await assert.rejects(main({ NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(clock)}"` }), {
    code: 1,
    stderr: "the cluster is still WORKING after ten minutes\n",
  });
  assert.ok((await faults("100ms")).ok);
  assert.ok((await fetch(new URL("/_emulator/reset", env.NKS_BASE_URL), { method: "POST" })).ok);
});

test("a call without an answer ends", async (t) => {
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
