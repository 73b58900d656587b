// Generates a client with each generator, compiles it, and makes a session with the emulator.
//
//	node run.mjs            all generators
//	node run.mjs ogen kubb  these alone
//
// It needs bin/nks-access ("make build"), the editions of the contract ("make docs"), and what machine.mjs lists.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing } from './machine.mjs';
import { run, startEmulator } from './process.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { generators } = await import('./generators.mjs'); // reads package.json

const editions = { contract: '../../api/openapi.yaml', plain: '../../dist/openapi-plain.yaml', all: '' };
const edition31 = '../../dist/openapi-3.1.yaml';
const contractOfNames = '../../api/subaccount.yaml';

/** generate calls the generator. A warning is an error. */
function generate(generator, contract, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The configurations of orval and kubb read the environment.
  const printed = run(generator.generate(contract, folder), { env: { CONTRACT: contract, FOLDER: folder } });
  const warnings = printed.split('\n').filter((line) => /warn/i.test(line) && !generator.harmless?.test(line));
  if (warnings.length) throw new Error([...new Set(warnings)].join('\n'));
}

/** code returns the files in a folder and their code, without comments and blanks. */
function code(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => statSync(join(folder, file)).isFile());
  return files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*|\s+/g, '')]);
}

/** compare31 generates from OpenAPI 3.1, which must result in the same code. */
function compare31(generator, folder) {
  const { folder31 = `out/3.1/${generator.name}` } = generator;
  generate(generator, edition31, folder31);
  const from30 = code(folder);
  const from31 = code(folder31);
  const differing = from30.filter(([, text], i) => text !== from31[i]?.[1]).map(([file]) => file);
  if (differing.length || from30.length !== from31.length) throw new Error(`from 3.1 there is other code in ${differing}`);
}

/** tryNames generates and compiles a client from the contract of names. */
function tryNames(generator) {
  const { folderNames = `out/names/${generator.name}` } = generator;
  generate(generator, contractOfNames, folderNames);
  generator.compileNames?.(folderNames);
}

const names = process.argv.slice(2);
const wanted = names.length ? names.map((name) => generators.find((g) => g.name === name)) : generators;
if (wanted.includes(undefined)) throw new Error(`want names out of ${generators.map(({ name }) => name).join(', ')}`);
const lacking = missing([...new Set(wanted.flatMap(({ needs }) => needs))]);
if (lacking.length) {
  console.error(lacking.join('\n'));
  process.exit(1);
}

const { env, stop } = await startEmulator();
rmSync('out', { recursive: true, force: true });
const table = [];
for (const generator of wanted) {
  const { name, version, language, edition, folder = `out/${name}` } = generator;
  const steps = {
    generates: () => generate(generator, editions[edition], folder),
    'types resolve': generator.look,
    compiles: generator.compile,
    session: generator.session && (() => generator.session(env)),
    'same from 3.1': generator.is31 && (() => compare31(generator, folder)),
    names: !generator.noNames && (() => tryNames(generator)),
  };
  const row = { generator: name, version, language, edition };
  table.push(row);
  const began = Date.now();
  for (const [column, step] of Object.entries(steps)) row[column] = step ? '' : '-';
  for (const [column, step] of Object.entries(steps)) {
    if (!step) continue;
    try {
      step();
      row[column] = 'yes';
    } catch (error) {
      row[column] = 'NO';
      process.exitCode = 1;
      console.error(`\n${name}: ${column} fails\n${error.message}`);
      break;
    }
  }
  row.seconds = Math.round((Date.now() - began) / 1000);
}
stop();
console.table(table);
