// The shelf: products page after page, by cursor, as one scrolls.

import { $, el } from '../dom.js';
import * as catalogue from './catalogue.js';
import { skeletons, tile } from './tile.js';

const EAGER = 8;
let current = null;

/** Show products from the first page on. `empty` is shown if there are none; `onCorrected` takes the corrected search that found them, or null. */
export function start(filter, { empty, onEmpty, onCorrected }) {
  current?.aborter.abort();
  current = { filter, cursor: null, shown: 0, total: 0, loading: false, ended: false, empty, onEmpty, onCorrected, aborter: new AbortController() };
  $('#grid').replaceChildren(...skeletons(12));
  $('#count-of').textContent = '';
  return next();
}

async function next() {
  const list = current;
  if (!list || list.loading || list.ended) return;
  list.loading = true;
  $('#grid').ariaBusy = 'true';
  $('#next').hidden = true;
  tell(list.shown ? 'More is on its way…' : '');
  const told = (what) => tell(what ? waiting(what) : '');
  try {
    const page = await catalogue.page(list.filter, list.cursor, { told, signal: list.aborter.signal });
    if (list === current) put(list, page);
  } catch (error) {
    if (list === current) failed(error);
  }
  list.loading = false;
  if (list === current) watch();
}

function put(list, { products, total, cursor, corrected }) {
  const grid = $('#grid');
  if (!list.shown) {
    grid.replaceChildren();
    list.total = total;
    list.onCorrected(total ? corrected : null);
    $('#count-of').textContent = total === 1 ? '1 product' : `${total.toLocaleString('en')} products`;
  }
  grid.append(...products.map((product, i) => tile(product, { eager: list.shown + i < EAGER })));
  list.shown += products.length;
  list.cursor = cursor;
  list.ended = !cursor;
  grid.ariaBusy = 'false';
  $('#next').textContent = 'Show more';
  $('#next').hidden = list.ended;
  tell(list.ended && list.shown > EAGER ? 'That is all.' : '');
  if (!list.shown) tell(list.empty, el('button', { class: 'button quiet', type: 'button', onclick: list.onEmpty }, 'Show everything'));
}

function failed(error) {
  if (!current.shown) $('#grid').replaceChildren();
  $('#grid').ariaBusy = 'false';
  tell(`The shop could not be reached. ${error.message}`);
  $('#next').textContent = 'Try again';
  $('#next').hidden = false;
}

const waiting = ({ busy, seconds }) =>
  busy ? `You are faster than the shop: it goes on in ${seconds} s.` : `No answer; asking again in ${seconds} s.`;

function tell(text, ...more) {
  const told = $('#told');
  if (told.textContent !== text || more.length) told.replaceChildren(text, ...more);
}

const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && $('#next').textContent === 'Show more' && next(), { rootMargin: '900px' });

/** Look anew whether the end of the shelf is near: an observer only tells what changes. */
function watch() {
  observer.unobserve($('#more'));
  observer.observe($('#more'));
}

$('#next').addEventListener('click', next);
