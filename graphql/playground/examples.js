// The example operations of the published contract, each with its variables, its headers and its REST twin, if any.

const files = import.meta.glob('../operations/*', { query: '?raw', import: 'default', eager: true });

// Stands in the Authorization header until someone puts a key there, and is never sent.
export const NO_KEY = 'Bearer YOUR-API-KEY';

const ending = '.graphql';
const paths = Object.keys(files)
  .filter((path) => path.endsWith(ending))
  .sort();

export const examples = paths.map((path) => {
  const stem = path.slice(0, -ending.length);
  const beside = JSON.parse(files[`${stem}.variables.json`] ?? '{}');
  return {
    name: stem.split('/').at(-1),
    query: files[path],
    variables: beside.variables ? asText(beside.variables) : '',
    key: beside.headers?.['Idempotency-Key'],
    curl: files[`${stem}.curl`],
  };
});

export function asText(value) {
  return JSON.stringify(value, null, 2);
}

// The example that a tab still is: its operation and its variables have not been edited.
export function exampleOf({ query, variables }) {
  return examples.find((example) => example.query === query && sameJson(example.variables, variables));
}

// The REST twin as it is to be typed here: with this origin, and with the key and the API key of these headers.
export function twin(example, headers) {
  const given = parsed(headers) ?? {};
  let curl = example.curl.trimEnd().replaceAll('http://127.0.0.1:8000', new URL('.', location).href.slice(0, -1));
  if (example.key && given['Idempotency-Key']) {
    curl = curl.replaceAll(example.key, quoted(given['Idempotency-Key']));
  }
  const { Authorization: bearer } = given;
  return bearer && bearer !== NO_KEY ? `${curl} \\\n  -H 'Authorization: ${quoted(bearer)}'` : curl;
}

function quoted(text) {
  return String(text).replaceAll("'", "'\\''");
}

export function parsed(text) {
  try {
    return JSON.parse(text || 'null');
  } catch {
    return undefined;
  }
}

function sameJson(one, other) {
  const value = parsed(other);
  return value !== undefined && JSON.stringify(parsed(one)) === JSON.stringify(value);
}
