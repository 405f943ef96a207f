// The till: an order is kept with its Idempotency-Key before it is sent, and sent with it until there is an answer.

import { Busy, NeedsKey, Refused, ask, freshKey, patiently } from '../graphql.js';
import { isCount, keep, kept } from '../kept.js';

const PENDING = 'tandem.order';
const API_KEY = 'tandem.key';
const REMEMBERED = 20 * 3600 * 1000; // the server remembers a key for a day: well within it
const ORDER = `mutation PlaceOrder($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    order { orderId currency total lines { name quantity lineTotal options { name value } } }
    userErrors { code message field }
  }
}`;

/** The order that has no answer yet: `{key, at, currency, items: [{productId | variantId, quantity}], unsure}`, or null. */
export const pending = () => kept(PENDING, isOrder);

const isOrder = (value) =>
  typeof value?.key === 'string' && isCount(value.at) && Array.isArray(value.items) && value.items.every((item) => isCount(item?.quantity));

export const forget = () => localStorage.removeItem(PENDING);

export const useApiKey = (key) => sessionStorage.setItem(API_KEY, key);

/** Whether a pending order is so old that its key may be forgotten: to send it again might place it twice. */
export const stale = ({ at }) => Date.now() - at > REMEMBERED;

/** Make an order of these lines, unless one waits for its answer: whichever tab made that, it goes first. */
export function take(lines) {
  if (pending()) return;
  const items = lines.map(({ productId, variantId, quantity }) => (variantId ? { variantId: String(variantId), quantity } : { productId: String(productId), quantity }));
  keep(PENDING, { key: freshKey(), at: Date.now(), currency: lines[0].currency, items, unsure: false });
}

/**
 * Send the pending order until there is an answer: `{order, items}` or `{refusals: [{message, of}]}`; null
 * where another tab got it. Raises `NeedsKey`, and `Lost` where it gave up; the order is pending then.
 */
export const settle = (told) =>
  alone(async () => {
    const sent = pending();
    if (!sent) return null;
    const { items } = sent;
    const { order, userErrors } = await patiently(() => send(pending() ?? sent), { told, lost: 6 });
    forget();
    if (order) return { order, items };
    return { refusals: userErrors.map(({ message, field }) => ({ message, of: refused(items, field) })) };
  });

async function send(order) {
  const apiKey = sessionStorage.getItem(API_KEY);
  const headers = { 'Idempotency-Key': order.key, ...(apiKey && { Authorization: `Bearer ${apiKey}` }) };
  keep(PENDING, { ...order, unsure: true });
  try {
    const { data, retryAfter } = await ask(ORDER, { input: { items: order.items } }, { headers });
    if (data.placeOrder.userErrors.some(({ code }) => code === 'IDEMPOTENCY_KEY_IN_USE')) throw new Busy(retryAfter ?? 1);
    return data.placeOrder;
  } catch (error) {
    if (error instanceof NeedsKey || error instanceof Refused) keep(PENDING, order); // nothing was done this time
    throw error;
  }
}

/** One tab at a time; without locks, on plain HTTP, two may send the same key, which is one order as well. */
const alone = (work) => (navigator.locks ? navigator.locks.request(PENDING, work) : work());

/** What an item or a line orders, as one word. */
export const ordered = ({ productId, variantId }) => (variantId ? `variant-${variantId}` : `product-${productId}`);

function refused(items, field) {
  const item = field?.[0] === 'items' && items[Number(field[1])];
  return item ? ordered(item) : null;
}
