#!/usr/bin/env python3
"""A Jamf Pro server for tests: the token endpoint, users, and the two collections of configuration profiles of the Classic API.

Where the real server is odd, so is this one. Sources: Jamf-Concepts/jamf-cli, docs/solutions/conventions/
classic-profile-payload-ampersand-escaping-2026-07-30.md (checked there against Jamf Pro 11) and .claude/rules/classic-api.md;
terraform-provider-jamfpro #1125 (whitespace between arrays), #860 (identifiers); jamf-cli#129 (updates).

Options are a JSON object in argv[1]: users, token_seconds, delay_ms, connections, organization, empty_key (reads back
`<key/>`, as the real server may), stores ({sent text: what is stored in its place}),
cluster (writes need the cookie of a node).
The first line on standard output is the port. Each line on standard input is a command, answered by one line:
  {"do": "state"}                       objects, requests by method, connections, misuse
  {"do": "created"}                     how many objects were created
  {"do": "faults", "faults": [...]}     what goes wrong and when, see Faults
  {"do": "options", "options": {...}}   changes options
  {"do": "add", "kind": K, "body": XML} an object that was there before
Ends with standard input.
"""
import html
import json
import plistlib
import re
import select
import socket
import sys
import threading
import time
import urllib.parse
import uuid
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT = {"client_id": "mail-push", "client_secret": 'k"ey\\with+odd&characters=%'}

SCOPE = ("jss_users", "jss_user_groups", "buildings", "departments", "limitations", "exclusions")
GENERAL = ("id", "name", "description", "site", "category", "user_removable", "level", "uuid", "redeploy_on_update", "payloads")


class Kind:
    def __init__(self, root, method, levels, scope, keeps_entities):
        self.root, self.method, self.levels = root, method, levels
        # The server reads these in order and silently ignores what arrives out of it.
        self.scope = (*scope, *SCOPE)
        self.general = (*GENERAL, method)
        self.keeps_entities = keeps_entities


KINDS = {
    "osxconfigurationprofiles": Kind(
        "os_x_configuration_profile", "distribution_method",
        {"computer": "computer", "system": "computer", "user": "user"},
        ("all_computers", "all_jss_users", "computers", "computer_groups"), False),
    "mobiledeviceconfigurationprofiles": Kind(
        "configuration_profile", "deployment_method",
        {"device level": "Device Level", "user level": "User Level"},
        ("all_mobile_devices", "all_jss_users", "mobile_devices", "mobile_device_groups"), True),
}


