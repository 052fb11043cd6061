"""Microsoft's sign-in and Graph on loopback, as far as Push-Intune.ps1 uses them. Standard library only.

    graph_mock.py [--writes N] [--window SECONDS] [--token-seconds N] [--faults JSON] [--page N]

Prints its port, serves until standard input ends. It refuses what Graph refuses: unknown properties, expired
tokens, more than N writes in SECONDS (published: 100 in 20 s for an app), every second time without
Retry-After. `--faults` maps the ordinal of a write to what happens to it: "500", "503", "429", "429-bare",
"drop" (the connection is closed, nothing was written), "drop-after" and "504-after" (it was written).

GET /_mock/state            everything there is, and the counts of requests
GET /_mock/delete/KIND/ID   someone deletes an object in the portal; answers as /_mock/state
"""

import argparse
import base64
import json
import re
import sys
import threading
import time
import urllib.parse
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from graph_schema import BINARY, COLLECTIONS, faults_of

TENANT, CLIENT, SECRET = "contoso.onmicrosoft.com", "11111111-2222-3333-4444-555555555555", "s3cret~Value"
# What people sign in with when no app has a secret.
PUBLIC_CLIENT = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
# Every group whose id begins so is there from the beginning.
KNOWN_GROUP = "aaaaaaaa-"


class Fault(Exception):
    """What the service answers instead of a result."""

    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


class Dropped(Exception):
    """The connection is closed without an answer."""


