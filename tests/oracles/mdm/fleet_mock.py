#!/usr/bin/env python3
"""A Fleet server that keeps Fleet's rules for labels and profiles (fleet_rules.py), and fails when asked to.

usage: fleet_mock.py FOLDER [--fail NAMES] [--every N] [--no-patch] [--slow SECONDS]

Prints its port, then serves until its standard input ends. FOLDER gets `requests.jsonl`: a line for each request, with
method, path, status, fault. GET /state, which no Fleet has, answers with the labels and profiles.

--fail  faults that take turns, one on every Nth request that writes: 429 (with Retry-After), 429-bare (without), 500-before
        and 500-after (the write happened, the answer is an error), drop-before and drop-after (the connection ends)
--no-patch  a Fleet older than 4.90, which cannot replace a profile
"""
import argparse
import email.parser
import email.policy
import functools
import http.server
import json
import os
import re
import socket
import sys
import threading
import time
import urllib.parse
import uuid

from fleet_rules import BUILT_IN, Profile, Refused, same_for_mysql

folded = functools.lru_cache(maxsize=None)(same_for_mysql)
TOKEN = "mock-token-1234567890"
PREFIX = "/api/v1/fleet/"


class Fleet:
    """What the server knows. Every method is one request, under one lock."""

    def __init__(self, folder, no_patch):
        self.folder, self.no_patch = folder, no_patch
        self.lock = threading.Lock()
        self.labels, self.profiles = {}, {}
        for number, name in enumerate(sorted(BUILT_IN), start=1):
            self.labels[number] = {"id": number, "name": name, "label_type": "builtin", "hosts": []}
        self.next_label = 100

    def state(self):
        return {
            "labels": [label for label in self.labels.values() if label["label_type"] != "builtin"],
            "profiles": [{**p, "raw": p["raw"].decode()} for p in self.profiles.values()],
        }

    # ---- labels

    def label_named(self, name, but=None):
        same = same_for_mysql(name)
        return next((x for x in self.labels.values() if folded(x["name"]) == same and x["id"] != but), None)

    def check_label(self, body, number=None):
        name = body.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= 255:
            raise Refused(422, "invalid label name")
        if set(body) - {"name", "description", "hosts"}:
            raise Refused(400, "unknown field")
        if self.label_named(name, number):
            raise Refused(409, f"Label {name} already exists")
        for host in body.get("hosts", []):
            if not isinstance(host, str):
                raise Refused(400, "hosts are strings")

    def create_label(self, body):
        self.check_label(body)
        number = self.next_label
        self.next_label += 1
        self.labels[number] = {"id": number, "label_type": "regular", "hosts": [], **body}
        return {"label": {"id": number, "name": body["name"], "host_ids": None, "count": 0}}

    def change_label(self, number, body):
        label = self.labels.get(number)
        if not label or label["label_type"] == "builtin":
            raise Refused(404, "label not found")
        self.check_label(body, number)
        label.update(body)
        return {"label": {"id": number, "name": label["name"]}}

    def delete_label(self, number):
        if number not in self.labels:
            raise Refused(404, "label not found")
        if self.labels[number]["label_type"] == "builtin":
            raise Refused(422, "cannot delete builtin label")
        del self.labels[number]
        return {}

    # ---- profiles

    def check_profile(self, raw, fields, team, but=None):
        profile = Profile(raw)
        identifier, name = folded(profile.identifier), folded(profile.name)
        for other in self.profiles.values():
            if other["profile_uuid"] == but:
                continue
            same_identifier = folded(other["identifier"]) == identifier
            if same_identifier and other["scope"] != profile.scope and other["team_id"] != team:
                raise Refused(400, 'same "PayloadIdentifier" but a different "PayloadScope" as another profile in a separate team')
            if other["team_id"] != team:
                continue
            if same_identifier:
                raise Refused(409, "Couldn't add. A configuration profile with this identifier (PayloadIdentifier) already exists.")
            if folded(other["name"]) == name:
                raise Refused(409, "Couldn't add. A configuration profile with this name already exists "
                                   "(PayloadDisplayName for .mobileconfig and file name for .json and .xml).")
        if "labels_include_all" in fields and "labels_include_any" in fields:
            raise Refused(400, 'only one of "labels_include_all" or "labels_include_any" can be included.')
        known = {label["name"] for label in self.labels.values()}
        for field in ("labels_include_all", "labels_include_any", "labels_exclude_any"):
            if set(fields.get(field, [])) - known:
                raise Refused(400, "some or all the labels provided don't exist")
        return profile

    def store(self, number, raw, profile, fields, team):
        self.profiles[number] = {
            "profile_uuid": number, "team_id": team, "name": profile.name, "identifier": profile.identifier,
            "scope": profile.scope, "platform": "darwin", "raw": raw,
            **{key: value for key, value in fields.items() if key.startswith("labels_")},
        }
        return {"profile_uuid": number}

    def create_profile(self, raw, fields):
        unknown = set(fields) - {"team_id", "labels_include_all", "labels_include_any", "labels_exclude_any"}
        if not raw or unknown:
            raise Refused(400, f"unknown or missing form field {unknown}")
        team = int(fields.get("team_id", ["0"])[0])
        return self.store("a" + str(uuid.uuid4()), raw, self.check_profile(raw, fields, team), fields, team)

    def replace_profile(self, number, raw, fields):
        if self.no_patch:
            raise Refused(405, "Method Not Allowed")
        old = self.profiles.get(number)
        if not old:
            raise Refused(404, "MDMAppleConfigProfile was not found")
        profile = self.check_profile(raw, fields, old["team_id"], number)
        if profile.identifier != old["identifier"]:
            raise Refused(400, "The new profile's PayloadIdentifier must match the existing profile's.")
        return self.store(number, raw, profile, fields, old["team_id"])

    def delete_profile(self, number):
        if number not in self.profiles:
            raise Refused(404, "MDMAppleConfigProfile was not found")
        del self.profiles[number]
        return {}

    def list_profiles(self, query):
        team, page = int(query.get("team_id", ["0"])[0]), int(query.get("page", ["0"])[0])
        size = int(query.get("per_page", ["20"])[0])
        found = sorted((p for p in self.profiles.values() if p["team_id"] == team), key=lambda p: p["name"])
        shown = [{k: v for k, v in p.items() if k != "raw"} for p in found[page * size:(page + 1) * size]]
        return {"profiles": shown, "meta": {"has_next_results": len(found) > (page + 1) * size,
                                            "has_previous_results": page > 0}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fleet = faults = every = slow = log = None
    writes = 0

    def log_message(self, *_):
        pass

    def form(self, body):
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        raw, fields = None, {}
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if name == "profile":
                if not (part.get_filename() or "").endswith(".mobileconfig"):
                    raise Refused(400, "invalid file name")
                raw = content
            else:
                fields.setdefault(name, []).append(content.decode("utf-8"))
        return raw, fields

    def route(self, method, path, query, body):
        fleet = self.fleet
        if path == "configuration_profiles":
            return fleet.list_profiles(query) if method == "GET" else fleet.create_profile(*self.form(body))
        if match := re.fullmatch(r"configuration_profiles/([0-9a-z-]+)", path):
            number = match[1]
            if method == "PATCH":
                return fleet.replace_profile(number, *self.form(body))
            if method == "DELETE":
                return fleet.delete_profile(number)
            if number not in fleet.profiles:
                raise Refused(404, "MDMAppleConfigProfile was not found")
            if query.get("alt") == ["media"]:
                return fleet.profiles[number]["raw"]
            return {k: v for k, v in fleet.profiles[number].items() if k != "raw"}
        if path == "labels/summary" and method == "GET":
            return {"labels": [{k: x[k] for k in ("id", "name", "label_type")} for x in fleet.labels.values()]}
        if path == "labels" and method == "POST":
            return fleet.create_label(json.loads(body))
        if match := re.fullmatch(r"labels/(?:id/)?(\d+)", path):
            if method == "GET" and "id/" not in path and int(match[1]) in fleet.labels:
                return {"label": fleet.labels[int(match[1])]}
            if method == "PATCH" and "id/" not in path:
                return fleet.change_label(int(match[1]), json.loads(body))
            if method == "DELETE" and "id/" in path:
                return fleet.delete_label(int(match[1]))
        raise Refused(404, "404 page not found")

    def handle_one(self):
        method = self.command
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        fault = None
        with self.fleet.lock:
            if method != "GET":
                Handler.writes += 1
                if self.faults and Handler.writes % self.every == 0:
                    fault = self.faults[(Handler.writes // self.every - 1) % len(self.faults)]
            if self.path == "/state":
                status, answer = 200, self.fleet.state()
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, answer, fault = 401, {"message": "Authentication required"}, None
            elif fault in ("429", "429-bare"):
                status, answer = 429, {"message": "limit exceeded"}
            elif fault in ("500-before", "drop-before"):
                status, answer = 500, {"message": "internal error"}
            else:
                try:
                    if not url.path.startswith(PREFIX):
                        raise Refused(404, "404 page not found")
                    answer = self.route(method, url.path[len(PREFIX):], urllib.parse.parse_qs(url.query), body)
                    status = 200
                except Refused as refused:
                    status = refused.status
                    answer = {"message": "Validation Failed", "errors": [{"name": "profile", "reason": str(refused)}]}
                if fault == "500-after":
                    status, answer = 502, {"message": "bad gateway"}
            self.log.write(json.dumps({"method": method, "path": self.path, "status": status, "fault": fault}) + "\n")
            self.log.flush()
        if self.slow and method != "GET":
            time.sleep(self.slow)
        if fault in ("drop-before", "drop-after"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream" if isinstance(answer, bytes) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        if fault == "429":
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_one


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that ends in the middle of an answer is what the tests do on purpose."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--fail", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--no-patch", action="store_true")
    parser.add_argument("--slow", type=float, default=0)
    options = parser.parse_args()
    Handler.fleet = Fleet(options.folder, options.no_patch)
    Handler.faults = [name for name in options.fail.split(",") if name]
    Handler.every, Handler.slow = options.every, options.slow
    Handler.log = open(os.path.join(options.folder, "requests.jsonl"), "a", encoding="utf-8")
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
