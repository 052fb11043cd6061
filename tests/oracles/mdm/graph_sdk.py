"""Microsoft's own client library (msgraph-beta-sdk) reads bodies for Graph and writes them again: the same data
must come out. A property that it does not know, or a value that it cannot read, is a fault.

    graph_sdk.py API/COLLECTION[/assign]=FILE...

The library is that of beta, which has everything of v1.0.
"""

import importlib
import json
import sys

from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory

MODELS = {
    "deviceConfigurations": ("device_configuration", "DeviceConfiguration"),
    "deviceManagementScripts": ("device_management_script", "DeviceManagementScript"),
    "deviceHealthScripts": ("device_health_script", "DeviceHealthScript"),
}
BUILDERS = {
    "deviceConfigurations": "device_configurations",
    "deviceManagementScripts": "device_management_scripts",
    "deviceHealthScripts": "device_health_scripts",
}


def model(collection):
    kind, _, action = collection.partition("/")
    if action:
        builder = f"device_management.{BUILDERS[kind]}.item.assign.assign_post_request_body"
        return getattr(importlib.import_module(f"msgraph_beta.generated.{builder}"), "AssignPostRequestBody")
    module, name = MODELS[kind]
    return getattr(importlib.import_module(f"msgraph_beta.generated.models.{module}"), name)


def unknown(value, path="$"):
    """Properties for which the library has no field, at any depth."""
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            yield from unknown(item, f"{path}[{at}]")
    elif hasattr(value, "additional_data"):
        for name in value.additional_data:
            if name != "@odata.type":
                yield f"{path}.{name}"
        for name, item in vars(value).items():
            if name not in ("additional_data", "backing_store"):
                yield from unknown(item, f"{path}.{name}")


def judge(collection, name):
    with open(name, "rb") as file:
        content = file.read()
    node = JsonParseNodeFactory().get_root_parse_node("application/json", content)
    parsed = node.get_object_value(model(collection))
    writer = JsonSerializationWriterFactory().get_serialization_writer("application/json")
    parsed.serialize(writer)
    again, before = json.loads(writer.get_serialized_content()), json.loads(content)
    faults = [f"unknown property {path}" for path in unknown(parsed)]
    if again != before:
        faults.append(f"it writes {again} for {before}"[:2000])
    return faults


def main():
    wrong = 0
    for argument in sys.argv[1:]:
        place, _, name = argument.partition("=")
        try:
            faults = judge(place.partition("/")[2], name)
        except Exception as error:  # whatever the library throws is its verdict
            faults = [f"{type(error).__name__}: {error}"]
        for fault in faults:
            print(f"{name}: {fault}")
        wrong += bool(faults)
    print(f"{len(sys.argv) - 1} bodies read, {wrong} wrong")
    sys.exit(1 if wrong or len(sys.argv) == 1 else 0)


if __name__ == "__main__":
    main()
