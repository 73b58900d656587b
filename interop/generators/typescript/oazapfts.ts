import * as api from '../out/oazapfts/api';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

api.defaults.baseUrl = baseUrl;
api.defaults.fetch = signedFetch;

await session({
  create: async () => {
    const response = await api.createAccessEntry(cluster, {
      type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }],
    });
    if (response.status !== 200 && response.status !== 201) throw new Error(response.data.error.message);
    return response.data;
  },
  list: async () => {
    const response = await api.listAccessEntries(cluster);
    if (response.status !== 200) throw new Error(response.data.error.message);
    return response.data.accessEntries;
  },
  get: async (uuid) => {
    const response = await api.getAccessEntry(cluster, uuid);
    if (response.status !== 200) throw new Error(response.data.error.message);
    return response.data.accessEntry;
  },
  update: async (uuid) => {
    const response = await api.updateAccessEntry(cluster, uuid, { groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }] });
    if (response.status !== 200) throw new Error(response.data.error.message);
    return response.data;
  },
  remove: async (uuid) => {
    const response = await api.deleteAccessEntry(cluster, uuid);
    if (Number(response.status) >= 300) throw new Error(String(response.status));
  },
  missing: async () => {
    const response = await api.getAccessEntry(cluster, nobody);
    return response.status === 404 ? { status: 404, message: response.data?.error?.message } : { status: response.status };
  },
});

// @ts-expect-error: entry is required
export const noEntry: api.CreateAccessEntryRequest = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: api.AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace' };
