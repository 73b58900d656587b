// Writes the Postman collection as a Bruno collection, as Bruno's own import does.
//
//	node collection.mjs postman.json folder
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { postmanToBruno } from '@usebruno/converters';

// The command line of Bruno writes the same files as the app, but has no command for Postman.
const { createCollectionFromBrunoObject } = createRequire(import.meta.url)('@usebruno/cli/src/utils/collection.js');

const [file, folder] = process.argv.slice(2);
const { collection } = await postmanToBruno(JSON.parse(readFileSync(file, 'utf8')));

// Bruno writes a variable of the collection into its files. The UUID of an entry is for this run only.
for (const { request } of collection.items.flatMap(({ items }) => items)) {
  if (request.script?.res) request.script.res = request.script.res.replace('bru.setCollectionVar(', 'bru.setVar(');
}

/** environment returns an environment. Bruno keeps the values of secrets on the machine of the user. */
function environment(name, baseUrl) {
  const values = { baseUrl, accessKey: '', secretKey: '', clusterUuid: '', proxyToken: '' };
  const variables = Object.entries(values).map(([variable, value]) => ({
    name: variable, value, type: 'text', enabled: true, secret: ['secretKey', 'proxyToken'].includes(variable),
  }));
  return { name, variables };
}

// The variables of a collection would be written with its files, so keys belong into an environment.
delete collection.root.request.vars;
collection.environments = [
  environment('NKS', 'https://nks.apigw.ntruss.com/vnks/v2'),
  environment('emulator', 'http://127.0.0.1:8080/vnks/v2'),
  environment('proxy', 'http://127.0.0.1:8081/vnks/v2'),
];
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await createCollectionFromBrunoObject(collection, folder, { format: 'bru' });