class Refusal(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status, self.why = status, why


class Faults:
    """Each fault: {"first": n, "last": m, "method": M, "do": X, "retry_after": s}. It happens to the n-th to m-th request
    (from 1, `last` defaults to `first`) of the method M (default: any) since the command. X is a status, `drop-before` or
    `drop-after` (the connection ends before or after the request took effect), or `expire` (all tokens end now)."""

    def __init__(self):
        self.lock, self.all = threading.Lock(), []

    def set(self, faults):
        with self.lock:
            self.all = [{**fault, "seen": 0} for fault in faults]

    def left(self):
        """How many have not happened yet."""
        with self.lock:
            return sum(fault["seen"] < fault["first"] for fault in self.all)

    def of(self, method):
        with self.lock:
            found = None
            for fault in self.all:
                if fault.get("method", method) == method:
                    fault["seen"] += 1
                    if fault["first"] <= fault["seen"] <= fault.get("last", fault["first"]):
                        found = found or fault
            return found


class Jamf:
    def __init__(self, options):
        self.options = options
        self.users = {name: number for number, name in enumerate(options.get("users", []), 1)}
        self.lock = threading.RLock()
        self.objects = {kind: {} for kind in KINDS}
        self.next = 1
        self.tokens = {}
        self.issued = 0
        self.requests = {}
        self.misuse = []
        self.writes = []
        self.wait = {}  # request -> when it may come again
        self.faults = Faults()

    def token(self, form):
        if any(form.get(key) != [value] for key, value in CLIENT.items()) or form.get("grant_type") != ["client_credentials"]:
            raise Refusal(401, "invalid_client")
        with self.lock:
            name = uuid.uuid4().hex
            seconds = self.options.get("token_seconds", 600)
            self.tokens[name] = time.monotonic() + seconds
            self.issued += 1
        return {"access_token": name, "scope": "api-role:2", "token_type": "Bearer", "expires_in": seconds}

    def is_valid(self, token):
        with self.lock:
            return time.monotonic() < self.tokens.get(token, 0)

    def payload(self, text, kind):
        """The profile that is stored for the text of <payloads>."""
        try:
            tree = ET.fromstring(text)
        except ET.ParseError:
            raise Refusal(409, "Unable to update the database") from None
        # Validation decodes entities once more and refuses what is not XML then.
        if any("&" in (node.text or "") or "<" in (node.text or "") for node in tree.iter()):
            raise Refusal(409, "Unable to update the database")
        # Whitespace between sibling arrays becomes an array.
        text, phantoms = re.subn(r"(</array>|<array\s*/>)\s+(?=<array)", r"\1<array/>", text)
        if phantoms or re.search(r">\s+<", text.split("<plist", 1)[-1]):
            self.misuse.append("whitespace between tags")
        if kind.keeps_entities:
            # Stored verbatim, one entity layer too many: PI-827.
            text = text.replace("&", "&amp;")
        for sent, stored in self.options.get("stores", {}).items():
            text = text.replace(sent, stored)
        profile = plistlib.loads(text.encode())
        if profile.get("PayloadType") != "Configuration":
            raise Refusal(409, "Unable to update the database")
        return trimmed(profile)

    def write(self, kind_id, body, number):
        """Creates an object, or updates the one with this number: sections and fields that the body lacks stay."""
        kind = KINDS[kind_id]
        try:
            root = ET.fromstring(body)
        except ET.ParseError:
            raise Refusal(400, "Bad Request") from None
        if root.tag != kind.root:
            raise Refusal(400, "Bad Request")
        objects = self.objects[kind_id]
        old = objects.get(number) or {}
        new = dict(old)
        general = root.find("general")
        fields = {node.tag: node for node in (general if general is not None else ())}
        for tag in fields:
            if tag not in kind.general:
                self.misuse.append(f"unknown element {tag}")
        def text(tag, default):
            return (fields[tag].text or "").strip() if tag in fields else old.get(tag, default)
        new["name"] = text("name", "")
        if not new["name"]:
            raise Refusal(409, "Problem with name")
        if any(other["name"] == new["name"] for key, other in objects.items() if key != number):
            raise Refusal(409, "Duplicate name")
        new["description"] = text("description", "")
        # A value that is not known becomes the default, without a word.
        new["level"] = kind.levels.get(text("level", "").lower(), next(iter(kind.levels.values())))
        new["redeploy_on_update"] = text("redeploy_on_update", "Newly Assigned") if old else "Newly Assigned"
        new[kind.method] = text(kind.method, "Install Automatically")
        if "payloads" in fields:
            if len(fields["payloads"]):
                raise Refusal(409, "Unable to update the database")
            new["profile"] = self.payload(fields["payloads"].text or "", kind)
            self.identifiers(new, old)
        elif not old:
            raise Refusal(409, "Unable to update the database")
        if root.find("scope") is not None:
            new["users"] = self.scope(kind, root.find("scope"))
        new.setdefault("users", [])
        new["profile"].update(PayloadDisplayName=new["name"], PayloadDescription=new["description"],
                              PayloadOrganization=self.options.get("organization", "Example Ltd"))
        if not old:
            number, self.next = self.next, self.next + 1
        objects[number] = new
        self.writes.append([kind_id, number, "update" if old else "create", "scope" if root.find("scope") is not None else ""])
        return number

    def identifiers(self, new, old):
        """Jamf gives a new profile its own identifiers; an update with others would make devices see another profile."""
        profile = new["profile"]
        if not old:
            profile["PayloadUUID"] = profile["PayloadIdentifier"] = str(uuid.uuid4()).upper()
        elif any(profile.get(key) != old["profile"][key] for key in ("PayloadUUID", "PayloadIdentifier")):
            self.misuse.append("an update with other identifiers")

    def scope(self, kind, scope):
        names, last = [], -1
        for node in scope:
            at = kind.scope.index(node.tag) if node.tag in kind.scope else -1
            if at < last or at < 0:
                self.misuse.append(f"scope element {node.tag} is unknown or out of order")
                continue
            last = at
            if node.tag == "jss_users":
                for user in node:
                    name = user.findtext("name") or ""
                    if user.tag != "user" or name not in self.users:
                        raise Refusal(409, f"No match found for user {name}")
                    names.append(name)
        return names

    def view(self, kind_id, number):
        kind, found = KINDS[kind_id], self.objects[kind_id].get(number)
        if not found:
            raise Refusal(404, "Not Found")
        payloads = plistlib.dumps(found["profile"], sort_keys=True).decode()
        if self.options.get("empty_key"):
            payloads = payloads.replace("<dict>", "<dict><key/><string/>", 1)
        general = {"id": number, "name": found["name"], "description": found["description"],
                   "site": {"id": -1, "name": "None"}, "category": {"id": -1, "name": "No category assigned"},
                   kind.method: found[kind.method], "level": found["level"],
                   "uuid": found["profile"]["PayloadUUID"], "redeploy_on_update": found["redeploy_on_update"],
                   "payloads": payloads}
        scope = {name: False if name.startswith("all_") else [] for name in kind.scope}
        scope["jss_users"] = [{"id": self.users[name], "name": name} for name in found["users"]]
        return {kind.root: {"general": general, "scope": scope}}

    def state(self, server):
        with self.lock:
            return {
                "objects": {kind: {str(number): {**found, "profile": json.loads(json.dumps(found["profile"], default=str))}
                                   for number, found in objects.items()} for kind, objects in self.objects.items()},
                "requests": dict(self.requests), "faults_left": self.faults.left(), "tokens": self.issued, "misuse": list(self.misuse), "writes": list(self.writes),
                "most_connections": server.most, "refused_connections": server.refused,
            }


def trimmed(value):
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    if isinstance(value, dict):
        return {key: trimmed(item) for key, item in value.items()}
    return value


def as_xml(value, tag):
    if isinstance(value, dict):
        inner = "".join(as_xml(item, key) for key, item in value.items())
    elif isinstance(value, list):
        inner = f"<size>{len(value)}</size>" + "".join(as_xml(item, tag[:-1]) for item in value)
    else:
        inner = html.escape(str(value), quote=False)
    return f"<{tag}>{inner}</{tag}>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", headers=()):
        body = body.encode()
        self.send_response(status)
        if "APBALANCEID=" not in (self.headers.get("Cookie") or ""):
            self.send_header("Set-Cookie", "APBALANCEID=node.1; Path=/")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def refuse(self, refusal, headers=()):
        page = ("<html>\n<head>\n   <title>Status page</title>\n</head>\n<body style=\"font-family: sans-serif;\">\n"
                f"<p>Error: {html.escape(refusal.why)}</p>\n</body>\n</html>\n")
        self.answer(refusal.status, page, "text/html", headers)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_any(self):
        jamf = self.server.jamf
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path).path
        try:
            if path == "/api/oauth/token":
                return self.answer(200, json.dumps(jamf.token(urllib.parse.parse_qs(body.decode(), keep_blank_values=True))))
            if path == "/api/v1/auth/invalidate-token":
                return self.answer(204, "")
            with jamf.lock:
                jamf.requests[self.command] = jamf.requests.get(self.command, 0) + 1
                if jamf.options.get("cluster") and self.command != "GET" and "APBALANCEID=" not in (self.headers.get("Cookie") or ""):
                    # another node of the cluster, which does not see the last writes yet
                    jamf.misuse.append("a write without the cookie of a node")
            time.sleep(jamf.options.get("delay_ms", 0) / 1000)
            request = (self.command, path, body)
            if time.monotonic() < jamf.wait.get(request, 0):
                jamf.misuse.append("a request came again before Retry-After")
            fault = jamf.faults.of(self.command) or {"do": ""}
            if fault["do"] == "expire":
                jamf.tokens.clear()
            elif fault["do"] == "drop-before":
                return self.drop()
            elif isinstance(fault["do"], int):
                after = [("Retry-After", str(fault["retry_after"]))] if "retry_after" in fault else []
                jamf.wait[request] = time.monotonic() + fault.get("retry_after", 0)
                return self.refuse(Refusal(fault["do"], "Try again"), after)
            if not jamf.is_valid((self.headers.get("Authorization") or "").removeprefix("Bearer ")):
                raise Refusal(401, "Unauthorized")
            with jamf.lock:
                status, root, found = self.classic(jamf, path, body)
            if fault["do"] == "drop-after":
                return self.drop()
            if "json" in (self.headers.get("Accept") or ""):
                return self.answer(status, json.dumps(found))
            value = found[root]
            return self.answer(status, '<?xml version="1.0" encoding="UTF-8"?>' + as_xml(value, root), "text/xml")
        except Refusal as refusal:
            return self.refuse(refusal)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def classic(self, jamf, path, body):
        parts = path.split("/")[1:]
        if parts[0] != "JSSResource" or len(parts) < 2:
            raise Refusal(404, "Not Found")
        if parts[1:] == ["users"] and self.command == "GET":
            return 200, "users", {"users": [{"id": number, "name": name} for name, number in jamf.users.items()]}
        kind = KINDS.get(parts[1])
        if not kind:
            raise Refusal(404, "Not Found")
        objects = jamf.objects[parts[1]]
        if len(parts) == 2 and self.command == "GET":
            root = kind.root + "s"
            return 200, root, {root: [{"id": number, "name": found["name"]} for number, found in objects.items()]}
        if len(parts) != 4 or parts[2] != "id" or not parts[3].isdigit():
            raise Refusal(404, "Not Found")
        number = int(parts[3])
        if self.command == "POST" and number == 0:
            return 201, kind.root, {kind.root: {"id": jamf.write(parts[1], body, None)}}
        if number not in objects:
            raise Refusal(404, "Not Found")
        if self.command == "PUT":
            return 201, kind.root, {kind.root: {"id": jamf.write(parts[1], body, number)}}
        if self.command == "DELETE":
            del objects[number]
            jamf.writes.append([parts[1], number, "delete", ""])
            return 200, kind.root, {kind.root: {"id": number}}
        return 200, kind.root, jamf.view(parts[1], number)


