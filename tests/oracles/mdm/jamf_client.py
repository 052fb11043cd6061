#!/usr/bin/env python3
"""Sends the bodies of an export with jps-api-wrapper, a client by others. Arguments: URL, client ID, client secret, folder."""
import json
import plistlib
import sys
from pathlib import Path

from jps_api_wrapper.classic import Classic
from jps_api_wrapper.request_builder import RequestConflict

url, client, secret, folder = *sys.argv[1:4], Path(sys.argv[4])
with Classic(url, client, secret, client=True) as jamf:
    api = {
        "osxconfigurationprofiles": (jamf.create_osx_configuration_profile, jamf.get_osx_configuration_profile, "os_x_configuration_profile"),
        "mobiledeviceconfigurationprofiles": (
            jamf.create_mobile_device_configuration_profile, jamf.get_mobile_device_configuration_profile, "configuration_profile"),
    }
    count = 0
    for text in (folder / "objects.jsonl").read_text().splitlines():
        line = json.loads(text)
        create, get, root = api[line["kind"]]
        body = (folder / line["file"]).read_text()
        number = int(create(body.encode()).split("<id>")[1].split("<")[0])
        found = get(id=number)[root]
        assert found["general"]["name"] == line["name"]
        stored = plistlib.loads(found["general"]["payloads"].encode())
        sent = plistlib.loads((folder / line["profile"]).read_bytes())
        assert stored["PayloadContent"] == sent["PayloadContent"], line["name"]
        count += 1
        # the server refuses what is escaped twice, and a second profile of the same name
        other = body.replace(line["name"], line["name"] + " again", 1)
        for wrong in (other.replace("&lt;", "&amp;lt;"), other.replace("Mail&lt;/string", "R&amp;amp;D&lt;/string"), body):
            try:
                create(wrong.encode())
            except RequestConflict:
                continue
            raise AssertionError(f"accepted: {wrong}")
print(count)
