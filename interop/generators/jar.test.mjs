// npm has a current OpenAPI Generator only in a package of somebody else. Its jar must be the released one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { openapiJar } = await import('./generators.mjs'); // reads package.json

// The digest of openapi-generator-cli-7.0.0.jar, as Homebrew has it.
const released = '80e8e9d71bdbdf513b8c65cf7d3fc2fe3d88aaeb4e39a2c6e20831f00032c775';

test('the jar is that of the release', () => {
  assert.equal(createHash('sha256').update(readFileSync(openapiJar)).digest('hex'), released);
});
