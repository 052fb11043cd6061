"""The real Thunderbird reads autoconfig files with its own reader, and prints what it took, a JSON line for each.

    thunderbird_autoconfig.py EMAIL FILE...

Thunderbird is started without a window and driven by Marionette, its own protocol for tests: a message is its length,
a colon and JSON. A file that the reader refuses is {"error": ...}.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

SCRIPT = """
const [text, email] = arguments;
const { readFromXML } = ChromeUtils.importESModule("resource:///modules/accountcreation/readFromXML.sys.mjs");
const { JXON } = ChromeUtils.importESModule("resource:///modules/JXON.sys.mjs");
const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
try {
  const dom = new DOMParser().parseFromString(text, "text/xml");
  if (dom.querySelector("parsererror")) {
    return { error: "not well-formed" };
  }
  const config = readFromXML(JXON.build(dom));
  AccountConfig.replaceVariables(config, "Someone", email, "");
  const server = it => ({
    type: it.type, host: it.hostname, port: it.port, socket: it.socketType, auth: it.auth, username: it.username,
  });
  return {
    id: config.id, name: config.displayName, domains: config.domains,
    incoming: server(config.incoming), outgoing: server(config.outgoing),
  };
} catch (error) {
  return { error: String(error) };
}
"""


class Marionette:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.rest = b""
        self.id = 0
        self.receive()

    def receive(self):
        while b":" not in self.rest:
            self.more()
        length, self.rest = self.rest.split(b":", 1)
        while len(self.rest) < int(length):
            self.more()
        message, self.rest = self.rest[: int(length)], self.rest[int(length):]
        return json.loads(message)

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise EOFError("Thunderbird ended")
        self.rest += part

    def send(self, command, parameters):
        self.id += 1
        message = json.dumps([0, self.id, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(error)
        return result


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def connect(port, process):
    for _ in range(240):
        if process.poll() is not None:
            sys.exit("thunderbird ended")
        try:
            return Marionette(port)
        except OSError:
            time.sleep(0.5)
    sys.exit("thunderbird does not listen")


def main():
    email, files = sys.argv[1], sys.argv[2:]
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        profile = os.path.join(home, "profile")
        os.mkdir(profile)
        with open(os.path.join(profile, "user.js"), "w") as prefs:
            prefs.write(f'user_pref("marionette.port", {port});\n')
            # nothing leaves this machine
            prefs.write('user_pref("network.proxy.type", 1);\nuser_pref("network.proxy.http", "127.0.0.1");\n')
            prefs.write('user_pref("network.proxy.http_port", 9);\nuser_pref("network.proxy.ssl", "127.0.0.1");\n')
            prefs.write('user_pref("network.proxy.ssl_port", 9);\nuser_pref("app.update.enabled", false);\n')
        process = subprocess.Popen(
            ["thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile", profile],
            env={**os.environ, "HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        try:
            marionette = connect(port, process)
            marionette.send("WebDriver:NewSession", {})
            marionette.send("Marionette:SetContext", {"value": "chrome"})
            for file in files:
                with open(file, encoding="utf-8") as it:
                    text = it.read()
                answer = marionette.send("WebDriver:ExecuteScript", {"script": SCRIPT, "args": [text, email], "newSandbox": True})
                print(json.dumps(answer["value"]))
        finally:
            # its own processes and no other
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    main()
