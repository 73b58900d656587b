import createClient from 'openapi-fetch';
import type { components, paths } from '../out/openapi-typescript/schema.ts';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

const client = createClient<paths>({ baseUrl, fetch: signedFetch });
const entries = '/clusters/{uuid}/access-entries';
const path = (entryUuid: string) => ({ path: { uuid: cluster, entryUuid } });

function data<T>({ data, response }: { data?: T; response: Response }): T {
  if (!response.ok) throw new Error(String(response.status));
  return data as T;
}

await session({
  create: async () => data(await client.POST(entries, {
    params: { path: { uuid: cluster } },
    body: { type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }] },
  })),
  list: async () => data(await client.GET(entries, { params: { path: { uuid: cluster } } })).accessEntries,
  get: async (uuid) => data(await client.GET(`${entries}/{entryUuid}`, { params: path(uuid) })).accessEntry,
  update: async (uuid) => data(await client.PUT(`${entries}/{entryUuid}`, {
    params: path(uuid), body: { groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }] },
  })),
  remove: async (uuid) => data(await client.DELETE(`${entries}/{entryUuid}`, { params: path(uuid) })),
  missing: async () => {
    const { error, response } = await client.GET(`${entries}/{entryUuid}`, { params: path(nobody) });
    return { status: response.status, message: error?.error?.message };
  },
});

// @ts-expect-error: entry is required
export const noEntry: components['schemas']['CreateAccessEntryRequest'] = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: components['schemas']['AccessPolicy'] = { type: 'NKSEditPolicy', scope: 'namespace' };
