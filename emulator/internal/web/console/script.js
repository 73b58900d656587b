// Keeps the console up to date, and applies faults in place. The page works without it. Whatever came with a request or is in
// an entry is put in as text, never as HTML.
'use strict';

const maxRows = 100; // of the entries of a cluster
const page = 20; // requests that are shown at first, and that each press of the button adds
const byId = (id) => document.getElementById(id);
const field = (node, name) => node.querySelector(`[data-f="${name}"]`);

function setText(node, name, text) {
  const element = field(node, name);
  if (element.textContent !== text) element.textContent = text;
  return element;
}

// setParts puts texts into spans with a class, or none.
function setParts(element, parts) {
  if (element.textContent === parts.map(({ text }) => text).join('')) return;
  const spans = parts.map(({ text, kind }) => {
    const span = document.createElement('span');
    span.className = kind || '';
    span.textContent = text;
    return span;
  });
  element.replaceChildren(...spans);
}

// visible escapes what nobody sees, as the emulator does in the page: two names must not look alike.
const visible = (name) => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/gu, (character) => {
  const code = character.codePointAt(0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
});

// pieces splits a name after its separators, so that a narrow page breaks it there, not in a word.
const pieces = (name) => (visible(name).match(/[^/:,@._]*[/:,@._]+|[^/:,@._]+/g) || []).map((text) => ({ text, kind: 'piece' }));

// uuids splits a path into UUIDs, which the page shortens, and what is between them.
const uuids = (path) => path.split(/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i)
  .map((text, i) => ({ text, kind: i % 2 === 1 ? 'uuid' : '' }));

function setItems(node, name, texts, split) {
  const items = texts.map((text) => {
    const item = document.createElement('li');
    setParts(item, split ? split(text) : [{ text }]);
    return item;
  });
  field(node, name).replaceChildren(...items);
}

function announce(text) {
  byId('announce').textContent = text;
}

// The request log.

