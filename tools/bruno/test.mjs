// Compares the Bruno collection with the Postman collection, and runs it against an emulator: with keys, with a wrong secret
// key, which must fail, and without keys through nks-access proxy.
//
//	node test.mjs postman.json folder nks-access
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [postman, committed, program] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'bruno-'));
const fresh = join(work, 'fresh');
const running = [];
const local = (name) => new URL(name, import.meta.url).pathname;

/** start starts nks-access and returns what its lines say, up to the last one that matches. */
async function start(args, line, last, env = process.env) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const said = {};
  for await (const text of createInterface({ input: child.stdout })) {
    const [, name, value] = text.match(line) ?? [];
    if (name) said[name] ??= value;
    if (last.test(text)) break;
  }
  return said;
}

/** run runs all requests and returns their results. */
function run(variables) {
  const results = join(work, 'results.json');
  rmSync(results, { force: true });
  const values = Object.entries(variables).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]);
  const bru = local('node_modules/@usebruno/cli/bin/bru.js');
  try {
    execFileSync(process.execPath, [bru, 'run', '-r', '--env', 'NKS', '--reporter-json', results, ...values], { cwd: fresh, stdio: 'pipe' });
  } catch (error) {
    if (error.status !== 1) throw error; // a request failed: the results say which
  }
  return JSON.parse(readFileSync(results, 'utf8')).flatMap((iteration) => iteration.results);
}

/** failures returns the failed tests and errors of results. */
const failures = (results) => results.flatMap(({ name, error, postResponseTestResults = [], preRequestTestResults = [] }) => [
  ...(error ? [`${name}: ${error}`] : []),
  ...[...preRequestTestResults, ...postResponseTestResults].filter(({ status }) => status !== 'pass').map((test) => `${name}: ${test.error}`),
]);
const tests = (results) => results.flatMap(({ postResponseTestResults = [] }) => postResponseTestResults).length;

/** files returns the files of a folder with their text. */
const files = (root) => Object.fromEntries(readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort()
  .map((path) => [path.slice(root.length), readFileSync(path, 'utf8')]));

try {
  execFileSync(process.execPath, [local('collection.mjs'), postman, fresh]);
  assert.deepEqual(files(committed), files(fresh), 'run make docs-bruno, and commit what changed');

  const emulator = await start(['emulator', '--listen', '127.0.0.1:0', '--quiet'], /^export (\w+)=(.*)$/, /^unset/);
  const keys = { accessKey: emulator.NCLOUD_ACCESS_KEY, secretKey: emulator.NCLOUD_SECRET_KEY, clusterUuid: emulator.NKS_CLUSTER };
  const baseUrl = `${emulator.NCLOUD_API_GW}/vnks/v2`;
  const signed = run({ ...keys, baseUrl });
  assert.deepEqual(failures(signed), []);
  assert.equal(signed.length, 8);
  assert.equal(tests(signed), 8);

  const wrong = run({ ...keys, baseUrl, secretKey: 'wrong' });
  assert.equal(wrong[0].response.status, 401);
  assert.match(failures(wrong)[0], /401/);

  const plain = run({ ...keys, baseUrl: 'http://nks.example.com/vnks/v2' });
  assert.match(failures(plain)[0], /not signing for plain HTTP/);

  const proxyToken = 'a-token-of-this-test';
  const env = { ...process.env, ...emulator, NKS_PROXY_TOKEN: proxyToken };
  const proxy = await start(['proxy', '--listen', '127.0.0.1:0', '--token', '--quiet'], /^ {2}(base URL) +(.*)$/, /subaccount/, env);
  const through = run({ baseUrl: proxy['base URL'], accessKey: '', clusterUuid: keys.clusterUuid, proxyToken });
  assert.deepEqual(failures(through), []);
  assert.equal(tests(through), 8);
  const without = run({ baseUrl: proxy['base URL'], accessKey: '', clusterUuid: keys.clusterUuid, proxyToken: 'no' });
  assert.equal(without[0].response.status, 401);
  assert.deepEqual(files(fresh), files(committed), 'a run changes the files of the collection');
  console.log(`${signed.length} requests with keys, ${through.length} through the proxy`);
} finally {
  for (const child of running) child.kill();
  rmSync(work, { recursive: true, force: true });
}
