"""The real Thunderbird with files of an export in its program folder, as a new user meets it.

    thunderbird_install.py wizard FOLDER NAME EMAIL    FOLDER becomes `isp`; types into the account wizard, and prints what it shows
    thunderbird_install.py policies FILE               FILE becomes `distribution/policies.json`; prints the accounts

The program folder is made of links to the installed one. Nothing leaves this machine: every connection goes to a proxy that
is not there. Prints one line of JSON.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "data", "android"))
from thunderbird_autoconfig import connect, free_port  # noqa: E402

INSTALLED = "/usr/lib/thunderbird"
# In the order in which a start page for a new profile may be open.
PREFS = {
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9, "app.update.enabled": False,
    # no dialog at the start
    "mail.spotlight.firstRunDone": True, "mail.shell.checkDefaultClient": False, "mail.provider.suppress_dialog_on_startup": True,
    # always offline: an account asks for its password as soon as it connects
    "offline.startup_state": 3,
}

WIZARD = """
const [name, email, done] = arguments;
const wait = async (what, find) => {
  for (let n = 0; n < 300; n++) {
    try {
      const found = find();
      if (found) { return found; }
    } catch {}
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error("no " + what);
};
(async () => {
  const main = Services.wm.getMostRecentWindow("mail:3pane");
  main.openAccountHub("MAIL");
  const hub = await wait("wizard", () => main.document.querySelector("account-hub-container")?.shadowRoot);
  const form = await wait("form", () => hub.querySelector("email-auto-form"));
  const type = (id, text) => {
    const field = form.querySelector(id);
    field.value = text;
    field.dispatchEvent(new main.Event("input", { bubbles: true }));
  };
  await wait("field", () => form.querySelector("#email"));
  type("#realName", name);
  type("#email", email);
  const forward = await wait("button", () => {
    const button = hub.querySelector("#emailFooter #forward, account-hub-footer #forward");
    return button && !button.disabled && button;
  });
  forward.click();
  const found = await wait("result", () => {
    globalThis.lastHub = hub;
    const step = hub.querySelector("email-config-found");
    return step && !step.hidden && step.querySelector("#incomingHost").textContent.trim() && step;
  });
  const text = id => found.querySelector(id)?.textContent.trim();
  const shown = {};
  for (const id of ["incomingHost", "incomingPort", "incomingUsername", "outgoingHost", "outgoingPort", "outgoingUsername"]) {
    shown[id] = text("#" + id);
  }
  return shown;
})().then(done, error => done({ error: String(error) }));
"""

ACCOUNTS = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
return MailServices.accounts.accounts.filter(it => it.incomingServer?.type != "none").map(it => ({
  email: it.defaultIdentity?.email, name: it.defaultIdentity?.fullName, type: it.incomingServer.type,
  host: it.incomingServer.hostname ?? it.incomingServer.hostName, port: it.incomingServer.port, socket: it.incomingServer.socketType,
  user: it.incomingServer.username,
  outgoing: MailServices.outgoingServer.getServerByIdentity(it.defaultIdentity)?.serverURI.spec ?? null,
}));
"""


def install(home):
    """A program folder of its own: Thunderbird looks for `isp` and `distribution` beside its binary."""
    folder = os.path.join(home, "program")
    os.mkdir(folder)
    for name in os.listdir(INSTALLED):
        if name in ("isp", "distribution"):
            continue
        source, target = os.path.join(INSTALLED, name), os.path.join(folder, name)
        # a link to the binary would be followed to the installed folder
        if name in ("thunderbird", "thunderbird-bin"):
            shutil.copy2(source, target)
        else:
            os.symlink(source, target)
    return folder


def started(home, folder, act):
    port, profile = free_port(), os.path.join(home, "profile")
    os.mkdir(profile)
    with open(os.path.join(profile, "user.js"), "w", encoding="utf-8") as prefs:
        for name, value in {**PREFS, "marionette.port": port}.items():
            prefs.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
    process = subprocess.Popen(
        [os.path.join(folder, "thunderbird-bin"), "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
         "--profile", profile],
        env={**os.environ, "HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )
    try:
        marionette = connect(port, process)
        marionette.send("WebDriver:NewSession", {"pageLoadStrategy": "none"})
        marionette.send("Marionette:SetContext", {"value": "chrome"})
        marionette.send("WebDriver:SetTimeouts", {"script": 100000})
        return act(marionette)
    finally:
        # its own processes and no other
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(marionette, command, script, args):
    answer = marionette.send(f"WebDriver:{command}", {"script": script, "args": args, "newSandbox": True})
    return answer["value"]


def main(what, *args):
    with tempfile.TemporaryDirectory() as home:
        folder = install(home)
        if what == "wizard":
            shutil.copytree(args[0], os.path.join(folder, "isp"))
            print(json.dumps(started(home, folder, lambda it: run(it, "ExecuteAsyncScript", WIZARD, list(args[1:])))))
            return
        os.mkdir(os.path.join(folder, "distribution"))
        shutil.copy(args[0], os.path.join(folder, "distribution", "policies.json"))

        def accounts(marionette):
            # policies are applied while it starts
            for _ in range(60):
                found = run(marionette, "ExecuteScript", ACCOUNTS, [])
                if found:
                    break
                time.sleep(0.5)
            return found

        print(json.dumps(started(home, folder, accounts)))


main(*sys.argv[1:])