const tone = (status) => (status === 0 || status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good');
const digits = (n, count) => String(n).padStart(count, '0');
const clock = (t) => `${digits(t.getHours(), 2)}:${digits(t.getMinutes(), 2)}:${digits(t.getSeconds(), 2)}`;

function requestRow(request, old) {
  const row = byId('request-template').content.querySelector('[data-number]').cloneNode(true);
  row.dataset.number = request.number;
  row.classList.toggle('new', !old);
  row.words = [request.method, request.target, request.operation, request.status || 'no response', request.accessKey,
    request.signature, request.fault].join(' ').toLowerCase();
  const time = new Date(request.time);
  const took = (request.durationNs / 1e6).toFixed(1);
  setText(row, 'time', clock(time));
  setText(row, 'fraction', `.${digits(time.getMilliseconds(), 3)}`);
  setText(row, 'method', request.method);
  setParts(field(row, 'target'), uuids(request.target));
  setText(row, 'operation', request.operation || '');
  setText(row, 'status', request.status ? String(request.status) : 'no response').dataset.tone = tone(request.status);
  setText(row, 'fault', request.fault || '').closest('.badge').hidden = !request.fault;
  setText(row, 'ms', took);
  setText(row, 'accessKey', request.accessKey || 'none');
  setText(row, 'took', took);
  const checked = request.signature === 'ok' || request.signature === 'not checked';
  const signature = setText(row, 'signature', checked ? request.signature : 'refused');
  signature.dataset.tone = request.signature === 'ok' ? 'good' : checked ? '' : 'bad';

  const diagnosis = request.diagnosis;
  setText(row, 'more', diagnosis ? 'Why refused' : request.response ? 'Response' : request.body ? 'Body' : 'Details');
  row.querySelector('summary .unseen').textContent = ` of request ${request.number}`;
  const part = (name, text) => {
    setText(row, name, text || '').closest('.part').hidden = !text;
  };
  part('request', diagnosis ? '' : `${request.method} ${request.target}`);
  part('body', request.body);
  part('response', request.response);
  part('expected', diagnosis && diagnosis.expected);
  part('signed', diagnosis && diagnosis.signed);
  if (diagnosis) {
    const { method, target, timestamp, accessKey, signature: sent } = diagnosis.received;
    part('received', `${method} ${target}\ntimestamp   ${timestamp}\naccess key  ${accessKey}\nsignature   ${sent}`);
    setItems(row, 'findings', diagnosis.findings.map((finding) => finding.words));
    field(row, 'findings').closest('.part').hidden = false;
  }
  return row;
}

const log = byId('requests');
const maxRequests = 500; // as many as the emulator remembers
const logged = () => log.querySelectorAll('tbody');
const numberOf = (row) => Number(row.dataset.number);
let last = -1; // the number of the newest request in the log; -1 before the first response
let cleared = 0;
let shown = page;

// reload waits for the page of another emulator, whose keys and clusters may differ. Nothing goes on in this one.
function reload() {
  location.reload();
  return new Promise(() => {});
}

// updateRequests adds the new requests to the log. It reports whether anything happened since the last call.
async function updateRequests() {
  const before = changes;
  const response = await get(`/_emulator/requests?after=${Math.max(last, 0)}`);
  if (response.emulator !== document.body.dataset.emulator) await reload();
  const first = last < 0;
  const happened = first || response.requests.length > 0 || response.cleared !== cleared;
  if (before === changes) showFaults(response.faults);
  if (first) logged().forEach((row) => row.remove()); // the page came with the newest only
  cleared = response.cleared;
  for (const row of logged()) {
    if (numberOf(row) <= cleared) row.remove();
  }
  for (const request of response.requests) {
    log.tHead.after(requestRow(request, first));
  }
  last = Math.max(last, response.last);
  [...logged()].slice(maxRequests).forEach((row) => row.remove());
  if (happened) filterRequests();
  return happened;
}

// filterRequests shows the newest requests that have the text of the filter.
function filterRequests() {
  const text = byId('filter').value.trim().toLowerCase();
  const rows = [...logged()];
  const found = rows.filter((row) => row.words.includes(text));
  const visible = new Set(found.slice(0, shown));
  rows.forEach((row) => {
    row.hidden = !visible.has(row);
  });
  log.hidden = rows.length === 0;
  byId('no-requests').hidden = rows.length > 0;
  log.tHead.hidden = found.length === 0;
  byId('find').hidden = rows.length === 0;
  byId('no-match').hidden = rows.length === 0 || found.length > 0;
  byId('found').textContent = found.length ? `${visible.size} of ${found.length}${text ? ' that match' : ''}` : '';
  byId('older').hidden = visible.size === found.length;
}

byId('filter').addEventListener('input', () => {
  shown = page;
  filterRequests();
});
byId('show-all').addEventListener('click', () => {
  byId('filter').value = '';
  byId('filter').focus();
  filterRequests();
});
byId('older').addEventListener('click', () => {
  shown += page;
  filterRequests();
});

// The clusters and their entries.

const policyInText = ({ type, namespaces }) => (namespaces && namespaces.length ? `${type}@${namespaces.join(',')}` : type);

function fillEntry(row, cluster, entry, text) {
  row.dataset.uuid = entry.uuid;
  row.shown = text;
  setParts(field(row, 'name'), pieces(entry.principalName || ''));
  setParts(field(row, 'principal'), pieces(entry.entry));
  setText(row, 'uuid', entry.uuid);
  setItems(row, 'policies', (entry.policies || []).map(policyInText), pieces);
  setItems(row, 'groups', entry.groups || [], pieces);
  for (const link of row.querySelectorAll('[data-operation]')) {
    const uuids = new URLSearchParams({ cluster: cluster.uuid, entry: entry.uuid });
    link.href = `/docs?${uuids}#/access-entries/${link.dataset.operation}`;
    link.setAttribute('aria-label', `${link.textContent} the entry of ${entry.principalName || entry.entry}`);
  }
}

function updateCluster(node, { cluster, accessEntries, total }) {
  const ready = cluster.status === 'RUNNING' || cluster.status === 'NO_NODE';
  setText(node, 'status', cluster.status || '').dataset.tone = ready ? 'good' : 'warn';
  setText(node, 'authType', cluster.authType || '–');
  const configMap = cluster.authType === 'CONFIG_MAP';
  field(node, 'configMap').hidden = !configMap;
  setText(node, 'total', String(total));
  const table = node.querySelector('table');
  const body = table.tBodies[0];
  const gone = new Map([...body.rows].map((row) => [row.dataset.uuid, row]));
  accessEntries.forEach((entry, i) => {
    const text = JSON.stringify(entry);
    let row = gone.get(entry.uuid);
    gone.delete(entry.uuid);
    if (!row) {
      row = byId('entry-template').content.querySelector('tr').cloneNode(true);
      row.classList.add('new');
    }
    if (row.shown !== text) fillEntry(row, cluster, entry, text);
    if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null);
  });
  gone.forEach((row) => row.remove());
  table.hidden = accessEntries.length === 0;
  field(node, 'none').hidden = !table.hidden || configMap;
  field(node, 'cut').hidden = total === accessEntries.length;
}

