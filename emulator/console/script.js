// Keeps the console up to date, and applies faults in place. The page works without it. Whatever came with a request or is in
// an entry is put in as text, never as HTML.
'use strict';

const maxRows = 100;
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

function requestRow(request) {
  const row = byId('request-template').content.querySelector('[data-number]').cloneNode(true);
  row.dataset.number = request.number;
  row.classList.add('new');
  setText(row, 'time', clock(request.time));
  setText(row, 'method', request.method);
  setText(row, 'target', request.target);
  setText(row, 'operation', request.operation || '').hidden = !request.operation;
  setText(row, 'status', request.status ? String(request.status) : 'no answer').dataset.tone = tone(request.status);
  setText(row, 'fault', `fault: ${request.fault}`).hidden = !request.fault;
  setText(row, 'ms', (request.durationNs / 1e6).toFixed(1));
  setText(row, 'accessKey', request.accessKey || '');
  const checked = request.signature === 'ok' || request.signature === 'not checked';
  const signature = setText(row, 'signature', checked ? request.signature : 'refused');
  signature.dataset.tone = request.signature === 'ok' ? 'good' : checked ? '' : 'bad';

  const diagnosis = request.diagnosis;
  const summary = diagnosis ? 'Why the signature was refused' : request.answer ? 'What was answered' : 'What was sent';
  setText(row, 'more', summary);
  field(row, 'more-row').hidden = !(diagnosis || request.answer || request.body);
  const part = (name, text) => {
    setText(row, name, text || '').closest('.part').hidden = !text;
  };
  part('body', request.body);
  part('answer', request.answer);
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
const logged = () => log.querySelectorAll('tbody');
const numberOf = (row) => Number(row.dataset.number);
let last = logged().length ? numberOf(logged()[0]) : 0;

async function updateRequests() {
  const answer = await get(`/_emulator/requests?after=${last}`);
  if (answer.last < last) last = 0; // the emulator was started again: the rest comes with the next look
  for (const row of logged()) {
    if (numberOf(row) <= answer.cleared || numberOf(row) > answer.last) row.remove();
  }
  for (const request of answer.requests.slice(-maxRows)) {
    log.tHead.after(requestRow(request));
    last = request.number;
  }
  [...logged()].slice(maxRows).forEach((row) => row.remove());
  log.hidden = logged().length === 0;
  byId('no-requests').hidden = !log.hidden;
}

// The clusters and their entries.

const policyInText = ({ type, namespaces }) => (namespaces && namespaces.length ? `${type}@${namespaces.join(',')}` : type);

function fillEntry(row, entry, text) {
  row.dataset.uuid = entry.uuid;
  row.shown = text;
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
  }
}

async function send(form) {
  const response = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  if (!response.ok) throw new Error(await response.text());
}

async function applyFaults(name) {
  changes++;
  const error = byId('fault-error');
  try {
    await send(faults);
    error.hidden = true;
    if (name) {
      const label = faults.querySelector(`label[for="on-${name}"]`).textContent;
      announce(byId(`on-${name}`).checked ? `${label} on: ${byId(`value-${name}`).value}` : `${label} off`);
    } else {
      announce('Faults applied');
    }
  } catch (e) {
    error.textContent = e.message;
    error.hidden = false;
  }
  changes++;
  update();
}

faults.addEventListener('submit', (event) => {
  event.preventDefault();
  applyFaults('');
});
faults.addEventListener('change', ({ target }) => {
  const name = target.type === 'checkbox' ? target.value : target.name;
  if (target.type === 'checkbox' || byId(`on-${name}`).checked) applyFaults(name);
});
byId('apply').hidden = true; // each change applies at once

byId('reset').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await send(event.target);
    announce('Reset: the entries are those of the start');
  } catch (e) {
    announce(`Reset failed: ${e.message}`);
  }
  update();
});

// The loop.

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

async function updateState() {
  const before = changes;
  const state = await get(`/_emulator/state?limit=${maxRows}`);
  if (before === changes) showFaults(state.faults);
  const nodes = new Map([...document.querySelectorAll('[data-cluster]')].map((node) => [node.dataset.cluster, node]));
  for (const cluster of state.clusters) {
    const node = nodes.get(cluster.cluster.uuid);
    if (!node) return location.reload(); // another emulator has taken its place
    updateCluster(node, cluster);
  }
}

let timer = 0;
let updating = false;
let reachable = true;

async function update() {
  if (updating) return;
  updating = true;
  clearTimeout(timer);
  let now = true;
  try {
    await Promise.all([updateRequests(), updateState()]);
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
