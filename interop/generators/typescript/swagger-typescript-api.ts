import { Api, type AccessPolicy, type CreateAccessEntryRequest, type ErrorResponse } from '../out/swagger-typescript-api/api';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

const { clusters } = new Api({ baseUrl, customFetch: signedFetch });

await session({
  create: async () => (await clusters.createAccessEntry(cluster, {
    type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }],
  })).data,
  list: async () => (await clusters.listAccessEntries(cluster)).data.accessEntries,
  get: async (uuid) => (await clusters.getAccessEntry(cluster, uuid)).data.accessEntry,
  update: async (uuid) => (await clusters.updateAccessEntry(cluster, uuid, {
    groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }],
  })).data,
  remove: async (uuid) => (await clusters.deleteAccessEntry(cluster, uuid)).data,
  missing: async () => {
    const failed = await clusters.getAccessEntry(cluster, nobody).catch((thrown: { status: number; error: ErrorResponse }) => thrown);
    return { status: failed.status, message: failed.error?.error?.message };
  },
});

// @ts-expect-error: entry is required
export const noEntry: CreateAccessEntryRequest = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace' };
