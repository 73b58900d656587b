"""Tests the signature with the vectors, and the client with an emulator: make test-python."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import nks_access

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRINCIPAL = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"


class Signature(unittest.TestCase):
    def test_vectors(self):
        vectors = json.loads((ROOT / "api/signature-vectors.json").read_text(encoding="utf-8"))["vectors"]
        self.assertGreaterEqual(len(vectors), 40)
        for v in vectors:
            with self.subTest(v["name"]):
                text = nks_access.string_to_sign(v["method"], v["target"], v["timestamp"], v["accessKey"])
                self.assertEqual(text, v["stringToSign"])
                self.assertEqual(nks_access.signature(v["secretKey"], text), v["signature"])

    def test_plain_http(self):
        with self.assertRaisesRegex(ValueError, "neither https nor on this machine"):
            nks_access.Client("http://example.com/vnks/v2", "a", "b")


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = subprocess.Popen([ROOT / "bin/nks-access", "emulator", "--listen", "127.0.0.1:0", "--quiet"],
                                        stdout=subprocess.PIPE, text=True)
        cls.env = {}
        for line in cls.emulator.stdout:
            if match := re.match(r"export (\w+)=(.*)\n", line):
                cls.env[match[1]] = match[2]
            elif line.startswith("unset"):
                break
        cls.env["NKS_BASE_URL"] = cls.env["NCLOUD_API_GW"] + "/vnks/v2"

    @classmethod
    def tearDownClass(cls):
        cls.emulator.terminate()
        cls.emulator.wait()
        cls.emulator.stdout.close()

    def client(self, secret_key=None):
        secret_key = secret_key or self.env["NCLOUD_SECRET_KEY"]
        return nks_access.Client(self.env["NKS_BASE_URL"], self.env["NCLOUD_ACCESS_KEY"], secret_key)

    def test_errors(self):
        cluster = self.env["NKS_CLUSTER"]
        with self.assertRaises(nks_access.NotFound) as caught:
            self.client().get(cluster, "00000000-0000-4000-8000-000000000000")
        self.assertEqual(caught.exception.status, 404)
        with self.assertRaises(nks_access.NKSError) as caught:
            self.client("wrong").list(cluster)
        self.assertEqual((caught.exception.status, caught.exception.code), (401, "200"))

    def test_query_is_signed(self):
        self.assertIn("clusters", self.client().call("GET", "/clusters?x=1"))

    def test_main_can_run_twice(self):
        for _ in range(2):
            done = subprocess.run([sys.executable, nks_access.__file__, PRINCIPAL], env={**os.environ, **self.env},
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('"groups": ["developers"]', done.stdout)
        self.assertEqual(self.client().list(self.env["NKS_CLUSTER"]), [])


if __name__ == "__main__":
    unittest.main()
