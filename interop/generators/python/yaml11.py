"""Reads contracts with PyYAML, which reads YAML 1.1, and compares them with their JSON.

    yaml11.py openapi.yaml…
"""

import json
import sys

import yaml

for name in sys.argv[1:]:
    with open(name) as text, open(name.removesuffix(".yaml") + ".json") as same:
        contract = yaml.safe_load(text)
        assert contract == json.load(same), f"{name} and its JSON differ"
        json.dumps(contract)  # fails on a date
