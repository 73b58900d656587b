"""The session of the Python client that OpenAPI Generator makes."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "out", "python"))

import nks  # noqa: E402

CLUSTER = os.environ["NKS_CLUSTER"]
PRINCIPAL = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
NOBODY = "00000000-0000-4000-8000-000000000000"


class SignedClient(nks.ApiClient):
    """Signs every request."""

    def request(self, method, url, query_params=None, headers=None, **kwargs):
        parts = urllib.parse.urlsplit(url)
        target = parts.path + ("?" + parts.query if parts.query else "")
        timestamp = str(int(time.time() * 1000))
        text = f"{method} {target}\n{timestamp}\n{os.environ['NCLOUD_ACCESS_KEY']}"
        digest = hmac.new(os.environ["NCLOUD_SECRET_KEY"].encode(), text.encode(), hashlib.sha256).digest()
        headers = {
            **(headers or {}),
            "x-ncp-apigw-timestamp": timestamp,
            "x-ncp-iam-access-key": os.environ["NCLOUD_ACCESS_KEY"],
            "x-ncp-apigw-signature-v2": base64.b64encode(digest).decode(),
        }
        return super().request(method, url, query_params=query_params, headers=headers, **kwargs)


api = nks.AccessEntriesApi(SignedClient(nks.Configuration(host=os.environ["NKS_BASE_URL"])))

created = api.create_access_entry(CLUSTER, nks.CreateAccessEntryRequest(
    type=nks.EntryType.ROLE, entry=PRINCIPAL,
    policies=[nks.NamespacePolicy(type=nks.PolicyType.NKSEDITPOLICY, scope="namespace", namespaces=["dev"])]))
assert created.uuid == CLUSTER, created
entry, = [e for e in api.list_access_entries(CLUSTER).access_entries if e.entry == PRINCIPAL]
assert api.get_access_entry(CLUSTER, entry.uuid).access_entry.policies[0].namespaces == ["dev"]
api.update_access_entry(CLUSTER, entry.uuid, nks.UpdateAccessEntryRequest(
    groups=["developers"], policies=[nks.ClusterPolicy(type=nks.PolicyType.NKSVIEWPOLICY, scope="cluster")]))
updated = api.get_access_entry(CLUSTER, entry.uuid).access_entry
assert updated.groups == ["developers"] and updated.policies[0].type == "NKSViewPolicy", updated
api.delete_access_entry(CLUSTER, entry.uuid)
assert api.list_access_entries(CLUSTER).access_entries == []
try:
    api.get_access_entry(CLUSTER, NOBODY)
    raise AssertionError("an entry that is not there was found")
except nks.ApiException as error:
    assert error.status == 404 and json.loads(error.body)["error"]["message"], error

# Python has no compiler: the models refuse these when they are made.
for wrong in (lambda: nks.CreateAccessEntryRequest(type=nks.EntryType.ROLE),
              lambda: nks.NamespacePolicy(type=nks.PolicyType.NKSEDITPOLICY, scope="namespace")):
    try:
        wrong()
        raise AssertionError("the model accepts what the contract refuses")
    except ValueError:
        pass
