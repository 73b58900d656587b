// OpenAPI Generator 7.0.0 types nearly every field as any when it reads OpenAPI 3.1.
import axios, { AxiosHeaders, isAxiosError } from 'axios';
import { AccessEntriesApi, type CreateAccessEntryRequest, type ErrorResponse } from '../out/typescript-axios31/api';
import { baseUrl, cluster, nobody, principal, session, signed } from './session.ts';

const client = axios.create({ maxRedirects: 0, timeout: 30_000 });
client.interceptors.request.use((config) => {
  const request = signed(new Request(config.url ?? '', { method: config.method?.toUpperCase() }));
  for (const [name, value] of request.headers) if (name.startsWith('x-ncp-')) (config.headers as AxiosHeaders).set(name, value);
  return config;
});
const api = new AccessEntriesApi(undefined, baseUrl, client);
const edit = { type: 'NKSEditPolicy', scope: 'namespace', namespaces: ['dev'] };
const view = { type: 'NKSViewPolicy', scope: 'cluster' };

await session({
  create: async () => (await api.createAccessEntry(cluster, { type: 'ROLE', entry: principal, policies: [edit] })).data,
  list: async () => (await api.listAccessEntries(cluster)).data.accessEntries,
  get: async (uuid) => (await api.getAccessEntry(cluster, uuid)).data.accessEntry,
  update: async (uuid) => (await api.updateAccessEntry(cluster, uuid, { groups: ['developers'], policies: [view] })).data,
  remove: async (uuid) => (await api.deleteAccessEntry(cluster, uuid)).data,
  missing: async () => {
    try {
      return { status: (await api.getAccessEntry(cluster, nobody)).status };
    } catch (error) {
      if (!isAxiosError<ErrorResponse>(error) || !error.response) throw error;
      return { status: error.response.status, message: error.response.data?.error?.message };
    }
  },
});

// @ts-expect-error: entry is required
export const noEntry: CreateAccessEntryRequest = { type: 'ROLE' };
