"""IntuneCD imports an export as it imports its own backups; instead of Microsoft a dictionary answers.

    intunecd_import.py EXPORT

Everything that IntuneCD finds must be created as its body says; a second import changes nothing, and a third, after
a profile in the tenant was changed, puts it right. Prints what it created.
"""

import base64
import collections
import contextlib
import glob
import io
import json
import os
import sys
import time
import urllib.parse

import requests
from graph_schema import COLLECTIONS, faults_of
from IntuneCD import run_update

EXPORT = sys.argv[1]
tenant = {kind: {} for kind in COLLECTIONS}
writes = collections.Counter()
faults = []


class Answer:
    def __init__(self, status, body):
        self.status_code, self.text, self.headers = status, json.dumps(body), {}

    def json(self):
        return json.loads(self.text)


def graph(method, url, data=None, **_):
    """Microsoft Graph, as far as IntuneCD asks it."""
    parts = urllib.parse.urlsplit(url)
    assert parts.netloc == "graph.microsoft.com", url
    path = parts.path.strip("/").split("/")
    if path[-1] == "$batch":
        return Answer(200, {"responses": [batched(one) for one in json.loads(data)["requests"]]})
    kind = path[2] if len(path) > 2 else ""
    if kind not in tenant:
        return Answer(200, {"value": []})
    if method.upper() == "GET":
        return Answer(200, {"value": list(tenant[kind].values())})
    writes[method.upper()] += 1
    body = json.loads(data)
    faults.extend(faults_of(path[0], kind, body, partial=method.upper() == "PATCH"))
    if method.upper() == "POST":
        key = f"00000000-0000-4000-8000-{len(tenant[kind]):012}"
        tenant[kind][key] = dict(body, id=key)
        return Answer(201, tenant[kind][key])
    tenant[kind][path[3]].update(body)
    return Answer(204 if kind == "deviceConfigurations" else 200, {})


def batched(one):
    """An object, or its assignments, of which there are none."""
    parts = [part for part in one["url"].split("?")[0].split("/") if part]
    body = {"value": []} if parts[-1] == "assignments" else tenant[parts[-2]][parts[-1]]
    return {"id": one["id"], "status": 200, "headers": {}, "body": body}


def fail(seconds):
    """It waits only before it tries again."""
    raise SystemExit(f"IntuneCD waits {seconds} s: an answer was not what it expects")


def update():
    sys.argv = ["IntuneCD-startupdate", "--mode", "1", "--path", EXPORT, "--token", "none", "--max-workers", "1"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run_update.start()
    check("[ERROR]" not in printed.getvalue(), printed.getvalue())


def check(condition, what):
    if not condition:
        faults.append(what)


def bodies(pattern):
    found = {}
    for name in glob.glob(os.path.join(EXPORT, pattern)):
        with open(name, encoding="utf-8") as file:
            body = json.load(file)
        found[(body["@odata.type"], body["displayName"])] = body
    return found


def main():
    requests.request = graph
    time.sleep = fail
    update()
    expected = {
        "deviceConfigurations": bodies("Device Configurations/*.json"),
        "deviceManagementScripts": bodies("Scripts/Powershell/*.json"),
        "deviceHealthScripts": {},
    }
    for kind, wanted in expected.items():
        there = {}
        for item in tenant[kind].values():
            body = {key: value for key, value in item.items() if key != "id"}
            there[(body["@odata.type"], body["displayName"])] = body
        check(there == wanted, f"{kind}: {len(there)} created, which are not the {len(wanted)} of the export")
    created = writes["POST"]
    update()
    check(writes["POST"] == created and not writes["PATCH"], f"a second import writes: {dict(writes)}")
    item = next(iter(tenant["deviceConfigurations"].values()))
    right = item["payload"]
    text = base64.b64decode(right).decode().replace("imap.", "imap2.")
    item["payload"] = base64.b64encode(text.encode()).decode()
    update()
    check(item["payload"] == right, "a changed profile is not put right")
    for fault in faults:
        print(f"fault: {fault}")
    print(f"{created} objects created by IntuneCD, {len(faults)} faults")
    sys.exit(1 if faults or not created else 0)


main()
