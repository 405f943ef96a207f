// The REST reference: Scalar over the contracts as they are served, v2 and what is left of v1 in one menu.
import '@scalar/api-reference/style.css';
import './reference.css';
import { freshKey } from './keys.js';
import { keepMended } from './mend.js';

// Zod compiles with `Function` where it may; under the policy of this page it may not, and shall not try.
globalThis.__zod_globalConfig = { jitless: true };
const scalar = import('@scalar/api-reference');
const [v2, v1] = await Promise.all(['v2/openapi.json', 'v1/openapi.json'].map((address) => fetch(address)));
const ends = new Date(v1.headers.get('Sunset')).toISOString().slice(0, 10);

const { createApiReference } = await scalar;
createApiReference('#reference', {
  sources: [
    { title: 'v2', slug: 'v2', content: await contract(v2), default: true },
    { title: `${struck('v1')} until ${ends}`, slug: 'v1', content: await contract(v1) },
  ],
  authentication: { preferredSecurityScheme: 'ApiKey' },
  agent: { disabled: true },
  hideClientButton: true,
  mcp: { disabled: true },
  persistAuth: true,
  showDeveloperTools: 'never',
  telemetry: false,
  withDefaultFonts: false,
});
document.querySelector('.loading').remove();

keepMended(() => {
  for (const button of document.querySelectorAll('.scalar-code-copy:not([aria-label])')) {
    button.setAttribute('aria-label', 'Copy');
  }
  for (const list of document.querySelectorAll('.endpoints:not([tabindex])')) {
    list.setAttribute('tabindex', '0');
  }
});

/**
 * The contract that an answer holds, made fit for trying it: what is optional is not sent until it is ticked, and the
 * Idempotency-Key is no example that everyone reads, but one of this visit's own.
 */
async function contract(answer) {
  const document = await answer.json();
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const own = operations.flatMap((operation) => operation.parameters ?? []).filter((parameter) => parameter.name);
  for (const parameter of [...Object.values(document.components.parameters), ...own]) {
    const { example, required, ...rest } = parameter;
    const value = rest.name === 'Idempotency-Key' ? freshKey() : example;
    if (value !== undefined) {
      parameter.examples = { example: { value, 'x-disabled': !required } };
      delete parameter.example;
    }
  }
  return document;
}

/** The menu takes text alone, so each letter has a stroke combined with it. */
function struck(text) {
  return Array.from(text, (letter) => `${letter}\u0336`).join('');
}
