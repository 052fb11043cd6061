"""Writes lists with Python's csv module, in every dialect that it has.

Standard input: {"header": [...], "lists": [{"rows": [[...], ...], "latin": true}, ...]}
Standard output: one JSON object a line: {"list": 0, "dialect": "excel", "encoding": "utf-8",
"bytes": base64, "lines": [the line on which each row starts]}
"""

import base64
import csv
import io
import json
import re
import sys

DIALECTS = {
    "excel": {"dialect": "excel"},
    "excel-tab": {"dialect": "excel-tab"},
    "unix": {"dialect": "unix"},
    "semicolon": {"delimiter": ";"},
    "bar": {"delimiter": "|"},
    "semicolon, lf": {"delimiter": ";", "lineterminator": "\n"},
    "quote all": {"quoting": csv.QUOTE_ALL},
    "quote minimal, lf": {"quoting": csv.QUOTE_MINIMAL, "lineterminator": "\n"},
    "quote nonnumeric": {"quoting": csv.QUOTE_NONNUMERIC},
    "quote nonnumeric, tab": {"quoting": csv.QUOTE_NONNUMERIC, "delimiter": "\t"},
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]

BREAK = re.compile("\r\n|\r|\n")


def write(header, rows, options):
    """The text, and the line on which each row starts."""
    lines = []
    out = io.StringIO(newline="")
    writer = csv.writer(out, **options)
    writer.writerow(header)
    for row in rows:
        lines.append(len(BREAK.findall(out.getvalue())) + 1)
        writer.writerow(row)
    return out.getvalue(), lines


def main():
    sys.stdin.reconfigure(encoding="utf-8")
    job = json.load(sys.stdin)
    for number, entry in enumerate(job["lists"]):
        for name, options in DIALECTS.items():
            text, lines = write(job["header"], entry["rows"], options)
            for encoding in ENCODINGS + (["cp1252"] if entry["latin"] else []):
                written = {
                    "list": number,
                    "dialect": name,
                    "encoding": encoding,
                    "bytes": base64.b64encode(text.encode(encoding)).decode("ascii"),
                    "lines": lines,
                }
                print(json.dumps(written))


main()
