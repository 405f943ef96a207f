// The facets: by what the shelf can be narrowed, with counts, and the chips of what it is narrowed by.

import { $, el } from '../dom.js';
import * as catalogue from './catalogue.js';

const FACETS = [
  { facet: 'brand', name: 'brand', title: 'Brand' },
  { facet: 'price', name: 'price', title: 'Price', single: true },
  { facet: 'attributes.Material', name: 'material', title: 'Material' },
  { facet: 'tag', name: 'tag', title: 'Tag' },
];
const FRESH = 60_000; // milliseconds
const labels = new Map(); // of values, by facet and value
const counted = new Map(); // the facets that came, by what they were asked for
let order = new Map(); // the place of each value, which it keeps while the search stays the same
let kept = '';
let aborter = new AbortController();

const key = (name, value) => `${name} ${value}`;
const chosen = (shown, { name, single }) => (single ? [shown[name]].filter(Boolean) : shown[name]);
const label = (name, value) => labels.get(key(name, value)) ?? value.replace('..', '–');

/** Show what narrows the shelf now; `change` takes what is to be shown instead. */
export async function show(shown, categories, change) {
  chips(shown, change);
  aborter.abort();
  aborter = new AbortController();
  const { signal } = aborter;
  try {
    const found = await count({ ...shown, categories }, { signal, lost: 1 });
    if (signal.aborted) return;
    put(shown, found, change);
    chips(shown, change);
  } catch (error) {
    if (!signal.aborted) $('#facets').hidden = true; // the shelf is there without them
  }
}

/** The values of each facet. A facet ignores the sort and its own filter: where these alone change it is known. */
async function count(shown, patience) {
  const asked = new Map(FACETS.map(({ facet, name }) => [facet, JSON.stringify([facet, { ...shown, sort: '', [name]: '' }])]));
  for (const [key, { at }] of counted) if (Date.now() - at > FRESH) counted.delete(key);
  const missing = [...asked.keys()].filter((facet) => !counted.has(asked.get(facet)));
  if (missing.length) {
    const found = await catalogue.facets(shown, missing, patience);
    for (const facet of missing) counted.set(asked.get(facet), { at: Date.now(), values: found[facet] });
  }
  return Object.fromEntries([...asked].map(([facet, key]) => [facet, counted.get(key).values]));
}

function put(shown, found, change) {
  const context = `${shown.q} ${shown.category}`;
  if (context !== kept) order = new Map();
  kept = context;
  const focused = document.activeElement?.dataset?.facet;
  const lists = FACETS.map((one) => list(one, found[one.facet] ?? [], shown, change)).filter(Boolean);
  $('#facet-lists').replaceChildren(...lists);
  $('#facets').hidden = !lists.length;
  if (focused) [...$('#facet-lists').querySelectorAll('input')].find(({ dataset }) => dataset.facet === focused)?.focus();
}

function list(one, values, shown, change) {
  const counts = new Map(values.map(({ value, count }) => [value, count]));
  for (const { value, label: text } of values) labels.set(key(one.name, value), text);
  for (const value of chosen(shown, one)) if (!counts.has(value)) counts.set(value, null); // none of those that are counted
  for (const value of counts.keys()) if (!order.has(key(one.name, value))) order.set(key(one.name, value), order.size);
  if (!counts.size) return null;
  const place = ([value]) => order.get(key(one.name, value));
  const items = [...counts].sort((a, b) => place(a) - place(b)).map(([value, count]) => item(one, value, count, shown, change));
  return el('fieldset', {}, el('legend', {}, one.title), el('ul', {}, ...items));
}

function item(one, value, count, shown, change) {
  const now = chosen(shown, one);
  const toggle = ({ target }) => {
    const others = one.single ? [] : now.filter((other) => other !== value);
    const next = target.checked ? [...others, value] : others;
    change({ [one.name]: one.single ? (next[0] ?? '') : next });
  };
  const input = el('input', { type: 'checkbox', checked: now.includes(value), onchange: toggle, 'data-facet': key(one.name, value) });
  const told = count === null ? null : el('span', { class: 'tally' }, el('span', { class: 'unseen' }, ', '), count.toLocaleString('en'), el('span', { class: 'unseen' }, count === 1 ? ' product' : ' products'));
  return el('li', {}, el('label', {}, input, el('span', {}, label(one.name, value)), told));
}

function chips(shown, change) {
  const found = FACETS.flatMap((one) =>
    chosen(shown, one).map((value) => ({
      text: `${one.title}: ${label(one.name, value)}`,
      without: { [one.name]: one.single ? '' : shown[one.name].filter((other) => other !== value) },
    })),
  );
  if (shown.stock) found.push({ text: 'In stock', without: { stock: '' } });
  const all = { brand: [], tag: [], material: [], price: '', stock: '' };
  const made = found.map(({ text, without }) => chip(text, `Remove ${text}`, () => change(without)));
  if (found.length > 1) made.push(chip('Clear all', 'Remove all filters', () => change(all), 'clear'));
  $('#chips').replaceChildren(...made);
  $('#chips').hidden = !found.length;
}

function chip(text, title, remove, kind = 'chip') {
  const onclick = () => {
    remove();
    $('#heading').focus({ preventScroll: true });
  };
  return el('li', {}, el('button', { class: kind, type: 'button', 'aria-label': title, onclick }, text, kind === 'chip' ? el('span', { 'aria-hidden': 'true' }, ' ×') : null));
}
