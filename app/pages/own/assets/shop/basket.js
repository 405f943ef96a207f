// The basket: what one wants, kept in this browser, the same in all its tabs.

import { isCount, keep, kept } from '../kept.js';

const KEY = 'tandem.basket';
const MOST = 10_000;
const listeners = new Set();

const isLine = (line) => isCount(line?.productId) && isCount(line.quantity) && [line.name, line.price, line.currency].every((text) => typeof text === 'string');

const read = () => kept(KEY, (all) => Array.isArray(all) && all.every(isLine)) ?? [];

/** Lines `{id, productId, name, price, currency, stock, image, quantity}`; what they say may have changed since. */
export const lines = () => read();

export const count = () => read().reduce((sum, { quantity }) => sum + quantity, 0);

export function onChange(heard) {
  listeners.add(heard);
}

export function add(product, quantity = 1) {
  const { id, productId, name, price, currency, stock, image } = product;
  const had = read();
  const line = had.find((one) => one.productId === productId);
  if (line) line.quantity = Math.min(line.quantity + quantity, MOST);
  else had.push({ id, productId, name, price, currency, stock, image, quantity });
  write(had, name);
}

/** Set how many of a product; none takes it out. */
export function set(productId, quantity) {
  const kept = read().map((line) => (line.productId === productId ? { ...line, quantity: Math.min(quantity, MOST) } : line));
  write(kept.filter((line) => line.quantity > 0));
}

export function remove(productIds) {
  write(read().filter(({ productId }) => !productIds.includes(productId)));
}

/** What has been read again: products as they are now, by their global ids. */
export function refresh(products) {
  const now = new Map(products.filter(Boolean).map((product) => [product.id, product]));
  write(read().map((line) => ({ ...line, ...now.get(line.id), gone: !now.has(line.id) })));
}

function write(changed, added = null) {
  keep(KEY, changed);
  for (const heard of listeners) heard(added);
}

addEventListener('storage', ({ key }) => {
  if (key === KEY) for (const heard of listeners) heard(null);
});
