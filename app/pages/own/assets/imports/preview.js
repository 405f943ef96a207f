// The preview: the columns that are understood, and the first lines as they would land.

import { $, el } from '../dom.js';

const OUTCOMES = { created: 'new', updated: 'changes', unchanged: 'stays', bad: 'bad' };
const MOST = 120;

export function show({ columns, notHeld, lines }) {
  const unused = notHeld.map(({ name, count }) => el('li', { class: 'unused' }, name, el('span', {}, `not imported (${count})`)));
  const used = columns.map(({ name, member }) => el('li', {}, name, el('span', {}, member)));
  $('#columns').replaceChildren(used.length + unused.length ? el('ul', { class: 'columns', 'aria-label': 'Columns' }, used, unused) : '');
  $('#table').replaceChildren(lines.length ? table(lines) : el('p', { class: 'hint' }, 'The file has no lines.'));
  $('#preview').hidden = false;
}

const table = (lines) =>
  el('table', {},
    el('thead', {}, el('tr', {}, ...['Line', '', 'Sku', 'Name', 'Price', 'Stock', 'Categories'].map((name) => el('th', { scope: 'col' }, name || el('span', { class: 'unseen' }, 'Outcome'))))),
    el('tbody', {}, lines.map(row)));

function row({ line, outcome, product, problems }) {
  const head = [el('td', { class: 'number' }, String(line)), el('td', {}, el('span', { class: `outcome ${outcome}` }, OUTCOMES[outcome]))];
  if (!product) return el('tr', { class: 'bad' }, head, el('td', { colspan: '5' }, problems.map(({ message }) => message.replaceAll('`', '')).join(' ')));
  const { sku, name, price, currency, stock, categories } = product;
  const cells = [sku, short(name), `${price} ${currency}`, stock === null ? '–' : String(stock), categories.join(', ')];
  return el('tr', {}, head, cells.map((cell, n) => el('td', { class: n === 2 || n === 3 ? 'number' : '' }, cell)));
}

const short = (text) => (text.length > MOST ? `${text.slice(0, MOST)}…` : text);

export const hide = () => ($('#preview').hidden = true);
