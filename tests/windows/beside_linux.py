#!/usr/bin/env python3
"""Compares mailmuster.exe under Wine with the Linux program: bytes of bundles, printed text, the console and Ctrl-C.

Usage: beside_linux.py LINUX-PROGRAM WINDOWS-PROGRAM WINE      (WINEPREFIX in the environment)
Prints a line for each check; the exit code is 1 if one fails.
"""
import filecmp
import os
import pty
import subprocess
import sys
import tempfile
import time
from pathlib import Path

linux, windows, wine = [str(Path(path).absolute()) for path in sys.argv[1:4]]
LIST = "email,name\nada@centurylink.net,Größe Ünal 日本\nŻaneta日本,Żaneta\n"
# enough for several groups of bundles
PEOPLE = 1500
failed = False


def judge(name, holds, what=""):
    global failed
    failed |= not holds
    print(f"{'ok    ' if holds else 'FAILED'} {name}{'' if holds else f': {what}'}", flush=True)


def run(program, words, folder, **options):
    return subprocess.run([*program, *words], cwd=folder, capture_output=True, timeout=300, **options)


def both(words, folder):
    """The same words for both programs, as (Linux, Windows)."""
    return run([linux], words, folder), run([wine, windows], words, folder)


def same_text(name, words, folder):
    ours, theirs = both(words, folder)
    for stream in ("stdout", "stderr"):
        there = getattr(theirs, stream).replace(b"\\", b"/")
        judge(f"{name}: {stream} as on Linux", there == getattr(ours, stream), there)
    judge(f"{name}: exit code as on Linux", ours.returncode == theirs.returncode, theirs.returncode)


def make_keys(folder):
    """An RSA identity of mailmuster's own, and a P-256 one of OpenSSL's."""
    run([linux], ["identity", "new", "--out", "rsa", "--name", "Test"], folder, check=True)
    (folder / "p256").mkdir()
    run(["openssl"], ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3000",
                      "-subj", "/CN=Test", "-addext", "basicConstraints=critical,CA:FALSE",
                      "-addext", "keyUsage=digitalSignature",
                      "-addext", "extendedKeyUsage=codeSigning,emailProtection",
                      "-keyout", "p256/key.pem", "-out", "p256/cert.pem"], folder, check=True)


def same_bytes(key, folder):
    signing = ["--sign-cert", f"{key}/cert.pem", "--sign-key", f"{key}/key.pem"]
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for program, out in (([linux], f"{key}-linux"), ([wine, windows], f"{key}-windows")):
        done = run(program, ["generate", "people.csv", "--out", out, "--at", at, *signing], folder)
        judge(f"{key}: generate into {out}", done.returncode == 0, done.stderr)
    names = [sorted(str(path.relative_to(folder / out)) for path in (folder / out).rglob("*") if path.is_file())
             for out in (f"{key}-linux", f"{key}-windows")]
    judge(f"{key}: the same {len(names[0])} files", names[0] == names[1], names)
    # the ledger is a database with pages of its own order
    compared = [name for name in names[0] if name != "ledger.db"]
    different = [name for name in compared
                 if not filecmp.cmp(folder / f"{key}-linux" / name, folder / f"{key}-windows" / name, shallow=False)]
    judge(f"{key}: the same bytes in {len(compared)} files", compared and not different, different)


def in_console(words, folder, until=None):
    """What a console shows, and the exit code. Ctrl-C is pressed as soon as `until` is true."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(wine, [wine, *words])
    shown = b""
    os.set_blocking(terminal, False)
    while True:
        try:
            shown += os.read(terminal, 65536)
        except BlockingIOError:
            if until and until():
                os.write(terminal, b"\x03")
                until = None
            time.sleep(0.02)
            continue
        except OSError:
            break
    return shown.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def console(folder):
    # 437: the code page of the first IBM PC, which has no Ż and no Japanese
    (folder / "old.cmd").write_bytes(f'@chcp 437 >nul\r\n@"Z:{windows}" %*\r\n'.replace("/", "\\").encode())
    words = ["check", "list.csv"]
    for name, program in (("console", [windows]), ("console with code page 437", ["cmd", "/c", "old.cmd"])):
        shown, code = in_console([*program, *words], folder)
        judge(f"{name}: letters of the list", "`Żaneta日本`" in shown and code == 1, (code, shown))
    redirected = run([wine], ["cmd", "/c", "old.cmd", *words], folder)
    judge("pipe in code page 437: UTF-8", "`Żaneta日本` is not an address".encode() in redirected.stdout + redirected.stderr, redirected)


def control_c(folder):
    (folder / "many.csv").write_text("email,name\n" + "".join(f"p{n}@q.com,Person {n}\n" for n in range(PEOPLE)))
    words = ["generate", "many.csv", "--out", "many", "--sign-cert", "rsa/cert.pem", "--sign-key", "rsa/key.pem"]
    bundles = folder / "many" / "bundles"
    shown, code = in_console([windows, *words], folder,
                             until=lambda: bundles.exists() and next(bundles.rglob("*.zip"), None))
    made = len(list(bundles.rglob("*.zip")))
    judge("Ctrl-C: exit code 3 and a message", code == 3 and "stopped on request" in shown, (code, shown))
    judge("Ctrl-C: some bundles", 0 < made < PEOPLE, made)
    judge("Ctrl-C: the next run ends", run([wine, windows], words, folder).returncode == 0)
    judge("Ctrl-C: every bundle is there", len(list(bundles.rglob("*.zip"))) == PEOPLE)
    judge("Ctrl-C: verify", run([wine, windows], ["verify", "many", "--ca", "rsa/ca.pem"], folder).returncode == 0)


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    (folder / "list.csv").write_text(LIST)
    (folder / "people.csv").write_text("email,name\n" + LIST.splitlines()[1] + "\nbob@q.com,Bob\n")
    make_keys(folder)
    same_text("check", ["check", "list.csv"], folder)
    same_text("check --json", ["check", "list.csv", "--json"], folder)
    for key in ("rsa", "p256"):
        same_bytes(key, folder)
    same_text("inspect", ["inspect", "rsa-linux/bundles/bob_q.com.zip"], folder)
    console(folder)
    control_c(folder)
sys.exit(failed)
