import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { steps, type Filled } from './collection';
import { place, travel } from './journey';

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function main(): Promise<void> {
  const port = await freePort();
  const flags = ['proxy', 'v2.yaml', place.url, '--errors', '--port', `${port}`];
  const prism = spawn('node_modules/.bin/prism', flags);
  await new Promise<void>((ready) => prism.stdout.on('data', (told) => `${told}`.includes('listening') && ready()));

  /** Sends through Prism, which answers in place of the service where a request or an answer breaks the contract. */
  async function send(_name: string, method: string, path: string, filled: Filled = {}): Promise<any> {
    const form = new FormData();
    if (filled.file) form.append('file', filled.file);
    const query = filled.query ? `?${new URLSearchParams(filled.query)}` : '';
    const answer = await fetch(`http://127.0.0.1:${port}${path.replace(':id', `${filled.id}`)}${query}`, {
      method,
      body: filled.file ? form : JSON.stringify(filled.body),
      headers: {
        Authorization: `Bearer ${place.key}`,
        ...(filled.body ? { 'Content-Type': 'application/json' } : {}),
        ...filled.headers,
      },
    });
    if (!answer.ok || answer.headers.has('sl-violations')) throw new Error(await answer.text());
    return answer.status === 204 ? undefined : answer.json();
  }

  await travel(steps(send));
  prism.kill();
}

void main();
