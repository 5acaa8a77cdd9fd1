"""Validates YAML files against a JSON Schema: schema.py SCHEMA FILE...; one line per file."""

import json
import sys

import jsonschema
import yaml

from yaml12 import Loader

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        site = yaml.load(file, Loader)
    error = jsonschema.exceptions.best_match(validator.iter_errors(site))
    where = "/".join(str(part) for part in error.absolute_path) if error else ""
    print("ok" if error is None else f"refused at {where}: {error.message}".replace("\n", " ")[:300])