// The faults.

const faults = byId('faults');
let changes = 0; // how often they were changed here

function showFaults(values) {
  for (const [name, value] of Object.entries(values)) {
    const on = byId(`on-${name}`);
    on.checked = value !== '';
    if (value !== '') on.closest('details')?.setAttribute('open', '');
    showValue(byId(`value-${name}`), value);
  }
  const count = Object.values(values).filter((value) => value !== '').length;
  byId('faults-on').textContent = `: ${count} on`;
  byId('faults-on').hidden = count === 0;
}

// showValue shows the value of a fault in its field. While the fault is off, the field shows an example, as a placeholder.
function showValue(element, value) {
  if (!element || element === document.activeElement) return;
  if (value !== '') element.value = value;
  else if (element.value === element.placeholder) element.value = '';
}

async function post(path, fields) {
  const response = await fetch(path, { method: 'POST', body: new URLSearchParams(fields) });
  if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
}

// applyFault sends one fault. The page has the words for a value that the emulator refuses.
async function applyFault(name) {
  changes++;
  const on = byId(`on-${name}`);
  const element = byId(`value-${name}`);
  const value = element?.value.trim() || on.dataset.example;
  const error = byId(`error-${name}`);
  try {
    await post(faults.action, { [name]: on.checked ? value : '' });
    const label = faults.querySelector(`label[for="on-${name}"]`).textContent;
    announce(on.checked ? `${label} on${element ? `: ${value}` : ''}` : `${label} off`);
    error.hidden = true;
  } catch (e) {
    if (e.status === 400) error.hidden = false; // else the emulator does not respond
  }
  element?.setAttribute('aria-invalid', String(!error.hidden));
  changes++;
  update();
}

faults.addEventListener('submit', (event) => event.preventDefault());
faults.addEventListener('change', ({ target }) => {
  const name = target.type === 'checkbox' ? target.value : target.name;
  const wrong = !byId(`error-${name}`).hidden;
  if (wrong && target.type !== 'checkbox') byId(`on-${name}`).checked = true; // it was meant to be on
  if (target.type === 'checkbox' || byId(`on-${name}`).checked) applyFault(name);
});
byId('apply').hidden = true; // each change applies at once

byId('reset').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await post(event.target.action, {});
    byId('reset-details').open = false;
    announce('Reset: the initial entries are back');
  } catch (e) {
    announce(`Reset failed: ${e.message}`);
  }
  update();
});

byId('copy').hidden = !navigator.clipboard; // browsers have it for HTTPS and loopback alone
byId('copy').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(byId('exports').textContent);
    byId('copy').textContent = 'Copied';
    announce('Copied the export lines');
  } catch {
    byId('exports').closest('details').open = true;
    announce('The browser did not allow copying. The lines are shown.');
  }
});

// The loop.

async function get(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

async function updateState() {
  const state = await get(`/_emulator/state?limit=${maxRows}`);
  busy = state.clusters.some(({ cluster }) => cluster.status === 'WORKING');
  const nodes = new Map([...document.querySelectorAll('[data-cluster]')].map((node) => [node.dataset.cluster, node]));
  for (const cluster of state.clusters) {
    updateCluster(nodes.get(cluster.cluster.uuid), cluster);
  }
}

let busy = false; // a busy cluster becomes ready without a request
let timer = 0;
let updating = false;
let reachable = true;
let seen = new Date(); // when the emulator responded last

// showReachable says in words whether the emulator responds. What would change it waits meanwhile.
function showReachable(now) {
  if (now) seen = new Date();
  const live = byId('live');
  live.textContent = now ? 'live' : 'not reachable';
  live.classList.toggle('lost', !now);
  live.hidden = false;
  if (now === reachable) return;
  reachable = now;
  byId('stopped').hidden = now;
  byId('stopped-since').textContent = clock(seen);
  faults.inert = !now;
  byId('reset').inert = !now;
  announce(now ? 'The emulator is back' : 'The emulator does not respond');
}

async function update() {
  if (updating) return;
  updating = true;
  clearTimeout(timer);
  let now = true;
  try {
    const happened = await updateRequests();
    if (happened || busy || !reachable) await updateState();
  } catch {
    now = false;
  }
  showReachable(now);
  updating = false;
  if (!document.hidden) timer = setTimeout(update, 1000);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) update();
});
update();
