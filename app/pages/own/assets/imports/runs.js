// The imports of the service: how far each has come, what came of it, and what was bad.

import { $, el } from '../dom.js';
import * as api from './api.js';

const BETWEEN = 2000;
const WORDS = { queued: 'waits', running: 'runs', done: 'done', failed: 'failed', cancelled: 'cancelled' };
const isOpen = ({ status }) => status === 'queued' || status === 'running';
const count = (number) => number.toLocaleString('en');

let watching = null;

/** Show the imports, and go on for as long as one is open. */
export async function watch(failed) {
  clearTimeout(watching);
  try {
    const items = await api.list();
    $('#runs').hidden = !items.length;
    $('#run-list').replaceChildren(...items.map((one) => run(one, failed)));
    if (items.some(isOpen)) watching = setTimeout(() => watch(failed), BETWEEN);
  } catch (error) {
    failed(error);
  }
}

function run(one, failed) {
  const kind = one.dryRun ? 'Dry run' : 'Import';
  return el('li', { class: `run ${one.status}`, 'data-id': String(one.importId) },
    el('div', { class: 'between' },
      el('h3', {}, `${kind} ${one.importId}`, el('span', { class: `state ${one.status}` }, WORDS[one.status])),
      el('div', { class: 'acts' },
        one.bad > 0 && el('button', { class: 'button quiet', type: 'button', onclick: () => download(one).catch(failed) }, 'Download problems'),
        isOpen(one) && el('button', { class: 'button quiet', type: 'button', onclick: (event) => cancel(event, one.importId, failed) }, 'Cancel'))),
    one.status === 'running' && bar(one),
    el('p', { class: 'hint' }, said(one)),
    one.lines > 0 && el('dl', {}, ...['created', 'updated', 'unchanged', 'bad'].map((name) =>
      el('div', { class: name }, el('dt', {}, one.dryRun && name !== 'bad' ? `would be ${name}` : name), el('dd', {}, count(one[name]))))));
}

function bar({ lines, linesPerSecond, secondsLeft }) {
  const known = secondsLeft !== null && linesPerSecond;
  const all = known ? lines + secondsLeft * linesPerSecond : undefined;
  return el('progress', { 'aria-label': 'Lines', ...(known ? { max: String(all || 1), value: String(lines) } : {}) });
}

function said({ status, lines, ahead, message, linesPerSecond, secondsLeft }) {
  if (status === 'queued') return ahead ? `${count(ahead)} before it: one import runs at a time.` : 'It begins at once.';
  if (status === 'failed') return message;
  const read = lines === 1 ? '1 line' : `${count(lines)} lines`;
  if (status !== 'running') return status === 'cancelled' ? `Cancelled after ${read}; what has landed stays.` : read;
  const speed = linesPerSecond ? `, ${count(linesPerSecond)} a second` : '';
  return `${read}${speed}${secondsLeft === null ? '' : `, about ${count(secondsLeft)} s left`}`;
}

async function cancel(event, id, failed) {
  event.target.disabled = true;
  await api.cancel(id).catch(failed);
  await watch(failed);
}

async function download(one) {
  const href = URL.createObjectURL(await api.problems(one));
  const link = el('a', { href, download: `import-${one.importId}-problems.ndjson` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
