import {
  AccessEntriesApi, AccessPolicyScope, Configuration, EntryType, PolicyType, ResponseError,
  type AccessPolicy, type CreateAccessEntryRequest, type ErrorResponse,
} from '../out/typescript-fetch/index';
import { baseUrl, cluster, nobody, principal, session, signedFetch } from './session.ts';

const api = new AccessEntriesApi(new Configuration({ basePath: baseUrl, fetchApi: signedFetch }));
const edit: AccessPolicy = { type: PolicyType.NksEditPolicy, scope: AccessPolicyScope.Namespace, namespaces: ['dev'] };
const view: AccessPolicy = { type: PolicyType.NksViewPolicy, scope: AccessPolicyScope.Cluster };

await session({
  create: () => api.createAccessEntry({
    uuid: cluster, createAccessEntryRequest: { type: EntryType.Role, entry: principal, policies: [edit] },
  }),
  list: async () => (await api.listAccessEntries({ uuid: cluster })).accessEntries,
  get: async (uuid) => (await api.getAccessEntry({ uuid: cluster, entryUuid: uuid })).accessEntry,
  update: (uuid) => api.updateAccessEntry({
    uuid: cluster, entryUuid: uuid, updateAccessEntryRequest: { groups: ['developers'], policies: [view] },
  }),
  remove: (uuid) => api.deleteAccessEntry({ uuid: cluster, entryUuid: uuid }),
  missing: async () => {
    try {
      await api.getAccessEntry({ uuid: cluster, entryUuid: nobody });
      throw new Error('an entry that does not exist was found');
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
      const text = await error.response.text();
      if (!text.startsWith('{')) return { status: error.response.status };
      const body: ErrorResponse = JSON.parse(text);
      return { status: error.response.status, message: body.error.message };
    }
  },
});

// @ts-expect-error: entry is required
export const noEntry: CreateAccessEntryRequest = { type: EntryType.Role };
