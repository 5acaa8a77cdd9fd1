"""Validates YAML files against a JSON Schema: schema.py SCHEMA FILE...; one line per file."""

import json
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's truth values and numbers: `no` and `52:54:00:10:00:01` are texts, as they are to editors."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
regex = __import__("re").compile
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", regex("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", regex("^[-+]?[0-9]+$"), list("-+0123456789"))

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
