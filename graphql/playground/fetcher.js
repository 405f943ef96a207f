// Sends operations, and tells what the headers of an answer say beside it.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { NO_KEY } from './examples.js';

const listeners = new Set();
let lastKey;

export function onAnswer(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const run = createGraphiQLFetcher({ url: 'graphql', fetch: send, enableIncrementalDelivery: false });

// For a moment after another tab was opened, GraphiQL names the operation of the one before.
export function fetcher({ operationName, ...asked }, options) {
  const named = new RegExp(`\\b${operationName}\\b`).test(asked.query);
  return run({ ...asked, operationName: named ? operationName : undefined }, options);
}

async function send(url, options) {
  const { Authorization: given, ...headers } = options.headers;
  const authorization = given === NO_KEY ? lastKey : given;
  if (authorization) {
    headers.Authorization = lastKey = authorization;
  }
  const answer = await fetch(url, { ...options, headers });
  const content = await answer.clone().json();
  if (JSON.parse(options.body).operationName !== 'IntrospectionQuery') {
    const facts = read(answer, content);
    listeners.forEach((tell) => tell(facts));
  }
  return answer;
}

function read(answer, content) {
  const header = (name) => answer.headers.get(name) ?? '';
  const number = (pattern, text) => pattern.exec(text)?.[1];
  return {
    status: answer.status,
    cost: content.extensions?.cost,
    left: number(/;r=(\d+)/, header('RateLimit')),
    limit: number(/;q=(\d+)/, header('RateLimit-Policy')),
    statements: number(/\bsql;desc="(\d+)/, header('Server-Timing')),
    replayed: header('Idempotent-Replayed') === 'true',
    requestId: header('X-Request-ID'),
    retryAfter: header('Retry-After'),
  };
}
