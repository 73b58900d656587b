#!/usr/bin/env python3
"""Manages the access entry of one principal, with the standard library alone.

    export NKS_BASE_URL=… NCLOUD_ACCESS_KEY=… NCLOUD_SECRET_KEY=… NKS_CLUSTER=…
    python3 nks_access.py NRN
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

MAX_BYTES = 10 << 20  # of a response


def string_to_sign(method, target, timestamp, access_key):
    """Returns the string to sign. target is the path and query exactly as they are sent."""
    return f"{method} {target}\n{timestamp}\n{access_key}"


def signature(secret_key, text):
    digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class NKSError(Exception):
    """An error response. status is the HTTP status, code the error code (may be empty)."""

    def __init__(self, status, code, message):
        super().__init__(f"{status} {message}" + (f" (code {code})" if code else ""))
        self.status, self.code, self.message = status, code, message


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

    def list(self, cluster):
        return self.call("GET", f"/clusters/{cluster}/access-entries")["accessEntries"]

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
    except (ValueError, KeyError, TypeError, AttributeError):
        code, message = "", reason
    return {404: NotFound, 409: Busy}.get(status, NKSError)(status, code, message)


def main():
    names = ("NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER")
    if len(sys.argv) != 2 or not all(os.environ.get(name) for name in names):
        sys.exit(f"usage: {' '.join(name + '=…' for name in names)} python3 nks_access.py NRN")
    access_key, secret_key, cluster = (os.environ[name] for name in names)
    principal = sys.argv[1]
    client = Client(os.environ.get("NKS_BASE_URL", "https://nks.apigw.ntruss.com/vnks/v2"), access_key, secret_key)
    if not client.find(cluster, principal):
        kind = "ROLE" if ":Role/" in principal else "USER"
        client.create(cluster, kind, principal, policies=[{"type": "NKSViewPolicy", "scope": "cluster"}])
    entry = client.find(cluster, principal)["uuid"]
    edit = {"type": "NKSEditPolicy", "scope": "namespace", "namespaces": ["dev"]}
    client.update(cluster, entry, ["developers"], [edit])
    print(json.dumps(client.get(cluster, entry)))
    client.delete(cluster, entry)
    print("deleted", entry)


if __name__ == "__main__":
    try:
        main()
    except (NKSError, OSError, ValueError) as error:
        sys.exit(f"nks_access: {error}")
