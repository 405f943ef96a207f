// One product, with all there is to say of it.

import { $, el } from '../dom.js';
import { to } from './address.js';
import * as basket from './basket.js';
import * as catalogue from './catalogue.js';
import { gallery } from './gallery.js';
import { pickers } from './pickers.js';
import { price } from './price.js';
import { tile } from './tile.js';

let aborter = new AbortController();

/** Show a product; true if there is one. `back` is the address to return to. */
export async function show(id, back) {
  aborter.abort();
  aborter = new AbortController();
  const { signal } = aborter;
  const place = $('#product');
  place.replaceChildren(back_(back), el('div', { class: 'one skeleton', 'aria-hidden': 'true' }, el('div', { class: 'frame' }), el('div', { class: 'facts' })));
  const status = el('p', { role: 'status', class: 'told' });
  place.append(status);
  const told = (what) => (status.textContent = what ? `Busy; going on in ${what.seconds} s.` : '');
  let product;
  try {
    product = await catalogue.product(id, { told, signal });
  } catch (error) {
    if (!signal.aborted) status.textContent = `The product could not be shown. ${error.message}`;
    return;
  }
  if (signal.aborted) return;
  place.replaceChildren(back_(back), product ? one(product) : missing(), product?.near.length ? near(product.near) : '');
  document.title = `${product?.name ?? 'No such product'} · The shop on Tandem`;
  $('h1', place).focus({ preventScroll: true });
}

const back_ = (back) => el('p', { class: 'back' }, el('a', { href: back }, '← Back to the shelf'));

const missing = () => el('div', { class: 'none' }, el('h1', { tabindex: '-1' }, 'There is no such product'), el('p', {}, 'It may have been taken off the shelf.'));

function one(product) {
  const { name, description, categories, brand } = product;
  const pictures = gallery(product);
  const sold = el('div', { role: 'status' });
  const [buy, article] = [el('div'), el('p', { class: 'sku' })];
  const show = (variant) => {
    sold.replaceChildren(...offer(product, variant));
    buy.replaceChildren(...(variant && variant.stock !== 0 ? [buying(product, variant)] : []));
    article.replaceChildren(...(variant?.sku ? ['Article ', el('code', {}, variant.sku)] : []));
    if (variant?.imageId) pictures.show(variant.imageId);
  };
  const choices = product.options.length ? pickers(product, show) : show(product);
  const trail = categories.map(({ categoryId, name: title }) => el('li', {}, el('a', { href: to({ category: String(categoryId) }) }, title)));
  return el('div', { class: 'one' },
    pictures,
    el('div', { class: 'facts' },
      el('ul', { class: 'trail', 'aria-label': 'Categories' }, ...trail),
      el('h1', { tabindex: '-1' }, name),
      brand ? el('p', { class: 'made-by' }, `By ${brand}`) : null,
      sold,
      choices,
      buy,
      el('p', { class: 'description' }, description),
      attributes(product.attributes),
      article));
}

/** What a variant costs, and how many are left. */
function offer({ currency }, variant) {
  if (!variant) return [el('p', { class: 'stock gone' }, 'It is not made like this')];
  return [price({ ...variant, currency }, 'p'), el('p', { class: `stock ${variant.stock === 0 ? 'gone' : 'here'}` }, stocked(variant))];
}

const WORDS = { true: 'yes', false: 'no' };

/** What is said of a product, name by name; an attribute of several values comes once for each. */
function attributes(all) {
  const byName = Map.groupBy(all, ({ name }) => name);
  if (!byName.size) return null;
  return el('dl', { class: 'attributes' }, ...Array.from(byName, ([name, values]) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, values.map(({ value }) => WORDS[value] ?? value).join(', ')))));
}

const stocked = ({ stock }) =>
  stock === null ? 'Available' : stock === 0 ? 'Sold out' : stock <= 5 ? `Only ${stock} left` : 'In stock';

function buying(product, variant) {
  const most = Math.min(variant.stock ?? 99, 99);
  const quantity = el('input', { id: 'quantity', type: 'number', min: '1', max: String(most), value: '1', inputmode: 'numeric', required: true });
  return el('form', { class: 'buy', onsubmit: (event) => {
    event.preventDefault();
    basket.add(product, quantity.valueAsNumber, variant === product ? null : variant);
  } },
  el('label', { for: 'quantity' }, 'Quantity'), quantity,
  el('button', { class: 'button', type: 'submit' }, 'Put into the basket'));
}

const near = (products) => el('section', { class: 'near', 'aria-labelledby': 'near' }, el('h2', { id: 'near' }, 'Stands beside it'), el('ul', { class: 'grid' }, ...products.map((product) => tile(product))));
