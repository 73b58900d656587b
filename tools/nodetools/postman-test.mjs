// Runs the Postman collection with newman: against an emulator, with a wrong secret key, which must fail, and without keys through
// nks-access proxy.
//
//	node postman-test.mjs collection.json nks-access
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import newman from 'newman';

const [collection, program] = process.argv.slice(2);
const emulator = spawn(program, ['emulator', '--listen', '127.0.0.1:0', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
const env = {};
for await (const line of createInterface({ input: emulator.stdout })) {
  const [, name, value] = line.match(/^export (\w+)=(.*)$/) ?? [];
  if (name) env[name] = value;
  if (line.startsWith('unset')) break;
}

/** run runs the collection. Without a secret key, it has no access key either. */
const run = (baseUrl, secretKey, reporters) => new Promise((resolve, reject) => {
  newman.run({
    collection, reporters, timeoutRequest: 30_000,
    envVar: [['baseUrl', baseUrl], ['accessKey', secretKey && env.NCLOUD_ACCESS_KEY], ['secretKey', secretKey], ['clusterUuid', env.NKS_CLUSTER]]
      .map(([key, value]) => ({ key, value })),
  }, (error, summary) => (error ? reject(error) : resolve(summary.run)));
});

const proxy = spawn(program, ['proxy', '--listen', '127.0.0.1:0', '--quiet'], {
  stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env },
});
let proxyUrl;
for await (const line of createInterface({ input: proxy.stdout })) {
  proxyUrl ??= line.match(/^ {2}base URL +(.*)$/)?.[1];
  if (line.includes('subaccount')) break;
}

try {
  const good = await run(`${env.NCLOUD_API_GW}/vnks/v2`, env.NCLOUD_SECRET_KEY, 'cli');
  assert.deepEqual(good.failures.map(({ error }) => error.message), []);
  assert.equal(good.stats.requests.total, 8);
  const wrong = await run(`${env.NCLOUD_API_GW}/vnks/v2`, 'wrong', []);
  assert.equal(wrong.executions[0].response.code, 401);
  assert(wrong.failures.length > 0);
  const through = await run(proxyUrl, '', []);
  assert.deepEqual(through.failures.map(({ error }) => error.message), []);
  assert.equal(through.stats.requests.total, 8);
  const plain = await run('http://nks.example.com/vnks/v2', env.NCLOUD_SECRET_KEY, []);
  assert.match(plain.failures[0].error.message, /not signing for plain HTTP/);
} finally {
  emulator.kill();
  proxy.kill();
}
