// The aisles: the tree of categories, opened along the one that is shown.

import { $, el } from '../dom.js';
import { to } from './address.js';

let all = [];
const below = (id) => all.filter(({ parent }) => (parent?.categoryId ?? null) === id);
const named = (id) => all.find(({ categoryId }) => categoryId === id);

export function learn(categories) {
  all = categories;
}

export const name = (id) => named(Number(id))?.name;

/** A category and all below it, as a filter takes them; null for all products. */
export function within(id) {
  if (!id) return null;
  const found = [Number(id)];
  for (const one of found) found.push(...below(one).map(({ categoryId }) => categoryId));
  return found.map(String);
}

export function show(shown) {
  const open = new Set();
  for (let one = named(Number(shown.category)); one; one = named(one.parent?.categoryId)) open.add(one.categoryId);
  const everything = el('li', {}, link('Everything', '', shown));
  $('#aisles').replaceChildren(el('ul', {}, everything, ...branch(null, open, shown)));
}

const branch = (parent, open, shown) =>
  below(parent).map(({ categoryId, name: title }) => {
    const inner = open.has(categoryId) ? branch(categoryId, open, shown) : [];
    return el('li', {}, link(title, String(categoryId), shown), inner.length ? el('ul', {}, ...inner) : null);
  });

function link(title, category, shown) {
  const here = shown.category === category && !shown.product;
  return el('a', { href: to({ ...shown, category, product: '' }), 'aria-current': here ? 'page' : null }, title);
}
