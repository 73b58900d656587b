import { createAccessEntry } from '../out/kubb/clients/createAccessEntry.ts';
import { deleteAccessEntry } from '../out/kubb/clients/deleteAccessEntry.ts';
import { getAccessEntry } from '../out/kubb/clients/getAccessEntry.ts';
import { listAccessEntries } from '../out/kubb/clients/listAccessEntries.ts';
import { updateAccessEntry } from '../out/kubb/clients/updateAccessEntry.ts';
import type { AccessPolicy } from '../out/kubb/types/AccessPolicy.ts';
import type { CreateAccessEntryRequest } from '../out/kubb/types/CreateAccessEntryRequest.ts';
import type { GetAccessEntry404 } from '../out/kubb/types/GetAccessEntry.ts';
import type { Client, RequestConfig, ResponseConfig } from '@kubb/plugin-client/clients/fetch';
import { cluster, nobody, principal, session, signedFetch } from './session.ts';

class Failed extends Error {
  constructor(readonly status: number, readonly body: GetAccessEntry404 | undefined) {
    super(body?.error.message);
  }
}

// Kubb's own client returns errors as results, so this one throws them.
const client: Client = async <TData, TError, TVariables>(config: RequestConfig<TVariables>): Promise<ResponseConfig<TData>> => {
  const response = await signedFetch(config.url ?? '', {
    method: config.method ?? 'GET', headers: { 'Content-Type': 'application/json' },
    ...(config.data === undefined ? {} : { body: JSON.stringify(config.data) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json') && text;
  const data = isJson ? JSON.parse(text) : undefined;
  if (!response.ok) throw new Failed(response.status, data);
  return { data: data as TData, status: response.status, statusText: response.statusText, headers: response.headers };
};

await session({
  create: () => createAccessEntry(cluster, {
    type: 'ROLE', entry: principal, policies: [{ type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] }],
  }, { client }),
  list: async () => (await listAccessEntries(cluster, { client })).accessEntries,
  get: async (uuid) => (await getAccessEntry(cluster, uuid, { client })).accessEntry,
  update: (uuid) => updateAccessEntry(cluster, uuid, { groups: ['developers'], policies: [{ type: 'NKSViewPolicy', scope: 'cluster' }] }, { client }),
  remove: (uuid) => deleteAccessEntry(cluster, uuid, { client }),
  missing: async () => {
    try {
      await getAccessEntry(cluster, nobody, { client });
    } catch (error) {
      if (error instanceof Failed) return { status: error.status, message: error.body?.error.message };
      throw error;
    }
    return { status: 200 };
  },
});

// @ts-expect-error: entry is required
export const noEntry: CreateAccessEntryRequest = { type: 'ROLE' };
// @ts-expect-error: scope namespace needs namespaces
export const noNamespaces: AccessPolicy = { type: 'NKSEditPolicy', scope: 'namespace' };
