// Talks to both APIs: files go over REST, the rest over GraphQL. A key is kept for as long as the tab is open.

import { ask, Busy, freshKey, Lost, NeedsKey, patiently, Refused } from '../graphql.js';

const KEY = 'tandem-key';
const LARGE = 16 * 2 ** 20;
const PART = 8 * 2 ** 20;
const TUS = { 'Tus-Resumable': '1.0.0' };

const LIST = `query Imports {
  imports(last: 10) {
    edges { node {
      importId status dryRun lines created updated unchanged bad ahead message linesPerSecond secondsLeft problemsUrl
    } }
  }
}`;
const CANCEL = 'mutation Cancel($input: CancelImportInput!) { cancelImport(input: $input) { userErrors { code } } }';

export const useKey = (key) => sessionStorage.setItem(KEY, key);

const authorization = () => (sessionStorage.getItem(KEY) ? { Authorization: `Bearer ${sessionStorage.getItem(KEY)}` } : {});

/** The answer to a request that succeeded; one that gets lost, or comes too early, is sent again. */
const send = (path, options) => patiently(() => once(path, options));

async function once(path, { headers, ...options } = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...authorization(), ...headers } });
  } catch (error) {
    throw new Lost('No answer came.', { cause: error });
  }
  if (answer.ok) return answer;
  if (answer.status === 429 || answer.status === 503) throw new Busy(Number(answer.headers.get('Retry-After') ?? 1));
  const { code, message, details } = await answer.json();
  if (answer.status === 401) throw new NeedsKey(message);
  throw new Refused({ code, message: details?.length ? details.map((fault) => fault.message).join(' ') : message });
}

const form = (fields) => {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== '') made.append(name, value, ...(value.name ? [value.name] : []));
  return made;
};

/** Start an import of a file; `told` hears which part of it was sent. Large files are sent in parts, and go with the import. */
export async function start(file, options, told) {
  const fileId = file.size > LARGE && (await inParts(file, told));
  const body = form({ ...options, ...(fileId ? { fileId, removeFile: 'true' } : { file }) });
  try {
    return await (await send('v2/imports', { method: 'POST', body, headers: { 'Idempotency-Key': freshKey() } })).json();
  } catch (error) {
    if (fileId && error instanceof Refused) await send(`v2/files/${fileId}`, { method: 'DELETE' });
    throw error;
  }
}

/** A resumable upload (tus 1.0.0), which goes on from where the server has got to. */
async function inParts(file, told) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
  const headers = { ...TUS, 'Upload-Length': file.size, 'Upload-Metadata': `filename ${name}` };
  const begun = await (await send('v2/files/uploads', { method: 'POST', headers })).json();
  const path = `v2/files/uploads/${begun.id}`;
  for (let sent = 0; sent < file.size; told(sent / file.size)) {
    const part = { ...TUS, 'Upload-Offset': sent, 'Content-Type': 'application/offset+octet-stream' };
    const body = file.slice(sent, sent + PART);
    sent = await patiently(async () => {
      const at = Number((await once(path, { method: 'HEAD', headers: TUS })).headers.get('Upload-Offset'));
      if (at === sent) await once(path, { method: 'PATCH', headers: part, body });
      return at === sent ? sent + body.size : at;
    });
  }
  return begun.id;
}

/** What the service understands of the beginning of a file, or of a spreadsheet as a whole. */
export async function preview(file, options) {
  const beginning = /\.xlsx$/i.test(file.name) ? file : file.slice(0, 2 ** 18);
  const sent = new File([beginning], file.name);
  const cut = sent.size < file.size;
  return (await send('v2/imports/preview', { method: 'POST', body: form({ ...options, cut: String(cut), file: sent }) })).json();
}

const askFor = (query, variables) => patiently(() => ask(query, variables, { headers: authorization() }));

/** The newest imports, the newest first. */
export async function list() {
  const { data } = await askFor(LIST);
  return data.imports.edges.map(({ node }) => ({ ...node, status: node.status.toLowerCase() })).reverse();
}

/** Cancel an import; one that has ended meanwhile stays as it is. */
export const cancel = (id) => askFor(CANCEL, { input: { id: String(id) } });

export const problems = async ({ problemsUrl }) => (await send(problemsUrl)).blob();
