// docs/generators.md says which clients fail with which deviation. run.mjs proves what generators.mjs says of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deviations } from './deviations.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { generators } = await import('./generators.mjs'); // reads package.json
const run = generators.filter(({ session }) => session);

test('the table of the docs is that of the matrix', () => {
  const title = (name) => name.replace(/^openapi-generator (\S+)/, 'OpenAPI Generator, `$1`').replace(/^swagger-codegen (.*)/, 'swagger-codegen, `$1`');
  const rows = run.map(({ name, breaks = {} }) => {
    const words = Object.keys(deviations).filter((fault) => fault in breaks).map((fault) => deviations[fault]);
    return `| ${title(name)} | ${words.join(', ') || '–'} |`;
  });
  const table = `| Generator | Fails with |\n|---|---|\n${rows.join('\n')}\n\n`;
  assert.ok(readFileSync('../../docs/generators.md', 'utf8').includes(table), `docs/generators.md must have\n${table}`);
});

test('a generator breaks on known deviations', () => {
  for (const { name, breaks = {} } of run) {
    for (const fault of Object.keys(breaks)) assert.ok(fault in deviations, `${name}: ${fault}`);
  }
});
