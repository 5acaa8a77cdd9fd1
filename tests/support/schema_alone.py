"""Does the schema refuse each mistake by itself? schema_alone.py SCHEMA, and on standard input a line
of JSON per site: {"file": …, "findings": [{"rule", "line", "column"}, …], "asked": [index, …]}.

All mistakes of a site are taken out at their places, and each that is asked for is put back alone. A
line of JSON per site comes out: by index, what the schema then says more than without it, or null."""

import json
import sys

import jsonschema
import yaml

from yaml12 import Loader

with open(sys.argv[1], encoding="utf-8") as file:
    validator = jsonschema.Draft202012Validator(json.load(file))


def place(node):
    return node.start_mark.line + 1, node.start_mark.column + 1


def first_place(node):
    """Where a finding about a whole node stands: not at its bracket, at what is first in it."""
    if isinstance(node, yaml.MappingNode) and node.value:
        return place(node.value[0][0])
    if isinstance(node, yaml.SequenceNode) and node.value:
        return first_place(node.value[0])
    return place(node)


def holds(node, at):
    """Whether a place lies in a node."""
    end = node.end_mark.line + 1, node.end_mark.column + 1
    return place(node) <= at < end


def take_out(node, at, rule, kept=None):
    """Removes the mistake at a place, unless the place that is kept goes along; whether it was found."""
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            key, value = pair
            whole = place(value) == at or (rule == "wrong-type" and first_place(value) == at)
            if whole or (place(key) == at and rule != "wrong-type"):
                if kept is None or not (place(key) == kept or holds(value, kept)):
                    node.value.remove(pair)
                return True
            if take_out(value, at, rule, kept):
                return True
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if place(item) == at or (rule == "wrong-type" and first_place(item) == at):
                if kept is None or not holds(item, kept):
                    node.value.remove(item)
                return True
            if take_out(item, at, rule, kept):
                return True
    return False


def errors(text, asked, others, alone):
    node = yaml.compose(text, Loader)
    kept = asked["line"], asked["column"]
    for finding in others:
        take_out(node, (finding["line"], finding["column"]), finding["rule"], kept)
    if not alone:
        assert take_out(node, kept, asked["rule"]), asked
    data = Loader("").construct_document(node)
    return {words for error in validator.iter_errors(data) for words in leaves(error)}


def leaves(error):
    """What is wrong at the bottom: of a value that may have several forms, in the form that is meant."""
    if not error.context:
        path = "/".join(str(part) for part in error.absolute_path)
        yield f"{path}: {error.message}"
        return
    forms = {}
    for inner in error.context:
        forms.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [form for form in forms.values() if not any(other_form(error, inner) for inner in form)]
    for inner in [inner for form in meant or forms.values() for inner in form]:
        yield from leaves(inner)


def other_form(error, inner):
    """Whether this says no more than that another form is meant: another type, word or kind."""
    below = list(inner.relative_path)
    return (not below and inner.validator in ("const", "type")) or (below == ["kind"] and inner.validator == "const")


for line in sys.stdin:
    site = json.loads(line)
    with open(site["file"], encoding="utf-8") as file:
        text = file.read()
    said = {}
    for at in site["asked"]:
        asked = site["findings"][at]
        others = [finding for finding in site["findings"] if finding is not asked]
        new = sorted(errors(text, asked, others, True) - errors(text, asked, others, False))
        said[at] = new[0][:200] if new else None
    print(json.dumps(said))
