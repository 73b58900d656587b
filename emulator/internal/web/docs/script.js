// Shows the contract, and signs the requests of Try it out as the security scheme of the contract says.
'use strict';

const byId = (id) => document.getElementById(id);

async function hmac(secretKey, text) {
  const utf8 = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', utf8.encode(secretKey), algorithm, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(text)));
  return btoa(String.fromCharCode(...bytes));
}

async function sign(request) {
  const url = new URL(request.url, location.href);
  if (url.origin !== location.origin) throw new Error('This page sends requests to this emulator only.');
  const accessKey = byId('access-key').value;
  const timestamp = String(Date.now());
  const text = `${request.method.toUpperCase()} ${url.pathname}${url.search}\n${timestamp}\n${accessKey}`;
  request.headers['x-ncp-apigw-timestamp'] = timestamp;
  request.headers['x-ncp-iam-access-key'] = accessKey;
  request.headers['x-ncp-apigw-signature-v2'] = await hmac(byId('secret-key').value, text);
  byId('string-to-sign').textContent = text;
  byId('signed').hidden = false;
  return request;
}

const isUUID = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text || '');

// contract returns the contract with this emulator as the server. The UUIDs of the page's address, as the links of the console
// have them, are the examples. Without them, the first cluster is.
async function contract() {
  const { basePaths, cluster: first } = byId('swagger-ui').dataset;
  const asked = new URLSearchParams(location.search);
  const cluster = isUUID(asked.get('cluster')) ? asked.get('cluster') : first;
  const entry = asked.get('entry');
  const spec = await (await fetch('/openapi.json')).json();
  const { ClusterUUID, EntryUUID } = spec.components.parameters;
  if (cluster) fillIn(ClusterUUID, cluster);
  if (isUUID(entry)) {
    fillIn(EntryUUID, entry);
    offerCurrent(spec, await grantsOf(cluster, entry));
  }
  spec.servers = basePaths.split(' ').map((url) => ({ url, description: 'This emulator' }));
  return spec;
}

// fillIn makes a value the only example of a parameter, which its field then has.
function fillIn(parameter, value) {
  delete parameter.examples;
  parameter.example = value;
}

// grantsOf returns the groups and policies of an entry, or nothing if there is no such entry.
async function grantsOf(cluster, uuid) {
  const state = await (await fetch('/_emulator/state')).json();
  const found = state.clusters.find((one) => one.cluster.uuid === cluster);
  const entry = found?.accessEntries.find((one) => one.uuid === uuid);
  if (!entry) return undefined;
  const policies = (entry.policies || []).map(({ type, scope, namespaces }) => {
    const policy = { type, scope: scope.toLowerCase() }; // requests spell it so
    if (namespaces?.length) policy.namespaces = namespaces;
    return policy;
  });
  return { groups: entry.groups || [], policies };
}

// offerCurrent makes what an entry has now the first example of an update, which replaces all of it.
function offerCurrent(spec, grants) {
  if (!grants) return;
  for (const operations of Object.values(spec.paths)) {
    if (operations.put?.operationId !== 'updateAccessEntry') continue;
    const json = operations.put.requestBody.content['application/json'];
    json.examples = { current: { summary: 'What the entry has now', value: grants }, ...json.examples };
  }
}

const nothing = () => null;

// closedErrors shows an error response as one line that opens it.
const closedErrors = (Response, { React }) => function ClosedError(props) {
  const [open, setOpen] = React.useState(false);
  const code = String(props.code);
  if (code < '400') return React.createElement(Response, props);
  const words = String(props.response.get('description') || '').split(/[.:](\s|$)/)[0].replaceAll('`', '');
  const button = React.createElement('button', {
    type: 'button', className: 'open-error', 'aria-expanded': open, onClick: () => setOpen(!open),
  }, words);
  const line = React.createElement('tr', { className: 'error-line' },
    React.createElement('td', { className: 'response-col_status' }, code),
    React.createElement('td', { colSpan: 2 }, button));
  return React.createElement(React.Fragment, null, line, open && React.createElement(Response, props));
};

contract().then((spec) => SwaggerUIBundle({
  spec,
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  requestInterceptor: sign,
  validatorUrl: null,
  onComplete: () => document.querySelector('.opblock.is-open')?.scrollIntoView(),
  plugins: [() => ({
    // The headers of the signature are not for a person to fill in.
    components: { authorizeBtn: nothing, authorizeOperationBtn: nothing },
    wrapComponents: { response: closedErrors },
  })],
}));
