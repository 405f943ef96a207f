// Home: how the service is, calls to copy, what is newest, and how much one may ask for.

import { $, el } from './dom.js';
import { ask, patiently } from './graphql.js';
import { money } from './money.js';
import { IMAGE, picture } from './picture.js';

const LATEST = `query Latest {
  products(first: 6, sort: { by: CREATED_AT, direction: DESC }) {
    edges { node { productId name price currency ${IMAGE} } }
  }
}`;

async function status() {
  const place = $('#status');
  const answer = await fetch('readyz').then((response) => response.json(), () => ({ status: 'gone' }));
  place.classList.add(answer.status === 'ok' ? 'good' : 'bad');
  $('#status-text').textContent =
    { ok: 'Ready', unavailable: `Not ready: ${answer.reason}`, gone: 'No answer' }[answer.status];
}

async function latest() {
  const tiles = $('#tiles');
  const told = $('#tiles-told');
  const wait = (what) => (told.textContent = what ? `Busy; going on in ${what.seconds} s.` : '');
  try {
    const { data } = await patiently(() => ask(LATEST), { told: wait });
    tiles.replaceChildren(...data.products.edges.map(({ node }) => tile(node)));
    if (!data.products.edges.length) told.textContent = 'There are no products yet: `tandem seed` brings some.';
  } catch (error) {
    told.textContent = error.message;
  }
  tiles.ariaBusy = 'false';
}

function tile({ productId, name, price, currency, image }) {
  return el('li', {}, el('a', { class: 'tile', href: `shop?product=${productId}` },
    picture({ image, name }),
    el('div', { class: 'name' }, name),
    el('div', { class: 'price' }, money(price, currency))));
}

async function limits() {
  const answer = await fetch('v2/rate-limit');
  const { limit, remaining } = await answer.json();
  const policy = answer.headers.get('RateLimit-Policy');
  if (!policy) $('#rate').textContent = 'Off: nothing is counted here.';
  else if (answer.ok) $('#rate').textContent =
    `${limit} points in ${Number(policy.match(/w=(\d+)/)[1])} s, shared by both protocols; ${remaining} are left to you now.`;
}

function copying() {
  for (const button of document.querySelectorAll('[data-copies]')) {
    const text = document.getElementById(button.dataset.copies);
    text.textContent = text.textContent.replace('http://127.0.0.1:8000', new URL('.', location).href.slice(0, -1));
    button.hidden = !navigator.clipboard; // there is none on plain HTTP
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
      setTimeout(() => (button.textContent = 'Copy'), 2000);
    });
  }
}

copying();
await Promise.all([status(), latest(), limits()]);
