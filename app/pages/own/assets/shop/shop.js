// The shop: one page that shows a shelf or a product, as its address says.

import { $, el } from '../dom.js';
import * as address from './address.js';
import * as basket from './basket.js';
import * as catalogue from './catalogue.js';
import * as aisles from './categories.js';
import * as drawer from './drawer.js';
import * as facets from './facets.js';
import * as list from './list.js';
import * as product from './product.js';
import * as suggest from './suggest.js';

let shelf = null; // the address of what the shelf shows
let scrolled = 0;

function show(shown) {
  const one = Boolean(shown.product);
  if (one && $('#product').hidden) scrolled = scrollY;
  $('#browse').hidden = one;
  $('#product').hidden = !one;
  if (one) {
    scrollTo(0, 0);
    product.show(shown.product, shelf ?? 'shop');
  } else showShelf(shown);
}

function showShelf(shown) {
  const changed = shelf !== address.to(shown);
  shelf = address.to(shown);
  const heading = shown.q ? `“${shown.q}”` : (aisles.name(shown.category) ?? 'Everything');
  $('#heading').textContent = heading;
  document.title = `${heading} · The shop on Tandem`;
  if ($('#q') !== document.activeElement) $('#q').value = shown.q;
  $('#sort option[value=best]').hidden = !shown.q;
  $('#sort').value = catalogue.sorted(shown);
  $('#in-stock').checked = shown.stock === '1';
  aisles.show(shown);
  if (!changed) return scrollTo(0, scrolled);
  scrollTo(0, 0);
  const empty = shown.q ? `Nothing here has words that begin with “${shown.q}”.` : 'Nothing stands here yet.';
  meant(null, shown);
  const categories = aisles.within(shown.category);
  list.start({ ...shown, categories }, { empty, onEmpty: () => address.go({}), onCorrected: (q) => meant(q, shown) });
  facets.show(shown, categories, change);
}

/** Say which search found the products, where no product has a word of the one that was typed. */
function meant(q, shown) {
  $('#meant').hidden = !q;
  if (!q) return $('#meant').replaceChildren();
  const link = el('a', { href: address.to({ ...shown, q }) }, q);
  $('#meant').replaceChildren(`Nothing is called “${shown.q}”. Did you mean `, link, '? This is what it finds.');
}

/** Change some of what is shown; the shelf is left as it is while a product stands before it. */
const change = (some, how) => address.go({ ...address.read(), product: '', ...some }, how);

function wire() {
  const search = (q) => address.go({ q });
  suggest.start(({ kind, text, id }) => {
    if (kind === 'query') $('#q').value = text;
    else $('#q').value = '';
    if (kind === 'query') search(text);
    else if (kind === 'brand') address.go({ brand: [text] });
    else address.go({ [kind]: String(id) });
  });
  $('#search').addEventListener('submit', (event) => {
    event.preventDefault();
    suggest.close();
    search($('#q').value.trim());
  });
  addEventListener('popstate', () => ($('#q').value = address.read().q)); // also while the field has the focus
  $('#sort').addEventListener('change', () => {
    const usual = catalogue.sorted({ q: address.read().q, sort: '' });
    change({ sort: $('#sort').value === usual ? '' : $('#sort').value });
  });
  $('#in-stock').addEventListener('change', () => change({ stock: $('#in-stock').checked ? '1' : '' }));
}

let noticing;
function badge(added) {
  const count = basket.count();
  $('#bag-count').textContent = count;
  $('#bag-count').hidden = !count;
  $('#bag').ariaLabel = count ? `Basket, ${count} in it` : 'Basket, empty';
  if (!added) return;
  clearTimeout(noticing);
  $('#notice').textContent = `${added} is in the basket.`;
  $('#notice').hidden = false;
  noticing = setTimeout(() => ($('#notice').hidden = true), 3500);
}

if (matchMedia('(max-width: 800px)').matches) $('#facets').open = false;
history.scrollRestoration = 'manual';
wire();
address.onChange(show);
address.followLinks();
basket.onChange(badge);
badge();
drawer.start();
const shown = address.read();
if (!shown.category) show(shown);
// What the shelf shows of a category depends on the tree; the rest need not wait for it.
aisles.learn(await catalogue.categories({ lost: 1 }).catch(() => []));
if (shown.category) show(address.read());
else aisles.show(address.read());