class Server(ThreadingHTTPServer):
    """Refuses connections beyond the limit, as Jamf's guide asks of its clients not to open more than five."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, jamf):
        super().__init__(("127.0.0.1", 0), Handler)
        self.jamf, self.open, self.most, self.refused = jamf, set(), 0, 0
        self.limit = jamf.options.get("connections", 5)

    def process_request(self, request, address):
        with self.jamf.lock:
            # a peer that closed its end no longer counts, even if its thread has not noticed
            readable = select.select(list(self.open), [], [], 0)[0]
            gone = {peer for peer in readable if self.is_closed(peer)}
            self.most = max(self.most, len(self.open - gone) + 1)
            if len(self.open - gone) >= self.limit:
                self.refused += 1
                return request.close()
            self.open.add(request)
        return super().process_request(request, address)

    @staticmethod
    def is_closed(peer):
        try:
            return peer.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except OSError:
            return True

    def shutdown_request(self, request):
        with self.jamf.lock:
            self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    jamf = Jamf(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
    server = Server(jamf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        answer = {}
        if command["do"] == "state":
            answer = jamf.state(server)
        elif command["do"] == "created":
            answer = sum(write[2] == "create" for write in jamf.writes)
        elif command["do"] == "faults":
            jamf.faults.set(command["faults"])
        elif command["do"] == "options":
            jamf.options.update(command["options"])
        elif command["do"] == "add":
            answer = {"id": jamf.write(command["kind"], command["body"], None)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
