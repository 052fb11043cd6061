"""Judges YAML and JSON files by JSON schemas: python schemas.py SCHEMA FILE [SCHEMA FILE]...

SCHEMA is a path, or `github-workflows` for the schema that check-jsonschema contains. Prints a line for each file; exits with 1
if one does not fit.
"""
import importlib.resources, json, sys

import jsonschema
from ruamel.yaml import YAML


def schema(name):
    if name == "github-workflows":
        vendor = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
        return json.loads(vendor.joinpath(f"{name}.json").read_text("utf-8"))
    with open(name, encoding="utf-8") as file:
        return json.load(file)


faults = 0
for name, path in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    with open(path, encoding="utf-8") as file:
        document = json.load(file) if path.endswith(".json") else YAML(typ="safe", pure=True).load(file)
    known = schema(name)
    judge = jsonschema.validators.validator_for(known)(known, format_checker=jsonschema.FormatChecker())
    fault = jsonschema.exceptions.best_match(judge.iter_errors(document))
    faults += fault is not None
    print(f"{path}: {'fits' if fault is None else f'does not fit: {fault.json_path}: {fault.message}'}")
sys.exit(1 if faults else 0)
