"""Judges bodies for Microsoft Graph by the schemas in graph/: the CSDL of v1.0 and the typings of beta.

    graph_schema.py API/COLLECTION[/assign]=FILE...

e.g. beta/deviceConfigurations=ada.json. Unknown, missing and wrongly typed properties are refused. Prints what is
wrong; the exit code is 1 if anything is.
"""

import base64
import binascii
import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "graph")

# What the service itself sets.
READ_ONLY = {
    "id", "createdDateTime", "lastModifiedDateTime", "version", "supportsScopeTags", "source", "sourceId",
    "isGlobalScript", "highestAvailableVersion",
}
# The typings mark no property as required: what the portal demands before it saves.
REQUIRED_IN_BETA = {
    "iosCustomConfiguration": {"displayName", "payloadName", "payload"},
    # without the channel a Mac gets the profile where it has no mail payload
    "macOSCustomConfiguration": {"displayName", "payloadName", "payload", "deploymentChannel"},
    "deviceManagementScript": {"displayName", "fileName", "scriptContent", "runAsAccount"},
    "deviceHealthScript": {"displayName", "publisher", "detectionScriptContent", "runAsAccount"},
    "deviceHealthScriptAssignment": {"target", "runRemediationScript", "runSchedule"},
    "deviceConfigurationAssignment": {"target"},
    "deviceManagementScriptAssignment": {"target"},
    "deviceManagementScriptGroupAssignment": {"targetGroupId"},
    "groupAssignmentTarget": {"groupId"},
    "win32LobApp": {
        "displayName", "publisher", "fileName", "setupFilePath", "installCommandLine", "uninstallCommandLine",
        "installExperience", "rules",
    },
    "win32LobAppReturnCode": {"returnCode", "type"},
    "win32LobAppPowerShellScriptRule": {"ruleType", "scriptContent"},
}
# The typings call these strings.
BINARY = {"payload", "scriptContent", "detectionScriptContent", "remediationScriptContent"}
# Types that a body of a collection may have; the first is meant where the body names none.
COLLECTIONS = {
    "deviceConfigurations": ["deviceConfiguration", "iosCustomConfiguration", "macOSCustomConfiguration"],
    "deviceManagementScripts": ["deviceManagementScript"],
    "deviceHealthScripts": ["deviceHealthScript"],
    # only as a file: the helper creates no app
    "mobileApps": ["mobileApp", "win32LobApp"],
}
# Parameters of the action `assign`.
ASSIGN = {
    "deviceConfigurations": {"assignments": "deviceConfigurationAssignment"},
    "deviceManagementScripts": {
        "deviceManagementScriptAssignments": "deviceManagementScriptAssignment",
        "deviceManagementScriptGroupAssignments": "deviceManagementScriptGroupAssignment",
    },
    "deviceHealthScripts": {"deviceHealthScriptAssignments": "deviceHealthScriptAssignment"},
}
ABSTRACT = {
    "deviceConfiguration", "deviceAndAppManagementAssignmentTarget", "deviceHealthScriptRunSchedule",
    "deviceHealthScriptTimeSchedule", "mobileApp", "win32LobAppRule",
}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def lower_first(name):
    return name[0].lower() + name[1:]


