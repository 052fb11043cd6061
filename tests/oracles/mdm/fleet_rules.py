#!/usr/bin/env python3
"""Fleet's rules for Apple profiles, labels and GitOps files, written from its documentation and source.

usage: fleet_rules.py FOLDER    judges the export in FOLDER; exit 0 clean, 1 findings

Sources (fleetdm/fleet): docs/REST API "configuration profiles", articles/fleet-variables.md, articles/labels.md,
server/mdm/apple/mobileconfig/mobileconfig.go (form, scope), server/fleet/request.go (size),
server/datastore/mysql/schema.sql (unique, varchar(255), utf8mb4_unicode_ci), server/service/apple_mdm.go (variables),
server/service/apple_mdm_batched.go (user channel on iOS), pkg/spec/spec.go (expansion in GitOps), #34962 (scope).
Needs the standard library; PyYAML for the GitOps files.
"""
import hashlib
import json
import os
import plistlib
import re
import sys
import unicodedata

MAX_PROFILE = 1_000_000
BUILT_IN = {
    "All Hosts", "macOS", "Ubuntu Linux", "CentOS Linux", "MS Windows", "Red Hat Linux", "All Linux", "chrome",
    "macOS 14+ (Sonoma+)", "iOS", "iPadOS", "Fedora Linux", "Android",
}
PER_PERSON = {"IDP_USERNAME", "IDP_USERNAME_LOCAL_PART", "IDP_FULL_NAME", "IDP_GROUPS", "IDP_DEPARTMENT", "EMAIL_IDP"}
VARIABLES = {f"HOST_END_USER_{name}" for name in PER_PERSON} | {"HOST_UUID", "HOST_HARDWARE_SERIAL", "HOST_PLATFORM"}
RESERVED = {"com.fleetdm.fleet.mdm.filevault", "com.fleetdm.fleetd.config", "com.fleetdm.caroot"}
VARIABLE = re.compile(r"\$FLEET_VAR_(\w+)|\$\{FLEET_VAR_(\w+)\}", re.A)
SECRET = re.compile(r"\$\{?FLEET_SECRET_\w+", re.A)
VITAL = re.compile(r"\$\{?FLEET_HOST_VITAL_\d+", re.A)
# what os.Expand takes for a variable
SHELL = re.compile(r"\\*\$(?:\{([^}]*)\}|([A-Za-z_]\w*)|([*#$@!?0-9-]))", re.A)


