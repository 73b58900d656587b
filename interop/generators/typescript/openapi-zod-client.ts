import { createApiClient, schemas } from '../out/openapi-zod-client/api';
import type { z } from 'zod';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

const client = createApiClient(baseUrl, { axiosConfig: { adapter: 'fetch', env: { fetch: signedFetch } } });
const path = (entryUuid: string) => ({ params: { uuid: cluster, entryUuid } });
const entry = '/clusters/:uuid/access-entries/:entryUuid';

await session({
  create: () => client.post('/clusters/:uuid/access-entries', {
    type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }],
  }, { params: { uuid: cluster } }),
  list: async () => (await client.get('/clusters/:uuid/access-entries', { params: { uuid: cluster } })).accessEntries,
  get: async (uuid) => (await client.get(entry, path(uuid))).accessEntry,
  update: (uuid) => client.put(entry, { groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }] }, path(uuid)),
  remove: (uuid) => client.delete(entry, undefined, path(uuid)),
  missing: async () => {
    try {
      await client.get(entry, path(nobody));
    } catch (error) {
      const failed = error as { response?: { status: number; data: z.infer<typeof schemas.ErrorResponse> } };
      return { status: failed.response?.status ?? 0, message: failed.response?.data?.error?.message };
    }
    return { status: 200 };
  },
});

for (const wrong of [{ type: 'ROLE' }, { type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace' }] }]) {
  if (schemas.CreateAccessEntryRequest.safeParse(wrong).success) throw new Error(`zod accepts ${JSON.stringify(wrong)}`);
}
// @ts-expect-error: entry is required
export const noEntry: z.infer<typeof schemas.CreateAccessEntryRequest> = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: z.infer<typeof schemas.AccessPolicy> = { type: 'NKSEditPolicy', scope: 'namespace' };
