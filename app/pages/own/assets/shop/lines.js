// The basket's lines and what they come to, one order a currency.

import { el } from '../dom.js';
import { money, total } from '../money.js';
import { picture } from '../picture.js';
import * as basket from './basket.js';
import * as till from './till.js';

/** The lines by their currency: an order has one. */
export const orders = () => Map.groupBy(basket.lines(), ({ currency }) => currency);

/** One order's lines, total and button. `faults` are refusals by what a line orders; `held` while another order is sent. */
export function section([currency, lines], { faults, held, onOrder, many }) {
  const sum = money(total(lines.map(({ price, quantity }) => [price, quantity])), currency);
  const gone = lines.some((line) => line.gone);
  return el('section', { class: 'order', 'aria-label': `Order in ${currency}` },
    el('ul', {}, ...lines.map((line) => row(line, faults.get(till.ordered(line)), held))),
    el('div', { class: 'sum' }, el('span', {}, many ? `Total in ${currency}` : 'Total'), el('strong', {}, sum)),
    el('button', { class: 'button', type: 'button', disabled: held || gone, 'data-order': currency, onclick: () => onOrder(lines) }, `Order for ${sum}`));
}

function row(line, fault, held) {
  const { id, productId, name, choice, price, currency, quantity } = line;
  const said = line.gone ? 'This is no longer sold; take it out to go on.' : fault;
  const told = said && el('p', { class: 'fault', id: `fault-${till.ordered(line)}` }, said);
  const field = el('input', { type: 'number', min: '0', max: '10000', value: String(quantity), inputmode: 'numeric', disabled: held,
    'aria-label': `How many of ${basket.title(line)}`, 'aria-describedby': told && told.id,
    onchange: ({ target }) => {
      const wanted = Math.trunc(target.valueAsNumber);
      if (wanted >= 0) basket.set(id, wanted);
      else target.value = String(quantity);
    } });
  return el('li', { class: said ? 'row faulty' : 'row', 'data-line': productId },
    picture(line, { sizes: '4.2rem' }),
    el('div', { class: 'what' }, el('a', { href: `shop?product=${productId}` }, name), choice && el('p', {}, choice), el('p', {}, `${money(price, currency)} each`), told),
    field,
    el('strong', { class: 'amount' }, money(total([[price, quantity]]), currency)),
    el('button', { class: 'out', type: 'button', disabled: held, 'aria-label': `Take ${basket.title(line)} out`, onclick: () => basket.set(id, 0) }, '×'));
}

const bought = ({ name, options }) => [name, ...options.map(({ value }) => value)].join(', ');

export function receipt({ orderId, currency, total: sum, lines }) {
  return el('section', { class: 'receipt', 'data-placed': orderId },
    el('h3', { tabindex: '-1' }, `Thank you. Order ${orderId} is placed.`),
    el('ul', {}, ...lines.map((line) => el('li', {}, el('span', {}, `${line.quantity} × ${bought(line)}`), el('span', {}, money(line.lineTotal, currency))))),
    el('div', { class: 'sum' }, el('span', {}, 'Total'), el('strong', {}, money(sum, currency))));
}

export function asksKey({ wrong, unsure, onKey, onCancel }) {
  const field = el('input', { id: 'api-key', type: 'password', required: true, pattern: '\\s*[!-~]+\\s*', title: 'Letters, digits and signs of ASCII, as it was given to you', autocomplete: 'off', spellcheck: 'false' });
  return el('form', { class: 'asks', onsubmit: (event) => {
    event.preventDefault();
    onKey(field.value.trim());
  } },
  el('h3', {}, 'Who orders?'),
  el('p', {}, wrong ? 'That key opens nothing here. ' : '', 'Browsing is open to everyone. To order, give an API key that may place orders; it is kept until this tab is closed.'),
  el('label', { for: 'api-key' }, 'API key'), field,
  el('div', { class: 'go' }, el('button', { class: 'button', type: 'submit' }, 'Order with this key'),
    unsure ? null : el('button', { class: 'button quiet', type: 'button', onclick: onCancel }, 'Not now')));
}
