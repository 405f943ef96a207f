// The basket: what one wants, kept in this browser, the same in all its tabs.

import { isCount, keep, kept } from '../kept.js';

const KEY = 'tandem.basket';
const MOST = 10_000;
const listeners = new Set();

const isLine = (line) => isCount(line?.productId) && isCount(line.quantity) && [line.id, line.name, line.price, line.currency].every((text) => typeof text === 'string');

const read = () => kept(KEY, (all) => Array.isArray(all) && all.every(isLine)) ?? [];

/**
 * Lines `{id, productId, name, price, currency, stock, image, quantity}`; what they say may have changed since. Those of a
 * variant have its global `id`, its `variantId`, and its `choice` in words.
 */
export const lines = () => read();

export const count = () => read().reduce((sum, { quantity }) => sum + quantity, 0);

export function onChange(heard) {
  listeners.add(heard);
}

export function add(product, quantity = 1, variant = null) {
  const { id, productId, name, price, currency, stock, image } = product;
  const added = { id, productId, name, price, currency, stock, image, quantity, ...(variant && ofVariant(product, variant)) };
  const had = read();
  const line = had.find((one) => one.id === added.id);
  if (line) line.quantity = Math.min(line.quantity + quantity, MOST);
  else had.push(added);
  write(had, title(added));
}

function ofVariant({ image, images }, { id, variantId, price, stock, imageId, options }) {
  const own = images.find((one) => one.imageId === imageId) ?? image;
  return { id, variantId, price, stock, image: own, choice: options.map(({ value }) => value).join(', ') };
}

/** What a line is called. */
export const title = ({ name, choice }) => (choice ? `${name}, ${choice}` : name);

/** Set how many of a line; none takes it out. */
export function set(id, quantity) {
  const kept = read().map((line) => (line.id === id ? { ...line, quantity: Math.min(quantity, MOST) } : line));
  write(kept.filter((line) => line.quantity > 0));
}

export function remove(gone) {
  write(read().filter((line) => !gone(line)));
}

/** What has been read again: products and variants as they are now, by their global ids. */
export function refresh(found) {
  const now = new Map(found.filter(Boolean).map((one) => [one.id, one]));
  write(read().map((line) => ({ ...line, ...now.get(line.id), gone: !now.has(line.id) })));
}

function write(changed, added = null) {
  keep(KEY, changed);
  for (const heard of listeners) heard(added);
}

addEventListener('storage', ({ key }) => {
  if (key === KEY) for (const heard of listeners) heard(null);
});
