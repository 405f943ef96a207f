import { createApiReference } from '@scalar/api-reference'
import '@scalar/api-reference/style.css'

const [v2, v1] = await Promise.all(['/v2/openapi.json', '/v1/openapi.json'].map((path) => fetch(path)))
const ends = new Date(v1.headers.get('sunset')).toISOString().slice(0, 10)
createApiReference('#reference', {
  sources: [
    { title: 'v2', slug: 'v2', content: await v2.json(), default: true },
    { title: `v1, ends ${ends}`, slug: 'v1', content: await v1.json() },
  ],
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
})
