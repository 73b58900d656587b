// The session that every generated client makes with the emulator. If the environment has DEVIATION, the emulator deviates from
// the contract, such as lists=null. Then a missing list and a missing message are fine.
import assert from 'node:assert/strict';
import { sign } from '../../../examples/typescript/signature.ts';

function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const baseUrl = environment('NKS_BASE_URL');
export const cluster = environment('NKS_CLUSTER');
export const principal = 'nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4';
export const nobody = '00000000-0000-4000-8000-000000000000';
const unsigned = globalThis.fetch;

/** signed returns the request with the headers of the signature. */
export function signed(request: Request): Request {
  return sign(request, environment('NCLOUD_ACCESS_KEY'), environment('NCLOUD_SECRET_KEY'));
}

/** signedFetch signs a request and sends it. A path without a host is appended to the base URL. */
export const signedFetch: typeof fetch = (input, init) => {
  const url = typeof input === 'string' && input.startsWith('/') ? baseUrl + input : input;
  return unsigned(signed(new Request(url, init)));
};

export interface Entry {
  uuid: string;
  entry: string;
  groups?: string[] | null;
  policies?: { type?: string; scope?: string; namespaces?: string[] }[];
}

/** Calls are the operations of one generated client. */
export interface Calls {
  create(): Promise<{ uuid?: string }>; // the principal as NKSEditPolicy in namespace dev
  list(): Promise<Entry[] | null | undefined>;
  get(uuid: string): Promise<Entry>;
  update(uuid: string): Promise<{ uuid?: string }>; // group developers, NKSViewPolicy on the cluster
  remove(uuid: string): Promise<unknown>;
  missing(uuid: string): Promise<{ status: number; message?: string | undefined }>; // a get that fails
}

export async function session(calls: Calls): Promise<void> {
  const deviates = process.env.DEVIATION !== undefined;
  const find = async () => {
    const entries = await calls.list();
    if (!deviates) assert(entries);
    return entries?.find(({ entry }) => entry === principal);
  };
  assert.equal((await calls.create()).uuid, cluster);
  const created = await find();
  assert(created);
  assert.deepEqual((await calls.get(created.uuid)).policies?.[0]?.namespaces, ['dev']);
  assert.equal((await calls.update(created.uuid)).uuid, cluster);
  const updated = await calls.get(created.uuid);
  assert.deepEqual(updated.groups, ['developers']);
  assert.equal(updated.policies?.[0]?.type, 'NKSViewPolicy');
  await calls.remove(created.uuid);
  assert.equal(await find(), undefined);
  const { status, message } = await calls.missing(created.uuid);
  assert.equal(status, 404);
  if (!deviates) assert(message);
}
