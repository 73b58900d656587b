/** The path of the API in each region. */
const paths: Record<string, string> = {
  KR: "/vnks/v2",
  SGN: "/vnks/sgn-v2",
  JPN: "/vnks/jpn-v2",
  KRS: "/vnks/krs-v2",
  FKR: "/nks/v2",
};

/** The base URL for the values of NCLOUD_API_GW and NCLOUD_REGION, as nks-access derives it. */
export function baseUrl(gateway: string, region = ""): string {
  const parsed = URL.canParse(gateway) ? new URL(gateway) : undefined;
  const isHttp = /^https?:\/\/[^/]/.test(gateway);
  if (!parsed || !isHttp || parsed.username || parsed.password || parsed.search || parsed.hash) {
    throw new Error("NCLOUD_API_GW must be such as https://ncloud.apigw.ntruss.com, without user name, query and fragment");
  }
  const defaultRegion = parsed.hostname.endsWith(".fin-ntruss.com") ? "FKR" : "KR";
  const path = paths[region.toUpperCase() || defaultRegion];
  if (!path) {
    throw new Error(`NCLOUD_REGION must be one of ${Object.keys(paths).join(", ")}, not ${region}`);
  }
  const url = gateway.replace(/\/+$/, "").replace(/^https:\/\/(fin-)?ncloud\./, "https://nks.");
  const version = /\/(?:[a-z]+-)?(v[0-9]+)$/.exec(url)?.[1];
  if (!version) {
    return url + path;
  }
  if (version !== "v2") {
    throw new Error(`NCLOUD_API_GW ends in ${version}, but this program uses version 2 of the API`);
  }
  if (region && !url.endsWith(path)) {
    throw new Error(`NCLOUD_REGION is ${region}, but NCLOUD_API_GW is the base URL of another region`);
  }
  return url;
}
