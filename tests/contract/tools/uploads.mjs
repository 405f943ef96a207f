// Uploads a file to a running service with tus-js-client, and prints the address of the upload.
// Usage: node uploads.mjs MODE BASE_URL
import * as tus from 'tus-js-client'

const [mode, base] = process.argv.slice(2)
const content = Buffer.alloc(3_000_000, 'Tandem uploads, ')
const options = {
  endpoint: `${base}/v2/files/uploads`,
  metadata: { filename: 'large.bin', filetype: 'application/x-large' },
  headers: { 'Idempotency-Key': `upload-${mode}` },
  chunkSize: 65_536,
  retryDelays: null,
}
const modes = {
  parts: {},
  once: { chunkSize: Infinity },
  creation: { uploadDataDuringCreation: true },
  deferred: { uploadLengthDeferred: true },
  override: { overridePatchMethod: true },
}

function upload(more) {
  return new Promise((resolve, reject) => {
    const one = new tus.Upload(content, { ...options, ...more, onError: reject, onSuccess: () => resolve(one.url) })
    one.start()
  })
}

// Ends an upload after some parts; `forGood` deletes it from the service.
function abort(forGood) {
  return new Promise((resolve, reject) => {
    const one = new tus.Upload(content, {
      ...options,
      onError: reject,
      onChunkComplete: (_, sent) => {
        if (sent >= 1_000_000) one.abort(forGood).then(() => resolve(one.url), reject)
      },
    })
    one.start()
  })
}

async function terminated() {
  const url = await abort(true)
  const { status } = await fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })
  if (status !== 404) throw new Error(`the upload is still there: ${status}`)
  return url
}

const run = {
  paused: async () => upload({ uploadUrl: await abort(false) }),
  terminated,
}[mode] ?? (() => upload(modes[mode]))

console.log(JSON.stringify({ url: await run() }))
process.exit(0)
