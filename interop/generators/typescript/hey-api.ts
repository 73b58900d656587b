import { client } from '../out/hey-api/client.gen';
import { createAccessEntry, deleteAccessEntry, getAccessEntry, listAccessEntries, updateAccessEntry } from '../out/hey-api/sdk.gen';
import type { AccessPolicy, CreateAccessEntryRequest } from '../out/hey-api/types.gen';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

client.setConfig({ baseUrl, fetch: signedFetch, throwOnError: true });
const path = (entryUuid: string) => ({ path: { uuid: cluster, entryUuid }, throwOnError: true as const });

await session({
  create: async () => (await createAccessEntry({
    path: { uuid: cluster }, throwOnError: true,
    body: { type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }] },
  })).data,
  list: async () => (await listAccessEntries({ path: { uuid: cluster }, throwOnError: true })).data.accessEntries,
  get: async (uuid) => (await getAccessEntry(path(uuid))).data.accessEntry,
  update: async (uuid) => (await updateAccessEntry({
    ...path(uuid), body: { groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }] },
  })).data,
  remove: async (uuid) => (await deleteAccessEntry(path(uuid))).data,
  missing: async () => {
    const { error, response } = await getAccessEntry({ path: { uuid: cluster, entryUuid: nobody }, throwOnError: false });
    return { status: response?.status ?? 0, message: error?.error?.message };
  },
});

// @ts-expect-error: entry is required
export const noEntry: CreateAccessEntryRequest = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace' };
