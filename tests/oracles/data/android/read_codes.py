#!/usr/bin/env python3
"""Reads the QR codes in pictures with zxing-cpp, a port of the library that Thunderbird for Android uses.

Prints a line of JSON for each code: its file, text, the width of its modules without the border in pixels, its
level of error correction, and what the picture itself says that it shows.
"""

import json
import math
import sys

import zxingcpp
from PIL import Image


def width(position):
    corner, other = position.top_left, position.top_right
    return math.hypot(other.x - corner.x, other.y - corner.y)


def main(names):
    for name in names:
        with Image.open(name) as picture:
            description = picture.info.get("Description")
            codes = zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
        for code in sorted(codes, key=lambda code: (code.position.top_left.y, code.position.top_left.x)):
            found = {
                "file": name,
                "text": code.text,
                "width": width(code.position),
                "level": code.ec_level,
                "description": description,
            }
            print(json.dumps(found))


main(sys.argv[1:])
