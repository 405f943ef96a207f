// The drawer: the basket opened, and an order from its button to its receipt.

import { $, el } from '../dom.js';
import { NeedsKey, Refused } from '../graphql.js';
import * as basket from './basket.js';
import { again } from './catalogue.js';
import { asksKey, orders, receipt, section } from './lines.js';
import * as till from './till.js';

const drawer = $('#drawer');
let faults = new Map();
let placed = null;
let asking = null;
let sending = false;

export async function open() {
  $('#notice').hidden = true;
  if (!drawer.open) drawer.showModal();
  faults = new Map();
  if (!sending) placed = null;
  draw();
  const ids = basket.lines().map(({ id }) => id).slice(0, 100);
  if (ids.length && !till.pending()) await again(ids, { lost: 0 }).then(basket.refresh, () => {}); // what is known is shown
}

function draw() {
  const held = sending || till.pending() !== null;
  const all = [...orders()];
  const parts = all.map((order) => section(order, { faults, held, onOrder, many: all.length > 1 }));
  if (all.length > 1) parts.unshift(el('p', { class: 'hint' }, 'Prices in several currencies: each currency is an order of its own.'));
  const empty = el('div', { class: 'empty' }, el('p', {}, 'Nothing is in here yet.'), el('button', { class: 'button quiet', type: 'button', onclick: close }, 'Look around'));
  const top = asking ? asksKey(asking) : placed ? receipt(placed) : null;
  const focused = document.activeElement?.getAttribute('aria-label');
  $('#lines').replaceChildren(...[top, ...(parts.length || top ? parts : [empty])].filter(Boolean));
  if (focused) [...$('#lines').querySelectorAll('[aria-label]')].find((one) => one.ariaLabel === focused)?.focus();
}

function onOrder(lines) {
  till.take(lines);
  finish();
}

/** Bring the pending order to its end, whatever that takes. */
async function finish() {
  sending = true;
  [faults, placed, asking] = [new Map(), null, null];
  tell('Placing your order…');
  draw();
  try {
    const outcome = await till.settle((what) => tell(what ? waiting(what) : 'Placing your order…'));
    if (outcome?.order) {
      const bought = outcome.items.map(till.ordered);
      basket.remove((line) => bought.includes(till.ordered(line)));
    }
    show(outcome);
  } catch (error) {
    stopped(error);
  }
  sending = false;
  draw();
  $('.receipt h3, .asks input, .fault', drawer)?.focus();
}

function show(outcome) {
  if (!outcome) return tell('This order was brought to its end in another tab.');
  const { order = null, refusals = [] } = outcome;
  placed = order;
  faults = new Map(refusals.filter(({ of }) => of).map(({ of, message }) => [of, message]));
  const others = refusals.filter(({ of }) => !of).map(({ message }) => message);
  tell(refusals.length ? ['Nothing was ordered.', ...others, faults.size ? 'See below, and order again.' : ''].join(' ') : '', refusals.length > 0);
}

function stopped(error) {
  const { unsure } = till.pending() ?? {};
  if (error instanceof NeedsKey || /^forbidden$/i.test(error.code)) {
    tell('');
    asking = { wrong: sessionStorage.getItem('tandem.key') !== null, unsure, onKey, onCancel };
  } else if (error instanceof Refused && !unsure) {
    till.forget();
    tell(`Nothing was ordered. ${error.message}`, true);
  } else {
    tell('No answer came, so it is not known whether the order was placed. It is kept: asking again places it once at most.', true);
    $('#till').append(el('button', { class: 'button', type: 'button', onclick: finish }, 'Ask again'));
  }
}

function onKey(key) {
  till.useApiKey(key);
  finish();
}

function onCancel() {
  till.forget();
  asking = null;
  draw();
}

const waiting = ({ busy, seconds }) =>
  busy ? `The shop is busy. Your order is kept, and goes out again in ${seconds} s.` : `No answer came. Your order is kept; asking again in ${seconds} s.`;

function tell(text, bad = false) {
  const place = $('#till');
  place.hidden = !text;
  place.className = bad ? 'till bad' : 'till';
  place.replaceChildren(text);
}

const close = () => drawer.close();

/** Wire the drawer up, and go on with an order whose answer never came. */
export function start() {
  $('#bag').addEventListener('click', open);
  $('#drawer-close').addEventListener('click', close);
  drawer.addEventListener('click', (event) => (event.target === drawer || event.target.closest('a')) && close());
  basket.onChange(() => drawer.open && draw());
  const left = till.pending();
  if (!left) return;
  open();
  if (!till.stale(left)) finish();
  else {
    tell('An order was begun more than 20 hours ago, and its answer never came. Look it up before you order again.', true);
    $('#till').append(el('button', { class: 'button', type: 'button', onclick: () => { till.forget(); tell(''); draw(); } }, 'Let go of it'));
  }
}
