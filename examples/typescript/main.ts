// Shows the life of one access entry.
import { setTimeout } from "node:timers/promises";
import { baseUrl } from "./base-url.js";
import { connect, dataOf, NKSError } from "./client.js";

const usage = `usage: node dist/main.js NRN

- creates the entry of NRN on the cluster NKS_CLUSTER, with NKSViewPolicy for the whole cluster
- replaces that by the group developers, and NKSEditPolicy for the namespace dev
- deletes the entry, also if a step before has failed

If NRN has an entry already, it changes nothing. It needs these environment variables:

  NCLOUD_API_GW      the emulator, or https://ncloud.apigw.ntruss.com for the real service
  NCLOUD_ACCESS_KEY  the access key
  NCLOUD_SECRET_KEY  the secret key
  NKS_CLUSTER        the UUID of the cluster
  NCLOUD_REGION      optional: the region, such as SGN
`;

/** The last line of the usage is what is missing. */
function exitWithUsage(line = ""): never {
  console.error(usage + line);
  process.exit(2);
}

function variable(name: string): string {
  return process.env[name] || exitWithUsage(`\nnot set: ${name}`);
}

const gateway = variable("NCLOUD_API_GW");
const accessKey = variable("NCLOUD_ACCESS_KEY");
const secretKey = variable("NCLOUD_SECRET_KEY");
const uuid = variable("NKS_CLUSTER");
const principal = process.argv[2] || exitWithUsage();

async function session() {
  const client = connect(baseUrl(gateway, process.env.NCLOUD_REGION), accessKey, secretKey);
  const cluster = { path: { uuid } };

  async function find() {
    const { accessEntries } = dataOf(await client.GET("/clusters/{uuid}/access-entries", { params: cluster }));
    return accessEntries?.find((entry) => entry.entry === principal);
  }

  /** Waits until the cluster accepts a change. After a change it is WORKING for a while. One that failed stays as it is. */
  async function ready() {
    const end = performance.now() + 10 * 60_000;
    for (;;) {
      const { status } = dataOf(await client.GET("/clusters/{uuid}", { params: cluster })).cluster;
      if (status === "RUNNING" || status === "NO_NODE") {
        return;
      }
      if (performance.now() >= end) {
        throw new Error(`the cluster is still ${status} after ten minutes`);
      }
      await setTimeout(1000);
    }
  }

  const existing = await find();
  if (existing) {
    throw new Error(`${principal} has the entry ${existing.uuid} already. Nothing was changed.`);
  }
  await ready();
  dataOf(
    await client.POST("/clusters/{uuid}/access-entries", {
      params: cluster,
      body: {
        type: principal.includes(":Role/") ? "ROLE" : "USER",
        entry: principal,
        policies: [{ type: "NKSViewPolicy", scope: "cluster" }],
      },
    }),
  );
  // The response has the UUID of the cluster. That of the entry is in the list.
  const created = await find();
  if (!created) {
    throw new Error(`the entry of ${principal} is not in the list after its creation`);
  }
  console.log("created", JSON.stringify(created));
  const entry = { path: { uuid, entryUuid: created.uuid } };

  try {
    await ready();
    dataOf(
      await client.PUT("/clusters/{uuid}/access-entries/{entryUuid}", {
        params: entry,
        // Both lists, because no source says what leaving one out does.
        body: { groups: ["developers"], policies: [{ type: "NKSEditPolicy", scope: "namespace", namespaces: ["dev"] }] },
      }),
    );
    const { accessEntry } = dataOf(await client.GET("/clusters/{uuid}/access-entries/{entryUuid}", { params: entry }));
    console.log("updated", JSON.stringify(accessEntry));
  } finally {
    await ready();
    dataOf(await client.DELETE("/clusters/{uuid}/access-entries/{entryUuid}", { params: entry }));
    console.log("deleted", created.uuid);
  }
}

/** What an error says, in one line. */
function words(error: unknown): string {
  if (error instanceof NKSError) {
    return error.toString();
  }
  // Why fetch failed is in the cause; for a host of several addresses only as a code.
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause ? `${message}: ${cause.message || cause.code}` : message;
}

try {
  await session();
} catch (error) {
  console.error(words(error));
  process.exitCode = 1;
}
