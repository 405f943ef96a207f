// Asks the GraphQL endpoint. Whatever goes wrong is one of four errors; who asked decides what to tell.

export class Busy extends Error {
  constructor(seconds) {
    super('Too much was asked for at once.');
    this.seconds = seconds;
  }
}

/** No answer came, or none that says what happened: the request may have been carried out. */
export class Lost extends Error {}

export class NeedsKey extends Error {}

export class Refused extends Error {
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

const MEDIA = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' };

/** A fresh Idempotency-Key. `crypto.randomUUID` would be there on secure origins alone, and a shop may be on plain HTTP. */
export const freshKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The `data` of an operation, and what the server says beside it. */
export async function ask(query, variables = {}, { headers = {}, signal } = {}) {
  const body = JSON.stringify({ query, variables });
  let answer;
  let content;
  try {
    answer = await fetch('graphql', { method: 'POST', headers: { ...MEDIA, ...headers }, body, signal });
    content = await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Lost('No answer came.', { cause: error });
  }
  const retryAfter = answer.headers.has('Retry-After') ? Number(answer.headers.get('Retry-After')) : null;
  if (answer.status === 429 || answer.status === 503) throw new Busy(retryAfter ?? 1);
  if (answer.status === 401) throw new NeedsKey(content.message);
  if (answer.status >= 500) throw new Lost(content.message);
  const [fault] = content.errors ?? [];
  if (fault?.extensions?.code === 'UNAUTHENTICATED') throw new NeedsKey(fault.message);
  if (fault) throw new Refused({ code: fault.extensions?.code, message: fault.message });
  if (!content.data) throw new Refused(content);
  return { data: content.data, retryAfter, replayed: answer.headers.get('Idempotent-Replayed') === 'true' };
}

/**
 * Tries until there is an answer: after what the server says when it is busy, after 1, 2, 4 … 30 s when answers get
 * lost. `told` hears each second what is being waited for, and null when the waiting ends. At most `lost` answers may
 * get lost, one after another.
 */
export async function patiently(attempt, { told = () => {}, signal, lost = 4 } = {}) {
  for (let losses = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Busy) losses = 0;
      else if (!(error instanceof Lost) || ++losses > lost) throw error;
      const seconds = error instanceof Busy ? error.seconds : Math.min(2 ** (losses - 1), 30);
      await wait(seconds, (left) => told({ busy: error instanceof Busy, seconds: left }), signal);
      told(null);
    }
  }
}

async function wait(seconds, told, signal) {
  for (let left = Math.max(1, Math.ceil(seconds)); left > 0; left -= 1) {
    told(left);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    signal?.throwIfAborted();
  }
}