class Tenant:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.objects = {kind: {} for kind in COLLECTIONS}
        self.groups, self.tokens, self.device_codes = {}, {}, {}
        self.writes, self.throttled, self.recent = 0, 0, []
        self.counts, self.rejected = {}, []
        self.id = str(uuid.uuid4())

    # ---- sign-in

    def sign_in(self, path, form):
        kind = path.rsplit("/", 1)[1]
        if not path.lower().startswith((f"/{TENANT}/oauth2/v2.0/", f"/{self.id}/oauth2/v2.0/")):
            raise Fault(400, "invalid_request: AADSTS90002: Tenant not found")
        if kind == "devicecode":
            if form.get("client_id") not in (CLIENT, PUBLIC_CLIENT) or "scope" not in form:
                raise Fault(400, "unauthorized_client: AADSTS700016: application not found")
            code = str(uuid.uuid4())
            self.device_codes[code] = 2
            return {
                "device_code": code, "user_code": "ABCD1234", "expires_in": 900, "interval": 1,
                "verification_uri": "https://login.example/device", "message": "enter the code ABCD1234",
            }
        grant = form.get("grant_type")
        if grant == "client_credentials":
            if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
                raise Fault(401, "invalid_client: AADSTS7000215: Invalid client secret provided")
            if not form.get("scope", "").endswith("/.default"):
                raise Fault(400, "invalid_scope: AADSTS1002012: the scope is not valid")
            return self.token(False)
        if grant == "urn:ietf:params:oauth:grant-type:device_code":
            code = form.get("device_code")
            if code not in self.device_codes:
                raise Fault(400, "expired_token")
            self.device_codes[code] -= 1
            if self.device_codes[code] > 0:
                raise Fault(400, "authorization_pending")
            return self.token(True)
        if grant == "refresh_token" and form.get("refresh_token") in self.tokens:
            return self.token(True)
        raise Fault(400, "unsupported_grant_type: AADSTS70003: unsupported grant")

    def configuration(self, path):
        """OpenID's description of the tenant, which everybody may read."""
        if path.lower().split("/")[1] not in (TENANT, self.id):
            raise Fault(400, "invalid_tenant: AADSTS90002: Tenant not found")
        return {"issuer": f"https://login.microsoftonline.com/{self.id}/v2.0"}

    def token(self, refreshable):
        token = "eyJ" + base64.urlsafe_b64encode(uuid.uuid4().bytes * 8).decode()
        seconds = self.options.token_seconds
        self.tokens[token] = time.monotonic() + seconds
        answer = {"token_type": "Bearer", "expires_in": seconds, "access_token": token}
        if refreshable:
            answer["refresh_token"] = "r" + token
            self.tokens["r" + token] = float("inf")
        return answer

    def authorize(self, header):
        token = (header or "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            raise Fault(401, "InvalidAuthenticationToken: Lifetime validation failed, the token is expired.")

    # ---- limits and faults

    def admit_write(self):
        """The fault planned for this write, after the limits were checked."""
        self.writes += 1
        now = time.monotonic()
        self.recent = [at for at in self.recent if at > now - self.options.window]
        self.recent.append(now)
        planned = self.options.faults.get(str(self.writes), "")
        if len(self.recent) > self.options.writes or planned.startswith("429"):
            self.throttled += 1
            bare = planned == "429-bare" if planned else self.throttled % 2 == 0
            raise Fault(429, "Too many requests", {} if bare else {"Retry-After": "1"})
        if planned in ("500", "503"):
            raise Fault(int(planned), "the service is not available")
        if planned == "drop":
            raise Dropped
        return planned

    # ---- Graph

    def graph(self, method, path, query, body):
        api, _, rest = path.lstrip("/").partition("/")
        if api not in ("v1.0", "beta"):
            raise Fault(400, f"Invalid version: {api}")
        if rest.startswith("deviceManagement/"):
            return self.device_management(method, api, rest.split("/")[1:], query, body)
        return self.directory(method, rest, query, body)

    def device_management(self, method, api, parts, query, body):
        kind, key = parts[0], parts[1] if len(parts) > 1 else None
        if kind not in COLLECTIONS or (api == "v1.0" and kind != "deviceConfigurations"):
            raise Fault(400, f"Resource not found for the segment '{kind}'.")
        stored = self.objects[kind]
        if not key:
            if method == "GET":
                return 200, self.page(f"{api}/deviceManagement/{kind}", stored, query)
            self.refuse(faults_of(api, kind, body))
            return 201, self.create(kind, body)
        if key not in stored:
            raise Fault(404, f"ResourceNotFound: {key}")
        item = stored[key]
        if parts[2:] == ["assign"] and method == "POST":
            self.refuse(faults_of(api, f"{kind}/assign", body))
            for group in re.findall(r'"(?:targetGroupId|groupId)": "([^"]+)"', json.dumps(body)):
                if group not in self.groups and not group.startswith(KNOWN_GROUP):
                    raise Fault(404, f"the group {group} does not exist")
            item["assignments"] = body
            return 200, {}
        if parts[2:]:
            raise Fault(400, f"Resource not found for the segment '{parts[2]}'.")
        if method == "GET":
            return 200, {key: value for key, value in item.items() if key != "assignments"}
        if method == "DELETE":
            del stored[key]
            return 204, None
        self.refuse(faults_of(api, kind, body, partial=True))
        channel = body.get("deploymentChannel", item.get("deploymentChannel"))
        if channel != item.get("deploymentChannel"):
            raise Fault(400, "deploymentChannel cannot be changed")
        item.update(body, lastModifiedDateTime=now_text())
        return 200, {}

    def create(self, kind, body):
        key = str(uuid.uuid4())
        self.objects[kind][key] = dict(body, id=key, createdDateTime=now_text(), lastModifiedDateTime=now_text())
        return self.objects[kind][key]

    def page(self, path, stored, query):
        """A list as Graph sends it: in pages, without contents, only the selected properties."""
        wanted = query.get("$select", "").split(",")
        start, size = int(query.get("$skiptoken", "0")), self.options.page
        keys = list(stored)
        rows = []
        for key in keys[start:start + size]:
            row = {name: value for name, value in stored[key].items() if name in wanted or wanted == [""]}
            rows.append({name: None if name in BINARY else value for name, value in row.items()})
        answer = {"value": rows}
        if start + size < len(keys):
            select = urllib.parse.quote(query.get("$select", ""))
            answer["@odata.nextLink"] = f"{self.base}/{path}?$select={select}&$skiptoken={start + size}"
        return answer

    def directory(self, method, rest, query, body):
        kind, _, key = rest.partition("/")
        key = urllib.parse.unquote(key)
        if kind == "users" and method == "GET":
            if not key.endswith("@contoso.com"):
                raise Fault(404, f"Resource '{key}' does not exist")
            return 200, {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, key))}
        if kind != "groups":
            raise Fault(400, f"Resource not found for the segment '{kind}'.")
        if method == "GET" and not key:
            wanted = re.match(r"mailNickname eq '([^']+)'\Z", query.get("$filter", ""))
            if not wanted:
                raise Fault(400, "Unsupported Query.")
            found = [group for group in self.groups.values() if group["mailNickname"] == wanted[1]]
            return 200, {"value": found}
        if method == "DELETE":
            if key not in self.groups:
                raise Fault(404, f"Resource '{key}' does not exist")
            del self.groups[key]
            return 204, None
        known = {"displayName", "description", "mailEnabled", "mailNickname", "securityEnabled", "members@odata.bind"}
        unknown = set(body) - known
        if unknown or not {"displayName", "mailEnabled", "mailNickname", "securityEnabled"} <= set(body):
            raise Fault(400, f"Invalid property {sorted(unknown)}")
        key = str(uuid.uuid4())
        self.groups[key] = dict(body, id=key, createdDateTime=now_text())
        return 201, self.groups[key]

    @staticmethod
    def refuse(faults):
        if faults:
            raise Fault(400, "; ".join(faults))


