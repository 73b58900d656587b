import { Api, Configuration } from '../out/openapi-generator-plus/index';
import { withConfiguration } from '../out/openapi-generator-plus/api/accessEntries';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

const api = withConfiguration(new Configuration({ baseUri: baseUrl, fetch: signedFetch }));
const edit: Api.AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] };
const view: Api.AccessPolicy = { type: 'NKSViewPolicy', scope: 'cluster' };

await session({
  create: async () => {
    const response = await api.createAccessEntry(cluster, { type: 'ROLE', entry: principal, policies: [edit] });
    if (response.status !== 200 && response.status !== 201) throw new Error(String(response.status));
    return response.body;
  },
  list: async () => {
    const response = await api.listAccessEntries(cluster);
    if (response.status !== 200) throw new Error(String(response.status));
    return response.body.accessEntries;
  },
  get: async (uuid) => {
    const response = await api.getAccessEntry({ uuid: cluster, entryUuid: uuid });
    if (response.status !== 200) throw new Error(String(response.status));
    return response.body.accessEntry;
  },
  update: async (uuid) => {
    const response = await api.updateAccessEntry({ uuid: cluster, entryUuid: uuid }, { groups: ['developers'], policies: [view] });
    if (response.status !== 200) throw new Error(String(response.status));
    return response.body;
  },
  remove: (uuid) => api.deleteAccessEntry({ uuid: cluster, entryUuid: uuid }),
  missing: async () => {
    const response = await api.getAccessEntry({ uuid: cluster, entryUuid: nobody });
    return response.status === 404 ? { status: 404, message: response.body.error.message } : { status: Number(response.status) };
  },
});

// @ts-expect-error: entry is required
export const noEntry: Api.CreateAccessEntryRequest = { type: 'ROLE' };
