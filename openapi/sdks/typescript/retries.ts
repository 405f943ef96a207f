/** Sends a request again where Tandem's answers say that this helps: a `fetch`, under any generated client. */

const OUR_SIDE = new Set([408, 500]);
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const LONGEST = 60;

const asleep = (seconds: number) => new Promise<void>((wake) => setTimeout(wake, seconds * 1000));

/**
 * A `fetch` that sends the same request, with the same key, until it is answered for good or `patience` seconds are
 * over. Whatever bears `Retry-After` is sent again after that; what got no answer, 408 or 500 after a second, if it is
 * safe or has an Idempotency-Key. The pause doubles each time, up to a minute, and a random half of it comes on top.
 */
export function retrying(patience = 300, sleep = asleep): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const until = Date.now() + patience * 1000;
    for (let attempt = 0; ; attempt += 1) {
      let answer: Response | undefined;
      let failure: unknown;
      try {
        answer = await whole(await fetch(request.clone()));
      } catch (error) {
        failure = error;
      }
      const pause = pauseAfter(request, answer, attempt);
      if (pause === undefined || Date.now() + pause * 1000 > until) {
        if (answer === undefined) throw failure;
        return answer;
      }
      await answer?.body?.cancel();
      await sleep(pause);
    }
  };
}

/** An answer with all of its body: one that is cut off is none. */
async function whole(answer: Response): Promise<Response> {
  const body = await answer.arrayBuffer();
  return new Response(body.byteLength ? body : null, answer);
}

/** Seconds until the next attempt; undefined: there is nothing to be won by one. */
function pauseAfter(request: Request, answer: Response | undefined, attempt: number): number | undefined {
  const told = answer?.headers.get('retry-after');
  if (!told) {
    if (answer && !OUR_SIDE.has(answer.status)) return undefined;
    if (!SAFE.has(request.method) && !request.headers.has('idempotency-key')) return undefined;
  }
  const base = told ? Number(told) : 1;
  return Math.max(base, Math.min(LONGEST, base * 2 ** attempt)) * (1 + Math.random() / 2);
}
