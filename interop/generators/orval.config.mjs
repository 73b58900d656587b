const input = '../../api/openapi.yaml';
export default {
  fetch: { input, output: { target: 'out/orval-fetch/api.ts', client: 'fetch', mode: 'single' } },
  zod: { input, output: { target: 'out/orval-zod/api.ts', client: 'zod', mode: 'single' } },
};
