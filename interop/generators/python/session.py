"""The session of the Python clients that OpenAPI Generator and swagger-codegen make.

    session.py FOLDER PACKAGE

If the environment has DEVIATION, the emulator deviates from the contract, such as lists=null. Then a missing list and a missing
message are fine.
"""

import base64
import hashlib
import hmac
import importlib
import json
import os
import sys
import time
import urllib.parse

folder, package = sys.argv[1:]
sys.path.insert(0, folder)
nks = importlib.import_module(package)
ApiException = importlib.import_module(f"{package}.rest").ApiException

CLUSTER = os.environ["NKS_CLUSTER"]
PRINCIPAL = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
NOBODY = "00000000-0000-4000-8000-000000000000"
DEVIATES = "DEVIATION" in os.environ


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


configuration = nks.Configuration()
configuration.host = os.environ["NKS_BASE_URL"]
client = SignedClient(configuration)
api = nks.AccessEntriesApi(client)

clusters = nks.ClustersApi(client).list_clusters().clusters
assert clusters[0].uuid == CLUSTER and clusters[0].name, clusters

def body(name, value):
    """Returns the argument for a body. OpenAPI Generator names it after the schema."""
    return {"body" if package == "swagger_client" else name: value}


def find():
    """Returns the entries of the principal."""
    entries = api.list_access_entries(CLUSTER).access_entries
    assert DEVIATES or entries is not None
    return [e for e in entries or [] if e.entry == PRINCIPAL]


created = api.create_access_entry(uuid=CLUSTER, **body("create_access_entry_request", nks.CreateAccessEntryRequest(
    type=nks.EntryType.ROLE, entry=PRINCIPAL,
    policies=[nks.AccessPolicy(type=nks.PolicyType.NKSEDITPOLICY, scope=nks.AccessPolicyScope.NAMESPACE, namespaces=["dev"])])))
assert created.uuid == CLUSTER, created
entry, = find()
assert api.get_access_entry(CLUSTER, entry.uuid).access_entry.policies[0].namespaces == ["dev"]
api.update_access_entry(uuid=CLUSTER, entry_uuid=entry.uuid, **body("update_access_entry_request", nks.UpdateAccessEntryRequest(
    groups=["developers"],
    policies=[nks.AccessPolicy(type=nks.PolicyType.NKSVIEWPOLICY, scope=nks.AccessPolicyScope.CLUSTER)])))
updated = api.get_access_entry(CLUSTER, entry.uuid).access_entry
assert updated.groups == ["developers"] and updated.policies[0].type == "NKSViewPolicy", updated
api.delete_access_entry(CLUSTER, entry.uuid)
assert find() == []
try:
    api.get_access_entry(CLUSTER, NOBODY)
    raise AssertionError("an entry that does not exist was found")
except ApiException as error:
    assert error.status == 404, error
    assert DEVIATES or json.loads(error.body)["error"]["message"], error

# Python has no compiler: the model refuses this when it is made.
try:
    nks.CreateAccessEntryRequest(type=nks.EntryType.ROLE)
    raise AssertionError("the model accepts a create without entry")
except ValueError:
    pass
