// A product as it stands on a shelf.

import { el } from '../dom.js';
import { picture } from '../picture.js';
import * as basket from './basket.js';
import { price } from './price.js';

export function stock({ stock: left }) {
  if (left === 0) return el('span', { class: 'stock gone' }, 'Sold out');
  if (left !== null && left <= 5) return el('span', { class: 'stock few' }, `Only ${left} left`);
  return null;
}

const choice = (options) => `Choice of ${options.map(({ name }) => name.toLowerCase()).join(', ')}`;

export function tile(product, { eager = false } = {}) {
  const { productId, name, options } = product;
  const gone = !options.length && product.stock === 0;
  const add = el('button', { class: 'add', type: 'button', 'aria-label': `Put ${name} into the basket`, onclick: () => basket.add(product) }, '+');
  return el('li', { class: gone ? 'tile gone' : 'tile', 'data-product': productId },
    el('a', { href: `shop?product=${productId}` },
      picture(product, { eager, sizes: '(max-width: 800px) 44vw, 14rem' }),
      el('span', { class: 'name' }, name)),
    el('p', { class: 'under' }, price(product), options.length ? el('span', { class: 'stock' }, choice(options)) : stock(product)),
    gone || options.length ? null : add);
}

export const skeletons = (count) =>
  Array.from({ length: count }, () =>
    el('li', { class: 'tile skeleton', 'aria-hidden': 'true' }, el('div', { class: 'frame' }), el('span', { class: 'name' }), el('p', { class: 'under' })));