class Schema:
    """Types by name: (base, {property: (type, may be null, is a collection)}), enumerations by name."""

    def __init__(self, api):
        self.api, self.types, self.enums = api, {}, {}
        self.read_csdl() if api == "v1.0" else self.read_typings()

    def read_csdl(self):
        for node in ElementTree.parse(os.path.join(HERE, "v1.0.csdl.xml")).getroot():
            properties = {}
            for item in node:
                kind = item.get("Type")
                many = kind.startswith("Collection(")
                kind = kind[11:-1] if many else kind
                kind = kind.replace("Edm.", "").replace("graph.", "")
                nullable = item.get("Nullable") != "false"
                properties[item.get("Name")] = (kind, nullable, many)
            base = (node.get("BaseType") or "").replace("graph.", "")
            self.types[node.get("Name")] = (base, properties)

    def read_typings(self):
        with open(os.path.join(HERE, "beta.d.ts"), encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", file.read(), flags=re.S | re.M)
        plain = {"string": "String", "number": "Int32", "boolean": "Boolean"}
        for name, base, body in re.findall(r"interface (\w+)(?: extends (\w+))? \{(.*?)\}", text, re.S):
            properties = {}
            for key, kind in re.findall(r"(\w+)\?: (.*?);", body):
                nullable = kind.startswith("NullableOption<")
                kind = kind[15:-1] if nullable else kind
                many = kind.endswith("[]")
                kind = kind[:-2] if many else kind
                if key in BINARY:
                    kind = "Binary"
                properties[key] = (plain.get(kind) or (kind if kind == "Binary" else lower_first(kind)), nullable, many)
            self.types[lower_first(name)] = (lower_first(base) if base else "", properties)
        for name, values in re.findall(r"type (\w+) =(.*?);", text, re.S):
            self.enums[lower_first(name)] = set(re.findall(r'"(\w+)"', values)) - {"unknownFutureValue"}

    def properties(self, name):
        found = {}
        while name in self.types:
            base, own = self.types[name]
            found.update(own)
            name = base
        return found

    def is_a(self, name, base):
        while name in self.types:
            if name == base:
                return True
            name = self.types[name][0]
        return False

    def required(self, name):
        if self.api == "v1.0":
            # assignments need their target, whatever the schema permits
            of_schema = {key for key, (_, nullable, many) in self.properties(name).items() if not nullable and not many}
            extra = REQUIRED_IN_BETA.get(name, set()) if "Assignment" in name else set()
            return (of_schema | extra) - READ_ONLY
        return REQUIRED_IN_BETA.get(name, set())

    def check_object(self, value, expected, path, faults, partial=False):
        if not isinstance(value, dict):
            faults.append(f"{path}: not an object")
            return
        name = expected
        if "@odata.type" in value:
            stated = value["@odata.type"]
            if not isinstance(stated, str) or not stated.startswith("#microsoft.graph."):
                faults.append(f"{path}: Invalid type {stated!r}")
                return
            name = stated[len("#microsoft.graph."):]
            if not self.is_a(name, expected):
                faults.append(f"{path}: {name} is not a {expected} in {self.api}")
                return
        if name in ABSTRACT:
            faults.append(f"{path}: {name} is abstract, @odata.type is missing")
            return
        known = self.properties(name)
        for key, item in value.items():
            if key == "@odata.type":
                continue
            if key not in known:
                faults.append(f"{path}: Invalid property '{key}' of {name}")
            elif key in READ_ONLY:
                faults.append(f"{path}: '{key}' is set by the service")
            else:
                self.check_value(item, known[key], f"{path}.{key}", faults)
        if not partial:
            for key in sorted(self.required(name) - set(value)):
                faults.append(f"{path}: '{key}' of {name} is missing")

    def check_value(self, value, kind, path, faults):
        name, nullable, many = kind
        if isinstance(value, type(None)):
            if not nullable:
                faults.append(f"{path}: may not be null")
        elif many:
            if not isinstance(value, list):
                faults.append(f"{path}: not a list")
            else:
                for at, item in enumerate(value):
                    self.check_value(item, (name, False, False), f"{path}[{at}]", faults)
        elif name in self.enums:
            if value not in self.enums[name]:
                faults.append(f"{path}: {value!r} is not one of {sorted(self.enums[name])}")
        elif name in self.types:
            self.check_object(value, name, path, faults)
        else:
            self.check_plain(value, name, path, faults)

    def check_plain(self, value, name, path, faults):
        right = {
            "Boolean": lambda: isinstance(value, bool),
            "Int32": lambda: isinstance(value, int) and not isinstance(value, bool),
        }.get(name, lambda: isinstance(value, str))()
        if not right:
            faults.append(f"{path}: {value!r} is not of type {name}")
        elif name == "Binary" and not is_base64(value):
            faults.append(f"{path}: not base64")
        elif path.endswith("roupId") and not GUID.match(value):
            faults.append(f"{path}: {value!r} is not the id of a group")


def is_base64(text):
    try:
        return len(base64.b64decode(text, validate=True)) > 0
    except (binascii.Error, ValueError):
        return False


SCHEMAS = {}


def faults_of(api, collection, body, partial=False):
    """What is wrong with a body: `collection` is e.g. deviceConfigurations or deviceConfigurations/assign."""
    schema = SCHEMAS.setdefault(api, Schema(api))
    faults = []
    kind, _, action = collection.partition("/")
    types = COLLECTIONS.get(kind)
    if not types or not set(types) & set(schema.types):
        return [f"Resource not found for the segment '{kind}' in {api}"]
    if action == "assign":
        parameters = ASSIGN[kind]
        if not isinstance(body, dict) or not body:
            return ["not an object with a parameter"]
        for key, items in body.items():
            if key not in parameters:
                faults.append(f"Invalid parameter '{key}'")
            elif not isinstance(items, list):
                faults.append(f"{key}: not a list")
            else:
                for at, item in enumerate(items):
                    schema.check_object(item, parameters[key], f"{key}[{at}]", faults)
        return faults
    schema.check_object(body, types[0], kind, faults, partial)
    return faults


def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a property is there twice")
    return dict(pairs)


def main():
    wrong = 0
    for argument in sys.argv[1:]:
        place, _, name = argument.partition("=")
        api, _, collection = place.partition("/")
        try:
            with open(name, encoding="utf-8") as file:
                faults = faults_of(api, collection, json.load(file, object_pairs_hook=unique))
        except ValueError as error:
            faults = [str(error)]
        for fault in faults:
            print(f"{name}: {fault}")
        wrong += bool(faults)
    print(f"{len(sys.argv) - 1} bodies read, {wrong} wrong")
    sys.exit(1 if wrong or len(sys.argv) == 1 else 0)


if __name__ == "__main__":
    main()
