// Writes the contract as a Postman collection whose requests are signed.
//
//	node postman.mjs openapi.json collection.json
import { readFileSync, writeFileSync } from 'node:fs';
import converter from 'openapi-to-postmanv2';

const [contract, file] = process.argv.slice(2);
const text = readFileSync(contract, 'utf8');
const { paths } = JSON.parse(text);

// The pre-request script of the collection. It runs in Postman's sandbox, and in that of Bruno after an import.
const sign = `// Signs the request: docs/signature.md of nks-access explains it. Without a key pair it does not: nks-access proxy signs.
const crypto = require('crypto-js');
const value = (name) => pm.variables.replaceIn('{{' + name + '}}').replace('{{' + name + '}}', '');
const url = pm.variables.replaceIn(pm.request.url.toString());
const [, scheme, host, target] = url.match(/^(https?):\\/\\/([^/?#]+)([^#]*)/) ?? [];
if (!target || /\\/(\\/|$)|{{/.test(target)) throw new Error('set baseUrl, clusterUuid and entryUuid first: ' + url);
const accessKey = value('accessKey');
if (accessKey) {
  if (scheme !== 'https' && !/^(localhost|127\\.0\\.0\\.1|\\[::1\\])(:|$)/.test(host)) {
    throw new Error('not signing for plain HTTP: the signature does not cover the body');
  }
  const timestamp = String(Date.now());
  const text = pm.request.method + ' ' + target + '\\n' + timestamp + '\\n' + accessKey;
  const signature = crypto.enc.Base64.stringify(crypto.HmacSHA256(text, value('secretKey')));
  pm.request.headers.upsert({ key: 'x-ncp-apigw-timestamp', value: timestamp });
  pm.request.headers.upsert({ key: 'x-ncp-iam-access-key', value: accessKey });
  pm.request.headers.upsert({ key: 'x-ncp-apigw-signature-v2', value: signature });
}
const proxyToken = value('proxyToken');
if (proxyToken) {
  pm.request.headers.upsert({ key: 'Authorization', value: 'Bearer ' + proxyToken });
}`;

const succeeded = `pm.test('success', () => pm.expect(pm.response.code).to.be.within(200, 299));`;
const principal = 'nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c'; // of the first example of create
const findEntry = `// A create does not return the UUID of its entry. The list does.
const entry = pm.response.json().accessEntries.find(({ entry }) => entry === '${principal}');
if (entry) pm.collectionVariables.set('entryUuid', entry.uuid);`;

const event = (listen, script) => ({ listen, script: { type: 'text/javascript', exec: script.split('\n') } });

const { result, reason, output } = await new Promise((resolve, reject) => {
  converter.convert({ type: 'string', data: text }, {
    folderStrategy: 'Tags', parametersResolution: 'Example', includeAuthInfoInExample: false, alwaysInheritAuthentication: true,
  }, (error, converted) => (error ? reject(error) : resolve(converted)));
});
if (!result) throw new Error(reason);
const { info, item: folders } = output[0].data;

/** variables puts the collection's variables in the place of path parameters. Bruno imports the text of a URL only. */
function variables({ url }) {
  const names = { ':uuid': '{{clusterUuid}}', ':entryUuid': '{{entryUuid}}' };
  url.path = url.path.map((part) => names[part] ?? part);
  delete url.variable;
  url.raw = ['{{baseUrl}}', ...url.path].join('/');
}

/** firstExample returns the first example of a request body in the contract. */
function firstExample({ method, url }) {
  const path = `/${url.path.map((part) => part.replace(/^:(.*)/, '{$1}')).join('/')}`;
  const examples = paths[path][method.toLowerCase()].requestBody?.content['application/json'].examples ?? {};
  return Object.values(examples)[0]?.value;
}

// In this order the requests of access-entries are a session that runs from top to bottom.
const session = ['POST', 'GET list', 'GET', 'PUT', 'DELETE'];
const place = ({ request }) => session.indexOf(request.method === 'GET' && request.url.path.length === 3 ? 'GET list' : request.method);
for (const folder of folders) {
  folder.id = folder.name;
  if (folder.name === 'access-entries') folder.item.sort((a, b) => place(a) - place(b));
  for (const item of folder.item) {
    item.id = item.name; // the converter makes random ones
    const body = firstExample(item.request);
    variables(item.request);
    delete item.request.auth;
    if (body) item.request.body.raw = JSON.stringify(body, null, 2); // the converter makes one up
    item.response.forEach((example, i) => {
      example.id = `${item.name} ${example.code} ${i}`;
      variables(example.originalRequest);
    });
    const isList = place(item) === 1 && folder.name === 'access-entries';
    item.event = [event('test', isList ? `${succeeded}\n${findEntry}` : succeeded)];
  }
}

writeFileSync(file, `${JSON.stringify({
  info: { ...info, _postman_id: 'nks-access', name: info.name },
  item: folders,
  event: [event('prerequest', sign)],
  variable: [
    { key: 'baseUrl', value: 'https://nks.apigw.ntruss.com/vnks/v2', type: 'string' },
    { key: 'accessKey', value: '', type: 'string' },
    { key: 'secretKey', value: '', type: 'secret' },
    { key: 'clusterUuid', value: '', type: 'string' },
    { key: 'entryUuid', value: '', type: 'string' },
    { key: 'proxyToken', value: '', type: 'secret' },
  ],
  auth: { type: 'noauth' },
}, null, 2)}\n`);
