#!/usr/bin/env python3
"""Reads payloads of Thunderbird's QR codes: one on each line of a file.

Prints a line of JSON for each: the settings in it, or {"refused": why}. Written from the description of the
format (thunderbird-android, feature/migration/qrcode/qr-code-format.md, version 1) and from what the app's
own reader was seen to refuse: `null`, hosts with an underscore, addresses that are not plain ASCII. On top of
that it refuses bytes that are not ASCII: cameras' readers disagree about their encoding.

It knows nothing of mailmuster.
"""

import json
import re
import sys

PROTOCOLS = {0: "IMAP", 1: "POP3"}
SECURITIES = {0: "none", 2: "STARTTLS", 3: "TLS"}
# 3 (GSSAPI) and 4 (NTLM) are in the description and refused by the app
SIGN_INS = {0: "none", 1: "password", 2: "encrypted password", 5: "certificate", 6: "OAuth2"}

LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL_PART = re.compile(rf"{ATOM}(\.{ATOM})*\Z")


class Refused(Exception):
    pass


def demand(condition, why):
    if not condition:
        raise Refused(why)


def number(value, what):
    # in Python True is a number
    demand(type(value) is int, f"{what} is no number: {value!r}")
    return value


def array(value, what, least):
    demand(type(value) is list, f"{what} is no array: {value!r}")
    demand(len(value) >= least, f"{what} is too short: {value!r}")
    return value


def text(value, what):
    demand(type(value) is str, f"{what} is no string: {value!r}")
    demand("\r" not in value and "\n" not in value, f"{what} has a line break")
    demand(not any("\ud800" <= c <= "\udfff" for c in value), f"{what} has half a character")
    return value


def named(table, value, what):
    demand(number(value, what) in table, f"{what} is {value}")
    return table[value]


def host(value):
    name = text(value, "a host")
    demand(0 < len(name) <= 253, f"a host is too long: {name}")
    demand(all(LABEL.match(label) for label in name.split(".")), f"a host is {name!a}")
    return name


def address(value):
    local_part, at, domain = text(value, "an address").rpartition("@")
    demand(at and LOCAL_PART.match(local_part), f"an address is {value!a}")
    demand(len(local_part) <= 64, f"an address is too long: {value}")
    host(domain)
    return value


def server(values, protocols, texts):
    """`texts`: what may follow the user name, each a string where it is there."""
    protocol, name, port, security, sign_in, user, *rest = array(values, "a server", 6)
    for value, what in zip(rest, texts):
        text(value, what)
    demand(1 <= number(port, "a port") <= 65535, f"a port is {port}")
    return {
        "protocol": named(protocols, protocol, "a protocol"),
        "host": host(name),
        "port": port,
        "security": named(SECURITIES, security, "a security"),
        "sign_in": named(SIGN_INS, sign_in, "a kind of sign-in"),
        "user": text(user, "a user name"),
        "password": rest[len(texts) - 1] if len(rest) >= len(texts) else "",
    }


def account(incoming, groups):
    groups = array(groups, "the outgoing servers", 1)
    identities = 0
    for group in groups:
        outgoing, *of_group = array(group, "a group of an outgoing server", 2)
        server(outgoing, {0: "SMTP"}, ["a password"])
        for identity in of_group:
            mailbox, name = array(identity, "an identity", 2)[:2]
            address(mailbox)
            text(name, "a name")
            identities += 1
    # the app uses the first group, and of it the first identity as the account's own
    outgoing, (mailbox, name, *_), *_ = groups[0]
    return {
        "address": mailbox,
        "name": name,
        "incoming": server(incoming, PROTOCOLS, ["the account's name", "a password"]),
        "outgoing": server(outgoing, {0: "SMTP"}, ["a password"]),
        "identities": identities,
        "groups": len(groups),
    }


def payload(line):
    demand(line.isascii(), "a byte that is not ASCII")
    try:
        values = json.loads(line)
    except ValueError as error:
        raise Refused(f"no JSON: {error}") from error
    version, place, *rest = array(values, "the payload", 4)
    demand(number(version, "the version") == 1, f"the version is {version}")
    count, of = array(place, "the place", 2)[:2]
    demand(1 <= number(count, "the place") <= number(of, "the count"), f"the place is {place}")
    demand(len(rest) % 2 == 0, "an account without outgoing servers")
    accounts = [account(*rest[at : at + 2]) for at in range(0, len(rest), 2)]
    return {"number": count, "of": of, "accounts": accounts}


def main():
    with open(sys.argv[1], "rb") as file:
        lines = file.read().split(b"\n")
    for line in filter(None, lines):
        try:
            found = payload(line.decode("utf-8", "surrogateescape"))
        except Refused as why:
            found = {"refused": str(why)}
        print(json.dumps(found))


main()
