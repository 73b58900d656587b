#!/usr/bin/env python3
"""usage: nks_access.py NRN

Shows the life of one access entry, with the standard library alone:

- creates the entry of NRN on the cluster NKS_CLUSTER, with NKSViewPolicy for the whole cluster
- replaces that by the group developers, and NKSEditPolicy for the namespace dev
- deletes the entry, also if a step before has failed

If NRN has an entry already, it changes nothing. It needs these environment variables:

  NCLOUD_API_GW      the emulator, or https://ncloud.apigw.ntruss.com for the real service
  NCLOUD_ACCESS_KEY  the access key
  NCLOUD_SECRET_KEY  the secret key
  NKS_CLUSTER        the UUID of the cluster
  NCLOUD_REGION      optional: the region, such as SGN
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

MAX_BYTES = 10 << 20  # of a response
READY_WITHIN = 600  # seconds

# The path of the API in each region.
PATHS = {"KR": "/vnks/v2", "SGN": "/vnks/sgn-v2", "JPN": "/vnks/jpn-v2", "KRS": "/vnks/krs-v2", "FKR": "/nks/v2"}


def base_url(gateway, region=""):
    """Returns the base URL for the values of NCLOUD_API_GW and NCLOUD_REGION. Raises ValueError."""
    parts = urllib.parse.urlsplit(gateway)
    is_plain = parts.hostname and not (parts.username or parts.query or parts.fragment)
    if parts.scheme not in ("https", "http") or not is_plain:
        raise ValueError("NCLOUD_API_GW must be such as https://ncloud.apigw.ntruss.com, "
                         "without user name, query and fragment")
    default_region = "FKR" if parts.hostname.endswith(".fin-ntruss.com") else "KR"
    path = PATHS.get(region.upper() or default_region)
    if not path:
        raise ValueError(f"NCLOUD_REGION must be one of {', '.join(PATHS)}, not {region!r}")
    url = re.sub("^https://(fin-)?ncloud[.]", "https://nks.", gateway.rstrip("/"))
    version = re.search("/([a-z]+-)?(v[0-9]+)$", url)
    if not version:
        return url + path
    if version[2] != "v2":
        raise ValueError(f"NCLOUD_API_GW ends in {version[2]}, but this program uses version 2 of the API")
    if region and not url.endswith(path):
        raise ValueError(f"NCLOUD_REGION is {region}, but NCLOUD_API_GW is the base URL of another region")
    return url


def string_to_sign(method, target, timestamp, access_key):
    """Returns the string to sign. target is the path and query exactly as they are sent."""
    return f"{method} {target}\n{timestamp}\n{access_key}"


def signature(secret_key, text):
    digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class NKSError(Exception):
    """An error response: the HTTP status, and what its body says.

    code and message may be empty. details is None, a string, or what the service sends as JSON.
    """

    def __init__(self, status, code, message, details=None):
        text = f"{status} {message}"
        if code:
            text += f" (code {code})"
        if details:
            text += f": {details if isinstance(details, str) else json.dumps(details, ensure_ascii=False)}"
        super().__init__(text)
        self.status, self.code, self.message, self.details = status, code, message, details


class NotFound(NKSError):
    """404: no such cluster or entry."""


class Busy(NKSError):
    """409: an earlier change is still under way. Retry later."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # a redirect would take the signature along


