// A price as shoppers read it: what it was before a sale is struck through.

import { el } from '../dom.js';
import { money } from '../money.js';

export function price({ price: now, compareAtPrice: before, currency }, tag = 'span') {
  const lowered = before && Number(before) > Number(now);
  const was = lowered && el('s', {}, el('span', { class: 'unseen' }, 'before '), money(before, currency));
  return el(tag, { class: lowered ? 'price lowered' : 'price' }, money(now, currency), was && ' ', was);
}
