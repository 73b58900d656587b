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

function setItems(node, name, texts) {
  const items = texts.map((text) => {
    const item = document.createElement('li');
    item.textContent = text;
    return item;
  });
  field(node, name).replaceChildren(...items);
}

function announce(text) {
  byId('announce').textContent = text;
}

// The request log.

const tone = (status) => (status === 0 || status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good');
const clock = (time) => {
  const t = new Date(time);
  const digits = (n, count) => String(n).padStart(count, '0');
  return `${digits(t.getHours(), 2)}:${digits(t.getMinutes(), 2)}:${digits(t.getSeconds(), 2)}.${digits(t.getMilliseconds(), 3)}`;
};

function requestRow(request, old) {
  const row = byId('request-template').content.querySelector('[data-number]').cloneNode(true);
  row.dataset.number = request.number;
  row.classList.toggle('new', !old);
  row.words = [request.method, request.target, request.operation, request.status || 'no response', request.accessKey,
    request.signature, request.fault].join(' ').toLowerCase();
  setText(row, 'time', clock(request.time));
  setText(row, 'method', request.method);
  setText(row, 'target', request.target);
  setText(row, 'operation', request.operation || '').hidden = !request.operation;
  setText(row, 'status', request.status ? String(request.status) : 'no response').dataset.tone = tone(request.status);
  setText(row, 'fault', `fault: ${request.fault}`).hidden = !request.fault;
  setText(row, 'ms', (request.durationNs / 1e6).toFixed(1));
  setText(row, 'accessKey', request.accessKey || '');
  const checked = request.signature === 'ok' || request.signature === 'not checked';
  const signature = setText(row, 'signature', checked ? request.signature : 'refused');
  signature.dataset.tone = request.signature === 'ok' ? 'good' : checked ? '' : 'bad';

  const diagnosis = request.diagnosis;
  const summary = diagnosis ? 'Why the signature was refused' : request.response ? 'Response' : 'Request body';
  setText(row, 'more', summary);
  field(row, 'more-row').hidden = !(diagnosis || request.response || request.body);
  const part = (name, text) => {
    setText(row, name, text || '').closest('.part').hidden = !text;
  };
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

// updateRequests adds the new requests to the log. It reports whether anything happened since the last call.
async function updateRequests() {
  const before = changes;
  const response = await get(`/_emulator/requests?after=${Math.max(last, 0)}`);
  const first = last < 0;
  const happened = first || response.requests.length > 0 || response.cleared !== cleared || response.last < last;
  if (before === changes) showFaults(response.faults);
  if (first) logged().forEach((row) => row.remove()); // the page came with the newest only
  if (response.last < last) last = 0; // the emulator was restarted; the next call gets the rest
  cleared = response.cleared;
  for (const row of logged()) {
    if (numberOf(row) <= cleared || numberOf(row) > response.last) row.remove();
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
  byId('find').hidden = rows.length === 0;
  byId('found').textContent = `${visible.size} of ${found.length}${text ? ' that match' : ''}`;
  byId('older').hidden = visible.size === found.length;
}

byId('filter').addEventListener('input', () => {
  shown = page;
  filterRequests();
});
byId('older').addEventListener('click', () => {
  shown += page;
  filterRequests();
});

// The clusters and their entries.

const policyInText = ({ type, namespaces }) => (namespaces && namespaces.length ? `${type}@${namespaces.join(',')}` : type);

function fillEntry(row, entry, text) {
  row.dataset.uuid = entry.uuid;
  row.shown = text;
  setText(row, 'name', entry.principalName || '');
  setText(row, 'principal', entry.entry);
  setText(row, 'uuid', entry.uuid);
  setItems(row, 'policies', (entry.policies || []).map(policyInText));
  setItems(row, 'groups', entry.groups || []);
}

function updateCluster(node, { cluster, accessEntries, total }) {
  const ready = cluster.status === 'RUNNING' || cluster.status === 'NO_NODE';
  setText(node, 'status', cluster.status || '').dataset.tone = ready ? 'good' : 'warn';
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
    if (row.shown !== text) fillEntry(row, entry, text);
    if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] || null);
  });
  gone.forEach((row) => row.remove());
  table.hidden = accessEntries.length === 0;
  field(node, 'none').hidden = !table.hidden;
  field(node, 'cut').hidden = total === accessEntries.length;
}

// The faults.

const faults = byId('faults');
let changes = 0; // how often they were changed here

function showFaults(values) {
  for (const [name, value] of Object.entries(values)) {
    const text = byId(`value-${name}`);
    byId(`on-${name}`).checked = value !== '';
    if (value !== '' && text !== document.activeElement) text.value = value;
    if (value !== '') text.closest('details')?.setAttribute('open', '');
  }
}

async function post(path, fields) {
  const response = await fetch(path, { method: 'POST', body: new URLSearchParams(fields) });
  if (!response.ok) throw new Error(await response.text());
}

// applyFault sends one fault. An error is shown at its field.
async function applyFault(name) {
  changes++;
  const on = byId(`on-${name}`).checked;
  const value = byId(`value-${name}`);
  const error = byId(`error-${name}`);
  try {
    await post(faults.action, { [name]: on ? value.value : '' });
    const label = faults.querySelector(`label[for="on-${name}"]`).textContent;
    announce(on ? `${label} on: ${value.value}` : `${label} off`);
    error.hidden = true;
  } catch (e) {
    error.textContent = e.message;
    error.hidden = false;
  }
  value.setAttribute('aria-invalid', String(!error.hidden));
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
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

async function updateState() {
  const state = await get(`/_emulator/state?limit=${maxRows}`);
  busy = state.clusters.some(({ cluster }) => cluster.status === 'WORKING');
  const nodes = new Map([...document.querySelectorAll('[data-cluster]')].map((node) => [node.dataset.cluster, node]));
  for (const cluster of state.clusters) {
    const node = nodes.get(cluster.cluster.uuid);
    if (!node) return location.reload(); // another emulator has taken its place
    updateCluster(node, cluster);
  }
}

let busy = false; // a busy cluster becomes ready without a request
let timer = 0;
let updating = false;
let reachable = true;

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
  const live = byId('live');
  live.textContent = now ? 'live' : 'not reachable';
  live.classList.toggle('lost', !now);
  live.hidden = false;
  if (now !== reachable) announce(now ? 'The emulator is back' : 'The emulator is not reachable');
  reachable = now;
  updating = false;
  if (!document.hidden) timer = setTimeout(update, 1000);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) update();
});
update();
