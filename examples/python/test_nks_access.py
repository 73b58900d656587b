"""Tests the signature and base URLs with vectors, and the client with an emulator: make test-python."""

import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import unittest.mock

import nks_access

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRINCIPAL = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"


def read(path):
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


class Signature(unittest.TestCase):
    def test_vectors(self):
        vectors = read("api/signature-vectors.json")["vectors"]
        self.assertGreaterEqual(len(vectors), 40)
        for v in vectors:
            with self.subTest(v["name"]):
                text = nks_access.string_to_sign(v["method"], v["target"], v["timestamp"], v["accessKey"])
                self.assertEqual(text, v["stringToSign"])
                self.assertEqual(nks_access.signature(v["secretKey"], text), v["signature"])

    def test_plain_http(self):
        with self.assertRaisesRegex(ValueError, "neither https nor on this machine"):
            nks_access.Client("http://example.com/vnks/v2", "a", "b")


class BaseURL(unittest.TestCase):
    def test_base_urls(self):
        cases = read("examples/base-urls.json")["baseUrls"]
        self.assertGreaterEqual(len(cases), 10)
        for case in cases:
            with self.subTest(case):
                self.assertEqual(nks_access.base_url(case["gateway"], case["region"]), case["baseUrl"])

    def test_refused(self):
        cases = read("examples/base-urls.json")["refused"]
        self.assertGreaterEqual(len(cases), 10)
        for case in cases:
            with self.subTest(case), self.assertRaisesRegex(ValueError, "^" + case["names"]) as caught:
                nks_access.base_url(case["gateway"], case["region"])
            self.assertNotIn("password", str(caught.exception))


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Busy for a while after each change, as the service is.
        cls.emulator = subprocess.Popen(
            [ROOT / "bin/nks-access", "emulator", "--listen", "127.0.0.1:0", "--quiet", "--busy", "100ms"],
            stdout=subprocess.PIPE, text=True)
        cls.env = {"NCLOUD_REGION": ""}
        for line in cls.emulator.stdout:
            if match := re.match(r"export (\w+)=(.*)\n", line):
                cls.env[match[1]] = match[2]
            elif line.startswith("unset"):
                break

    @classmethod
    def tearDownClass(cls):
        cls.emulator.terminate()
        cls.emulator.wait()
        cls.emulator.stdout.close()

    def setUp(self):
        self.cluster = self.env["NKS_CLUSTER"]
        self.client().wait_ready(self.cluster)

    def client(self, secret_key=None):
        secret_key = secret_key or self.env["NCLOUD_SECRET_KEY"]
        url = nks_access.base_url(self.env["NCLOUD_API_GW"])
        return nks_access.Client(url, self.env["NCLOUD_ACCESS_KEY"], secret_key)

    def run_main(self, *args, **env):
        return subprocess.run([sys.executable, nks_access.__file__, *args], env={**os.environ, **self.env, **env},
                              capture_output=True, text=True, timeout=60)

    def test_errors(self):
        with self.assertRaises(nks_access.NotFound) as caught:
            self.client().get(self.cluster, "00000000-0000-4000-8000-000000000000")
        self.assertEqual(caught.exception.status, 404)
        with self.assertRaises(nks_access.NKSError) as caught:
            self.client("wrong").list(self.cluster)
        self.assertEqual((caught.exception.status, caught.exception.code), (401, "200"))

    def test_errors_show_details(self):
        with self.assertRaises(nks_access.NKSError) as caught:
            self.client().create(self.cluster, "USER", "nobody", policies=[])
        self.assertEqual(caught.exception.status, 400)
        self.assertIn('"property": "entry"', str(caught.exception))
        error = nks_access.failure(401, "Unauthorized", b'{"error":{"errorCode":"200","message":"No","details":"a reason"}}')
        self.assertEqual(str(error), "401 No (code 200): a reason")
        for body in (b"", b"<html>", b"[]", b'{"error":null}', b'{"error":"busy"}'):
            self.assertEqual(str(nks_access.failure(502, "Bad Gateway", body)), "502 Bad Gateway")

    def test_query_is_signed(self):
        self.assertIn("clusters", self.client().call("GET", "/clusters?x=1"))

    def test_main_can_run_twice(self):
        for _ in range(2):
            done = self.run_main(PRINCIPAL)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r'^created .*\nupdated .*"groups": \["developers"\].*\ndeleted [0-9a-f-]{36}\n$')
        self.assertEqual(self.client().list(self.cluster), [])

    def test_main_leaves_an_entry_that_exists(self):
        client = self.client()
        client.create(self.cluster, "USER", PRINCIPAL, policies=[{"type": "NKSClusterAdminPolicy", "scope": "cluster"}])
        before = client.list(self.cluster)
        done = self.run_main(PRINCIPAL)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{PRINCIPAL} has the entry {before[0]['uuid']} already. Nothing was changed.", done.stderr)
        self.assertEqual(client.list(self.cluster), before)
        client.wait_ready(self.cluster)
        client.delete(self.cluster, before[0]["uuid"])

    def test_session_deletes_its_entry_after_a_failure(self):
        client = self.client()
        refused = nks_access.NKSError(503, "500", "Endpoint Error")
        with unittest.mock.patch.object(client, "update", side_effect=refused), \
                contextlib.redirect_stdout(io.StringIO()), self.assertRaises(nks_access.NKSError) as caught:
            nks_access.session(client, self.cluster, PRINCIPAL)
        self.assertIs(caught.exception, refused)
        self.assertEqual(client.list(self.cluster), [])

    def test_main_needs_its_variables(self):
        for name in ("NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER"):
            done = self.run_main(PRINCIPAL, **{name: ""})
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"not set: {name}\n", done.stderr)
        self.assertEqual(self.run_main().returncode, 2)


if __name__ == "__main__":
    unittest.main()