def now_text():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self):
        tenant = self.server.tenant
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(self.path)
        with tenant.lock:
            try:
                status, body, headers = self.handle_in(tenant, parts, content)
            except Dropped:
                self.close_connection = True
                return
            except Fault as fault:
                code = fault.message.split(":")[0]
                error = {"code": code, "message": fault.message}
                body = {"error": code if "/oauth2/" in self.path else error, "error_description": fault.message}
                status, headers = fault.status, fault.headers
                if status == 400 and "/oauth2/" not in self.path:
                    tenant.rejected.append(f"{self.command} {self.path}: {fault.message}")
        data = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_in(self, tenant, parts, content):
        if parts.path.startswith("/_mock/delete/"):
            kind, key = parts.path.split("/")[3:]
            del tenant.objects[kind][key]
        if parts.path.startswith("/_mock/"):
            state = {"objects": tenant.objects, "groups": tenant.groups, "counts": tenant.counts}
            return 200, dict(state, writes=tenant.writes, throttled=tenant.throttled, rejected=tenant.rejected), {}
        if "/oauth2/" in parts.path:
            form = dict(urllib.parse.parse_qsl(content.decode()))
            tenant.counts["sign-in"] = tenant.counts.get("sign-in", 0) + 1
            return 200, tenant.sign_in(parts.path, form), {}
        if parts.path.endswith("/v2.0/.well-known/openid-configuration") and self.command == "GET":
            return 200, tenant.configuration(parts.path), {}
        tenant.counts[self.command] = tenant.counts.get(self.command, 0) + 1
        tenant.authorize(self.headers.get("Authorization"))
        planned = "" if self.command == "GET" else tenant.admit_write()
        body = None
        if content:
            if self.headers.get("Content-Type", "").split(";")[0] != "application/json":
                raise Fault(415, "Unsupported Media Type")
            body = json.loads(content)
        query = dict(urllib.parse.parse_qsl(parts.query))
        status, body = tenant.graph(self.command, parts.path, query, body)
        if planned == "drop-after":
            raise Dropped
        if planned == "504-after":
            raise Fault(504, "the gateway waited too long")
        return status, body, {"request-id": str(uuid.uuid4())}

    do_GET = do_POST = do_PATCH = do_DELETE = answer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--writes", type=int, default=100)
    parser.add_argument("--window", type=float, default=20)
    parser.add_argument("--token-seconds", type=int, default=3600)
    parser.add_argument("--faults", type=json.loads, default={})
    parser.add_argument("--page", type=int, default=100)
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.tenant = Tenant(options)
    server.tenant.base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
