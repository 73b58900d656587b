// Lets a sub account or a role into a cluster, gives it more, and shuts it out again.
import { setTimeout } from "node:timers/promises";
import { connect, dataOf, NKSError } from "./client.js";

const { NKS_BASE_URL, NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY, NKS_CLUSTER: uuid } = process.env;
const principal = process.argv[2];
if (!NCLOUD_ACCESS_KEY || !NCLOUD_SECRET_KEY || !uuid || !principal) {
  console.error("usage: NCLOUD_ACCESS_KEY=… NCLOUD_SECRET_KEY=… NKS_CLUSTER=… node dist/main.js NRN");
  process.exit(2);
}
const client = connect(NKS_BASE_URL || "https://nks.apigw.ntruss.com/vnks/v2", NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY);
const cluster = { path: { uuid } };

async function find() {
  const { accessEntries } = dataOf(await client.GET("/clusters/{uuid}/access-entries", { params: cluster }));
  return accessEntries.find((entry) => entry.entry === principal);
}

/** After a change the cluster is WORKING for a while, and refuses other changes. One that failed stays as it is. */
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

try {
  if (await find()) {
    throw new Error(`${principal} has an entry already`);
  }
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
  // The answer holds the UUID of the cluster. The entry's is in the list.
  const created = await find();
  if (!created) {
    throw new Error(`${principal} is not in the list`);
  }
  console.log("created", JSON.stringify(created));
  const entry = { path: { uuid, entryUuid: created.uuid } };

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

  await ready();
  dataOf(await client.DELETE("/clusters/{uuid}/access-entries/{entryUuid}", { params: entry }));
  console.log("deleted", created.uuid);
} catch (error) {
  if (error instanceof NKSError) {
    // The gateway sends a sentence, the service an object, and console.error would leave out what is deep in it.
    const details = typeof error.details === "object" ? JSON.stringify(error.details) : (error.details ?? "");
    console.error(`${error.status}, code ${error.code}: ${error.message}`, details);
  } else {
    // Why fetch failed is in the cause; for a host of several addresses only as a code.
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    console.error(cause ? `${message}: ${cause.message || cause.code}` : message);
  }
  process.exitCode = 1;
}
