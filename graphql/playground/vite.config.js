// Builds the two pages that need a front-end toolchain into app/pages/built, with everything compressed beside itself.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const folder = new URL('../../app/pages/built/', import.meta.url).pathname;
const COMPRESSED = /\.(css|html|js|json|svg|ttf)$/;

const compress = {
  name: 'compress',
  apply: 'build',
  closeBundle() {
    for (const name of readdirSync(folder, { recursive: true }).filter((each) => COMPRESSED.test(each))) {
      const content = readFileSync(join(folder, name));
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content));
      writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
    }
  },
};

export default defineConfig({
  base: './', // pages work below any path
  plugins: [react(), compress],
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  worker: { format: 'es' },
  build: {
    outDir: folder,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ['graphql.html', 'docs.html'] },
  },
});
