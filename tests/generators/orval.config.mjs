// How orval makes a client over fetch, and schemas for zod.
const input = 'v2.yaml';
const baseUrl = { runtime: 'process.env.TANDEM_URL' };

export default {
  fetch: { input, output: { target: 'orval-fetch/api.ts', client: 'fetch', baseUrl } },
  zod: { input, output: { target: 'orval-zod/api.ts', client: 'zod', packageJson: 'package.json' } },
};
