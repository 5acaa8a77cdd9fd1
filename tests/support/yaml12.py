"""YAML as editors read it, for the tests of the schema."""

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
# A zero in front makes no octal number of it.
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))
