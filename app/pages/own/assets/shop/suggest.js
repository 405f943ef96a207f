// Suggestions while typing: a combobox with a list (ARIA Authoring Practices, "Editable Combobox With List Autocomplete").

import { $, el } from '../dom.js';

const PAUSE = 150;
const MOST = 8;
const KINDS = { query: 'Search', category: 'Category', brand: 'Brand', product: 'Product' };
let items = [];
let active = -1;
let pausing;
let aborter = new AbortController();

/** Suggest for what is typed into the search; `choose` takes what was chosen. */
export function start(choose) {
  const field = $('#q');
  field.addEventListener('input', () => {
    clearTimeout(pausing);
    pausing = setTimeout(() => suggest(field.value.trim()), PAUSE);
  });
  field.addEventListener('blur', close);
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return; // the key belongs to the input method's own list
    if (event.key === 'Escape' && items.length) {
      event.preventDefault();
      close();
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && items.length) {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && active >= 0) {
      event.preventDefault();
      pick(choose, items[active]);
    }
  });
  // A press would take the focus, and with it the list, before it is a click.
  $('#suggestions').addEventListener('mousedown', (event) => event.preventDefault());
  $('#suggestions').addEventListener('click', (event) => {
    const option = event.target.closest('[role=option]');
    if (option) pick(choose, items[Number(option.dataset.place)]);
  });
}

export function close() {
  clearTimeout(pausing);
  aborter.abort();
  show([]);
}

async function suggest(q) {
  aborter.abort();
  aborter = new AbortController();
  const { signal } = aborter;
  if (!q) return show([]);
  try {
    const answer = await fetch(`v2/products/suggestions?${new URLSearchParams({ q, limit: MOST })}`, { signal });
    const found = answer.ok ? (await answer.json()).items : [];
    if (!signal.aborted && document.activeElement === $('#q')) show(found);
  } catch {
    if (!signal.aborted) show([]); // one can search without
  }
}

function pick(choose, item) {
  close();
  choose(item);
}

function show(found) {
  items = found;
  $('#suggestions').replaceChildren(...items.map(option));
  $('#suggestions').hidden = !items.length;
  $('#q').ariaExpanded = String(items.length > 0);
  $('#suggested').textContent = items.length ? `${items.length} suggestions` : '';
  select(-1);
}

const option = ({ kind, text }, place) =>
  el('li', { role: 'option', id: `suggestion-${place}`, 'aria-selected': 'false', 'data-place': String(place) },
    el('span', {}, text), el('span', { class: 'of-kind' }, KINDS[kind] ?? ''));

const move = (step) => select(((active + 1 + step + items.length + 1) % (items.length + 1)) - 1);

function select(place) {
  active = place;
  [...$('#suggestions').children].forEach((one, at) => (one.ariaSelected = String(at === place)));
  if (place < 0) return $('#q').removeAttribute('aria-activedescendant');
  $('#q').setAttribute('aria-activedescendant', `suggestion-${place}`);
  $('#suggestions').children[place].scrollIntoView({ block: 'nearest' });
}
