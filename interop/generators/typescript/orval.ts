import * as api from '../out/orval/fetch/api';
import * as schemas from '../out/orval/zod/api';
import { cluster, nobody, principal, session, signedFetch } from './session.ts';

globalThis.fetch = signedFetch; // the generated functions call it with a path

function success<T extends { status: number; data: unknown }>(response: T): T {
  if (response.status >= 300) throw new Error(`${response.status}: ${JSON.stringify(response.data)}`);
  return response;
}

const body: api.CreateAccessEntryRequest = {
  type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }],
};

await session({
  create: async () => schemas.CreateAccessEntryResponse.parse(
    success(await api.createAccessEntry(cluster, schemas.CreateAccessEntryBody.parse(body))).data),
  list: async () => schemas.ListAccessEntriesResponse.parse(success(await api.listAccessEntries(cluster)).data).accessEntries,
  get: async (uuid) => schemas.GetAccessEntryResponse.parse(success(await api.getAccessEntry(cluster, uuid)).data).accessEntry,
  update: async (uuid) => schemas.UpdateAccessEntryResponse.parse(success(await api.updateAccessEntry(cluster, uuid, {
    groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }],
  })).data),
  remove: async (uuid) => success(await api.deleteAccessEntry(cluster, uuid)),
  missing: async () => {
    const response = await api.getAccessEntry(cluster, nobody);
    return response.status === 404 ? { status: 404, message: response.data?.error?.message } : { status: response.status };
  },
});

for (const wrong of [{ type: 'ROLE' }, { ...body, policies: [{ type: 'NKSEditPolicy', scope: 'namespace' }] }]) {
  if (schemas.CreateAccessEntryBody.safeParse(wrong).success) throw new Error(`zod accepts ${JSON.stringify(wrong)}`);
}
// @ts-expect-error: entry is required
export const noEntry: api.CreateAccessEntryRequest = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: api.AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace' };
