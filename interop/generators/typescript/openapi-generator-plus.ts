import { Api, Configuration } from '../out/openapi-generator-plus/index';
import { withConfiguration } from '../out/openapi-generator-plus/api/accessEntries';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

const api = withConfiguration(new Configuration({ baseUri: baseUrl, fetch: signedFetch }));
const edit: Api.AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] };
const view: Api.AccessPolicy = { type: 'NKSViewPolicy', scope: 'cluster' };

/** status returns the HTTP status of a response, also of one that the contract does not describe. */
function status(response: { status: number } | { status: 'undocumented'; response: Response } | { status: 'error'; error: unknown }): number {
  if (response.status === 'error') throw response.error;
  return response.status === 'undocumented' ? response.response.status : response.status;
}

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
  remove: async (uuid) => {
    const response = await api.deleteAccessEntry({ uuid: cluster, entryUuid: uuid });
    if (status(response) >= 300) throw new Error(String(status(response)));
  },
  missing: async () => {
    const response = await api.getAccessEntry({ uuid: cluster, entryUuid: nobody });
    return { status: status(response), message: response.status === 404 ? response.body.error.message : undefined };
  },
});

// @ts-expect-error: entry is required
export const noEntry: Api.CreateAccessEntryRequest = { type: 'ROLE' };
