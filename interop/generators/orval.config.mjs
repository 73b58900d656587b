const { CONTRACT: input, FOLDER: folder } = process.env;
export default {
  fetch: { input, output: { target: `${folder}/fetch/api.ts`, client: 'fetch', mode: 'single' } },
  zod: { input, output: { target: `${folder}/zod/api.ts`, client: 'zod', mode: 'single' } },
};
