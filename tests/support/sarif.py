"""Validates SARIF logs against OASIS's schema: sarif.py SCHEMA FILE...; one line per file."""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        error = jsonschema.exceptions.best_match(validator.iter_errors(json.load(file)))
    where = "/".join(str(part) for part in error.absolute_path) if error else ""
    print("ok" if error is None else f"refused at {where}: {error.message}".replace("\n", " ")[:300])
