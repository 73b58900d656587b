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

// contract returns the contract with this emulator as the server, and its first cluster as the example.
async function contract() {
  const { basePaths, cluster } = byId('swagger-ui').dataset;
  const spec = await (await fetch('/openapi.json')).json();
  if (cluster) spec.components.parameters.ClusterUUID.example = cluster;
  spec.servers = basePaths.split(' ').map((url) => ({ url, description: 'This emulator' }));
  return spec;
}

const nothing = () => null;

contract().then((spec) => SwaggerUIBundle({
  spec,
  dom_id: '#swagger-ui',
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  requestInterceptor: sign,
  validatorUrl: null,
  // The headers of the signature are not for a person to fill in.
  plugins: [() => ({ components: { authorizeBtn: nothing, authorizeOperationBtn: nothing } })],
}));
