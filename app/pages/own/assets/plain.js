// The playground where none was built: an operation, its variables and headers, and what came of it.

import { $ } from './dom.js';
import { freshKey } from './graphql.js';

const examples = await fetch(new URL('operations.json', import.meta.url)).then((answer) => answer.json());
const pretty = (value) => JSON.stringify(value, null, 2);

function show() {
  const example = examples.find(({ name }) => name === location.hash.slice(1)) ?? examples[0];
  $('#query').value = example.query;
  $('#variables').value = pretty(example.variables);
  $('#headers').value = pretty({ 'Idempotency-Key': freshKey() });
  $('#result').textContent = '';
}

async function run() {
  const told = $('#told');
  told.textContent = 'Asking…';
  try {
    const answer = await fetch('graphql', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json',
        ...JSON.parse($('#headers').value || '{}'),
      },
      body: JSON.stringify({ query: $('#query').value, variables: JSON.parse($('#variables').value || '{}') }),
    });
    const content = await answer.json();
    $('#result').textContent = pretty(content);
    told.textContent = [
      `HTTP ${answer.status}`,
      content.extensions?.cost && `cost ${content.extensions.cost}`,
      answer.headers.get('RateLimit') && `budget ${answer.headers.get('RateLimit')}`,
      `request ${answer.headers.get('X-Request-ID')}`,
    ].filter(Boolean).join(' · ');
  } catch (error) {
    told.textContent = error.message;
  }
}

$('#form').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
$('#form').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
});
addEventListener('hashchange', show);
show();