class Client:
    def __init__(self, base_url, access_key, secret_key):
        parts = urllib.parse.urlsplit(base_url)
        if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            # The signature does not cover the body, so anyone on the path could change it.
            raise ValueError("the base URL is neither https nor on this machine")
        self.base_url, self.access_key, self._secret_key = base_url.rstrip("/"), access_key, secret_key
        proxies = [urllib.request.ProxyHandler({})] if parts.scheme == "http" else []
        self._opener = urllib.request.build_opener(NoRedirect, *proxies)

    def call(self, method, path, body=None):
        """Sends a signed request and returns the decoded response, or raises an NKSError."""
        url = self.base_url + path
        target = urllib.parse.urlsplit(url)._replace(scheme="", netloc="").geturl()
        timestamp = str(int(time.time() * 1000))
        text = string_to_sign(method, target, timestamp, self.access_key)
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, method=method, data=data, headers={
            "Content-Type": "application/json",
            "x-ncp-apigw-timestamp": timestamp,
            "x-ncp-iam-access-key": self.access_key,
            "x-ncp-apigw-signature-v2": signature(self._secret_key, text),
        })
        try:
            with self._opener.open(request, timeout=30) as response:
                data = response.read(MAX_BYTES)
                return json.loads(data) if data else {}
        except urllib.error.HTTPError as error:
            raise failure(error.code, error.reason, error.read(MAX_BYTES)) from None

    def wait_ready(self, cluster):
        """Waits until the cluster accepts a change. After a change it is WORKING for a while."""
        end = time.monotonic() + READY_WITHIN
        while True:
            status = self.call("GET", f"/clusters/{cluster}")["cluster"].get("status")
            if status in ("RUNNING", "NO_NODE"):
                return
            if time.monotonic() >= end:
                raise TimeoutError(f"the cluster is still {status} after {READY_WITHIN} seconds")
            time.sleep(1)

    def list(self, cluster):
        return self.call("GET", f"/clusters/{cluster}/access-entries").get("accessEntries") or []

    def find(self, cluster, principal):
        """Returns the entry of a principal, or None. A create does not return the UUID of its entry."""
        return next((e for e in self.list(cluster) if e["entry"] == principal), None)

    def get(self, cluster, entry):
        return self.call("GET", f"/clusters/{cluster}/access-entries/{entry}")["accessEntry"]

    def create(self, cluster, kind, principal, groups=(), policies=()):
        self.call("POST", f"/clusters/{cluster}/access-entries",
                  {"type": kind, "entry": principal, "groups": list(groups), "policies": list(policies)})

    def update(self, cluster, entry, groups, policies):
        """Replaces both lists. No source says what leaving one out does."""
        self.call("PUT", f"/clusters/{cluster}/access-entries/{entry}", {"groups": groups, "policies": policies})

    def delete(self, cluster, entry):
        self.call("DELETE", f"/clusters/{cluster}/access-entries/{entry}")


def failure(status, reason, body):
    """Returns the error for a response. Its body may be JSON, XML, HTML from a proxy, or empty."""
    try:
        error = json.loads(body)["error"]
        code, message = str(error.get("errorCode", "")), error.get("message") or reason
        details = error.get("details")
    except (ValueError, KeyError, TypeError, AttributeError):
        code, message, details = "", reason, None
    return {404: NotFound, 409: Busy}.get(status, NKSError)(status, code, message, details)


def session(client, cluster, principal):
    """Creates, updates and deletes the entry of a principal that has none."""
    existing = client.find(cluster, principal)
    if existing:
        raise ValueError(f"{principal} has the entry {existing['uuid']} already. Nothing was changed.")
    kind = "ROLE" if ":Role/" in principal else "USER"
    client.wait_ready(cluster)
    client.create(cluster, kind, principal, policies=[{"type": "NKSViewPolicy", "scope": "cluster"}])
    created = client.find(cluster, principal)
    if not created:
        raise ValueError(f"the entry of {principal} is not in the list after its creation")
    entry = created["uuid"]
    print("created", json.dumps(created))
    try:
        client.wait_ready(cluster)
        edit = {"type": "NKSEditPolicy", "scope": "namespace", "namespaces": ["dev"]}
        client.update(cluster, entry, ["developers"], [edit])
        print("updated", json.dumps(client.get(cluster, entry)))
    finally:
        client.wait_ready(cluster)
        client.delete(cluster, entry)
        print("deleted", entry)


def main():
    names = ("NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER")
    missing = [name for name in names if not os.environ.get(name)]
    if len(sys.argv) != 2 or missing:
        print(__doc__, file=sys.stderr)
        if missing:
            print(f"nks_access: not set: {', '.join(missing)}", file=sys.stderr)
        sys.exit(2)
    gateway, access_key, secret_key, cluster = (os.environ[name] for name in names)
    url = base_url(gateway, os.environ.get("NCLOUD_REGION", ""))
    session(Client(url, access_key, secret_key), cluster, sys.argv[1])


if __name__ == "__main__":
    try:
        main()
    except (NKSError, OSError, ValueError) as error:
        sys.exit(f"nks_access: {error}")