class Refused(Exception):
    """What Fleet answers instead of taking the file."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def same_for_mysql(text):
    """`text` as utf8mb4_unicode_ci compares it: without case, accents and trailing spaces."""
    plain = unicodedata.normalize("NFKD", text.rstrip(" "))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


class Profile:
    """A file as Fleet reads it, or `Refused`."""

    def __init__(self, raw):
        if len(raw) > MAX_PROFILE:
            raise Refused(413, "maximum configuration profile file size is 1 MB")
        if not raw.lstrip().startswith(b"<?xml"):
            raise Refused(400, "mobileconfig is not XML: Fleet signs profiles itself, a signed one fails on the device")
        text = raw.decode("utf-8")
        found = {a or b for a, b in VARIABLE.findall(text)}
        for name in sorted(found - VARIABLES):
            raise Refused(400, f"Fleet variable $FLEET_VAR_{name} is not supported in configuration profiles.")
        if SECRET.search(text) or VITAL.search(text):
            raise Refused(400, "a custom variable that is missing from the database")
        try:
            top = plistlib.loads(raw, fmt=plistlib.FMT_XML)
        except Exception as error:
            raise Refused(400, f"failed to parse config profile: {error}") from error
        if top.get("PayloadType") != "Configuration":
            raise Refused(400, f"invalid PayloadType: {top.get('PayloadType')}")
        self.identifier = top.get("PayloadIdentifier") or ""
        self.name = top.get("PayloadDisplayName") or ""
        self.scope = top.get("PayloadScope") or "System"
        self.variables = found
        self.payloads = top.get("PayloadContent") or []
        for what, value in (("PayloadIdentifier", self.identifier), ("PayloadDisplayName", self.name)):
            if not value:
                raise Refused(400, f"empty {what} in profile")
            if len(value) > 255:
                raise Refused(400, f"{what} is longer than 255 characters")
        if self.scope not in ("System", "User"):
            raise Refused(400, f"invalid PayloadScope: {self.scope}")
        if self.identifier in RESERVED or any(p.get("PayloadIdentifier") in RESERVED for p in self.payloads):
            raise Refused(400, f"payload identifier {self.identifier} is not allowed")


def expand(text):
    """What `fleetctl gitops` makes of a file, with no variable of that name set."""

    def one(match):
        whole = match.group()
        slashes = len(whole) - len(whole.lstrip("\\"))
        name = next(group for group in match.groups() if group is not None)
        if slashes % 2:
            return "\\" * (slashes // 2) + whole[slashes:]
        if name.upper().startswith("FLEET_VAR_"):
            return whole
        raise Refused(1, f'environment variable "{name}" not set')

    return SHELL.sub(one, text)


def lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def judge(folder):
    """Findings on the export in `folder`."""
    with open(os.path.join(folder, "export.json"), encoding="utf-8") as file:
        export = json.load(file)
    found, names, identifiers, files, labels = [], {}, {}, {}, set(BUILT_IN)
    if export.get("mdm") != "fleet":
        found.append("export.json: not an export for Fleet")
    if export.get("shape") == "retire":
        return found
    for entry in lines(folder, "objects.jsonl"):
        where = entry["file"]
        with open(os.path.join(folder, where), "rb") as file:
            raw = file.read()
        if hashlib.sha256(raw).hexdigest() != entry["sha256"]:
            found.append(f"{where}: not the file of objects.jsonl")
        base = same_for_mysql(os.path.basename(where))
        if base in files:
            found.append(f"{where}: same file name as {files[base]}")
        files[base] = where
        if entry["kind"] == "labels":
            found += label(entry, json.loads(raw), labels, where)
            continue
        try:
            profile = Profile(raw)
            expand(raw.decode("utf-8"))
        except Refused as refused:
            found.append(f"{where}: {refused}")
            continue
        for what, value, known in (("PayloadDisplayName", profile.name, names),
                                   ("PayloadIdentifier", profile.identifier, identifiers)):
            other = known.setdefault(same_for_mysql(value), where)
            if other != where:
                found.append(f"{where}: same {what} as {other}: {value}")
        if entry["name"] != profile.name:
            found.append(f"{where}: objects.jsonl calls it {entry['name']!r}")
        found += [f"{where}: {fault}" for fault in targets(entry, profile, labels, export["shape"])]
    return found + gitops(folder, labels)


def label(entry, body, labels, where):
    name = body.get("name", "")
    if name != entry["name"]:
        yield_name = f"{where}: objects.jsonl calls it {entry['name']!r}"
        return [yield_name]
    if not 0 < len(name) <= 255:
        return [f"{where}: a label's name has 1 to 255 characters"]
    if same_for_mysql(name) in map(same_for_mysql, labels):
        return [f"{where}: same label name twice: {name}"]
    labels.add(name)
    if set(body) - {"name", "description", "hosts"}:
        return [f"{where}: unknown field"]
    return []


def targets(entry, profile, labels, shape):
    """Findings on the labels of one profile: which devices would get it."""
    chosen = entry.get("labels") or {}
    if set(chosen) - {"labels_include_all", "labels_include_any", "labels_exclude_any"}:
        yield "unknown kind of label target"
    if "labels_include_all" in chosen and "labels_include_any" in chosen:
        yield "labels_include_all and labels_include_any exclude each other"
    for name in sum(chosen.values(), []):
        if name not in labels:
            yield f"no such label: {name}"
    everywhere = chosen.get("labels_include_all", []), chosen.get("labels_include_any", [])
    mac_only = "macOS" in everywhere[0] or everywhere[1] == ["macOS"]
    never_mac = "macOS" in chosen.get("labels_exclude_any", []) or (
        everywhere[1] and set(everywhere[1]) <= {"iOS", "iPadOS"})
    if profile.scope == "User" and not mac_only:
        yield "PayloadScope User fails on iPhone and iPad, and nothing keeps it from them"
    if profile.scope == "System" and not never_mac:
        yield "mail is not allowed on the device channel of a Mac, and nothing keeps it from Macs"
    if shape == "per-person":
        if not [name for name in sum(everywhere, []) if name not in BUILT_IN]:
            yield "a person's profile would go to everybody: no label of that person"
        if profile.variables:
            yield "a person's profile has a variable"


def gitops(folder, labels):
    """Findings on gitops/: it must say the same as objects.jsonl."""
    import yaml

    found = []
    stated = {"labels.yml": None}
    entries = lines(folder, "objects.jsonl")
    has_labels = any(entry["kind"] == "labels" for entry in entries)
    for name in ["profiles.yml", "labels.yml"][:1 + has_labels]:
        path = os.path.join(folder, "gitops", name)
        if not os.path.exists(path):
            return found + [f"gitops/{name}: missing"]
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            stated[name] = yaml.safe_load(expand(text))
        except (Refused, yaml.YAMLError) as error:
            return found + [f"gitops/{name}: {error}"]
    wanted = {}
    for entry in entries:
        if entry["kind"] == "configuration_profiles":
            wanted[entry["file"]] = entry.get("labels") or {}
    settings = ((stated["profiles.yml"] or {}).get("controls") or {}).get("apple_settings") or {}
    got = {}
    for item in settings.get("configuration_profiles") or []:
        path = os.path.normpath(os.path.join("gitops", item["path"]))
        got[path] = {key: value for key, value in item.items() if key != "path"}
    if got != wanted:
        wrong = sorted(path for path in set(got) | set(wanted) if got.get(path) != wanted.get(path))
        found.append(f"gitops/profiles.yml differs from objects.jsonl: {', '.join(wrong[:5])}")
    wanted = {}
    for entry in entries:
        if entry["kind"] == "labels":
            with open(os.path.join(folder, entry["file"]), encoding="utf-8") as file:
                wanted[entry["name"]] = json.load(file)
    got = {}
    for item in (stated["labels.yml"] or {}).get("labels") or []:
        if item.pop("label_membership_type", None) != "manual":
            found.append(f"gitops/labels.yml: {item.get('name')} is not a manual label")
        got[item["name"]] = item
    if got != wanted:
        wrong = sorted(str(name) for name in set(got) | set(wanted) if got.get(name) != wanted.get(name))
        found.append(f"gitops/labels.yml differs from objects.jsonl: {', '.join(wrong[:5])}")
    return found


if __name__ == "__main__":
    findings = judge(sys.argv[1])
    print("\n".join(findings) or "clean")
    sys.exit(bool(findings))
