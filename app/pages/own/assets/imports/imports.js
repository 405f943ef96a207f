// Imports: choose a file, see how it is read, try it or import it, and watch.

import { $ } from '../dom.js';
import { NeedsKey } from '../graphql.js';
import * as api from './api.js';
import * as preview from './preview.js';
import * as runs from './runs.js';

let file = null;
let asked = 0;

const options = () => ({
  mapping: mapping($('#mapping').value),
  currency: $('#currency').value.trim().toUpperCase(),
  decimal: $('#decimal').value,
  encoding: $('#encoding').value,
  lastWins: $('#last-wins').checked ? 'true' : '',
});

/** Pairs such as `Preis=price, Nr=sku` as a JSON object. */
function mapping(text) {
  const pairs = text.split(',').filter((pair) => pair.trim()).map((pair) => pair.split(/=(?=[^=]*$)/).map((part) => part.trim()));
  return pairs.length ? JSON.stringify(Object.fromEntries(pairs)) : '';
}

function tell(text, bad = false) {
  $('#told').textContent = text;
  $('#told').classList.toggle('bad', bad);
}

function failed(error) {
  if (error instanceof NeedsKey || error.code === 'FORBIDDEN' || error.code === 'forbidden') $('#key-form').hidden = false;
  tell(error.message.replace(/mapping \{"(.*)": "sku"\}/, 'Columns: $1=sku').replaceAll('`', ''), true);
}

function choose(chosen) {
  if (!chosen) return;
  file = chosen;
  $('#mapping').value = '';
  $('#file-name').textContent = file.name;
  $('#file-size').textContent = size(file.size);
  $('#options').hidden = false;
  show();
}

const size = (bytes) => (bytes < 2 ** 20 ? `${Math.max(1, Math.round(bytes / 2 ** 10))} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`);

/** Preview the file; of several previews only the last one that was asked for is shown. */
async function show() {
  const number = (asked += 1);
  preview.hide();
  tell('Reading the first lines…');
  try {
    const told = await api.preview(file, options());
    if (number !== asked) return;
    preview.show(told);
    tell('');
  } catch (error) {
    if (number === asked) failed(error);
  }
}

async function begin(dryRun) {
  for (const button of [$('#dry-run'), $('#start')]) button.disabled = true;
  tell('Sending the file…');
  try {
    await api.start(file, { ...options(), dryRun: String(dryRun) }, (part) => tell(`Sending the file: ${Math.floor(100 * part)} %`));
    tell('');
    await runs.watch(failed);
    $('#runs').scrollIntoView({ behavior: 'smooth' });
  } catch (error) {
    failed(error);
  }
  for (const button of [$('#dry-run'), $('#start')]) button.disabled = false;
}

function wire() {
  $('#file').addEventListener('change', () => {
    choose($('#file').files[0]);
    $('#file').value = ''; // so that the same file can be chosen again, once it is mended
  });
  for (const name of ['dragover', 'dragleave', 'drop']) {
    $('#drop').addEventListener(name, (event) => {
      event.preventDefault();
      $('#drop').classList.toggle('over', name === 'dragover');
      if (name === 'drop') choose(event.dataTransfer.files[0]);
    });
  }
  $('#options').addEventListener('change', show);
  $('#options').addEventListener('submit', (event) => event.preventDefault());
  $('#dry-run').addEventListener('click', () => begin(true));
  $('#start').addEventListener('click', () => begin(false));
  $('#key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    api.useKey($('#key').value.trim());
    $('#key-form').hidden = true;
    tell('');
    runs.watch(failed);
    if (file) show();
  });
}

wire();
await runs.watch(failed);
