// Generates a client with each generator, compiles it, and makes sessions with an emulator: one as the contract says, and one with each
// deviation of the service.
//
//	node run.mjs            all generators
//	node run.mjs ogen kubb  these alone
//
// It needs bin/nks-access ("make build"), the editions of the contract ("make docs"), and what machine.mjs lists.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deviations } from './deviations.mjs';
import { missing } from './machine.mjs';
import { run, startEmulator } from './process.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { generators } = await import('./generators.mjs'); // reads package.json

const edition31 = '../../dist/openapi-3.1.yaml';
const editions = { contract: '../../api/openapi.yaml', 3.1: edition31, plain: '../../dist/openapi-plain.yaml', all: '' };
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
  generator.compileOther?.(folderNames);
}

/** tryContract generates and compiles a client from the contract. */
function tryContract(generator) {
  const { folderContract = `out/contract/${generator.name}` } = generator;
  generate(generator, editions.contract, folderContract);
  generator.compileOther(folderContract);
}

const emulator = await startEmulator();

/** trySession makes a session in which the service deviates. It returns the error, or undefined. */
async function trySession(generator, fault) {
  const [name] = fault.split('=');
  await emulator.reset();
  await emulator.set(fault);
  try {
    if (name === 'unknown') await emulator.create(entryOfTheFuture);
    generator.session({ ...emulator.env, DEVIATION: fault });
  } catch (error) {
    return error;
  } finally {
    await emulator.set(`${name}=0`);
    await emulator.reset();
  }
}

const entryOfTheFuture = {
  type: 'ROLE', entry: 'nrn:PUB:IAM::5000008:Role/ffffffff-0000-0000-0000-246e966ebec4',
  policies: [{ type: 'NKSPolicyOfTheFuture', scope: 'cluster' }],
};

/** tryDeviations makes a session with each deviation. Those in breaks must fail, with the error that stands there; the others must not. */
async function tryDeviations(generator) {
  const wrong = [];
  const end = ({ message }) => message.trim().split('\n').slice(-4).join('\n');
  for (const [fault, words] of Object.entries(deviations)) {
    const expected = generator.breaks?.[fault];
    const error = await trySession(generator, fault);
    if (error && !expected) wrong.push(`${words} (${fault}) breaks it: ${end(error)}`);
    else if (error && !expected.test(error.message)) wrong.push(`${words} (${fault}) breaks it in another way: ${end(error)}`);
    else if (!error && expected) wrong.push(`${words} (${fault}) does not break it any more`);
  }
  if (wrong.length) throw new Error(wrong.join('\n'));
}

const names = process.argv.slice(2);
const wanted = names.length ? names.map((name) => generators.find((g) => g.name === name)) : generators;
if (wanted.includes(undefined)) throw new Error(`want names out of ${generators.map(({ name }) => name).join(', ')}`);
const lacking = missing([...new Set(wanted.flatMap(({ needs }) => needs))]);
if (lacking.length) {
  console.error(lacking.join('\n'));
  emulator.stop();
  process.exit(1);
}

rmSync('out', { recursive: true, force: true });
const table = [];
for (const generator of wanted) {
  const { name, version, language, edition, folder = `out/${name}` } = generator;
  const steps = {
    generates: () => generate(generator, editions[edition], folder),
    'types resolve': generator.look,
    compiles: generator.compile,
    session: generator.session && (() => generator.session(emulator.env)),
    deviations: generator.session && (() => tryDeviations(generator)),
    'same from 3.1': generator.is31 && (() => compare31(generator, folder)),
    contract: generator.isForContract && (() => tryContract(generator)),
    names: !generator.noNames && (() => tryNames(generator)),
  };
  const row = { generator: name, version, language, edition };
  table.push(row);
  const began = Date.now();
  for (const [column, step] of Object.entries(steps)) row[column] = step ? '' : '-';
  for (const [column, step] of Object.entries(steps)) {
    if (!step) continue;
    try {
      await step();
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
emulator.stop();
console.table(table);
