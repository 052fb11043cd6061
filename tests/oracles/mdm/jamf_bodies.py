#!/usr/bin/env python3
"""Judges an export for Jamf Pro with Python's own XML and property list readers. Argument: its folder."""
import json
import plistlib
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOTS = {"mobiledeviceconfigurationprofiles": ("configuration_profile", "deployment_method", "Device Level"),
         "osxconfigurationprofiles": ("os_x_configuration_profile", "distribution_method", "User")}


def compacted(profile):
    """Without white space between tags, and with no reference that XML does not demand."""
    text = re.sub(r">\s+<", "><", profile).strip()
    for reference, character in (("&apos;", "'"), ("&quot;", '"'), ("&gt;", ">")):
        text = text.replace(reference, character)
    return text


def judge(folder):
    lines = [json.loads(line) for line in (folder / "objects.jsonl").read_text().splitlines()]
    for line in lines:
        body, profile = (folder / line["file"]).read_text(), (folder / line["profile"]).read_bytes()
        root = ET.fromstring(body)
        tag, method, level = ROOTS[line["kind"]]
        assert root.tag == tag, root.tag
        general = {node.tag: node.text for node in root.find("general")}
        payloads = general.pop("payloads")
        assert payloads == compacted(profile.decode()), f"{line['file']}: another profile than {line['profile']}"
        inside, loose = plistlib.loads(payloads.encode()), plistlib.loads(profile)
        assert inside == loose, line["file"]
        assert not re.search(r"[&>]", re.sub(r"<[^>]*>", "", payloads)), f"{line['file']}: a reference in the payload"
        assert "&#" not in body and "&quot;" not in body, f"{line['file']}: an escaped quote"
        assert general == {"name": line["name"], "description": inside["PayloadDescription"], method: "Install Automatically",
                           "level": level, "redeploy_on_update": "Newly Assigned"}, general
        assert inside["PayloadDisplayName"] == line["name"]
        assert ("PayloadScope" in inside) == (line["platform"] == "macos")
        users = [user.findtext("name") for user in root.findall("scope/jss_users/user")]
        assert len(users) == (line["id"] != "shared") and all(users), users
    print(len(lines))


judge(Path(sys.argv[1]))
