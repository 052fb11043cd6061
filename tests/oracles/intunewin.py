"""Opens packages for Intune by the published form, knowing nothing of mailmuster.

    intunewin.py PACKAGE FOLDER

The files inside must be those of the same names in FOLDER. Decrypts with `openssl enc`. Prints what is wrong; the exit code is
1 if anything is.
"""

import base64
import hashlib
import hmac
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

CONTENT = "IntuneWinPackage/Contents/IntunePackage.intunewin"
DETECTION = "IntuneWinPackage/Metadata/Detection.xml"
INFO = ["Name", "UnencryptedContentSize", "FileName", "SetupFile", "EncryptionInfo"]
ENCRYPTION = [
    "EncryptionKey", "MacKey", "InitializationVector", "Mac", "ProfileIdentifier", "FileDigest", "FileDigestAlgorithm",
]


def require(condition, what):
    if not condition:
        raise ValueError(what)


def unpacked(data, method, what):
    """The files of a zip, whose checksums hold and between whose parts there is nothing."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        require(not archive.testzip(), f"{what}: a checksum is wrong")
        require(not archive.comment, f"{what}: there is a comment")
        names = [entry.filename for entry in archive.infolist()]
        require(len(set(names)) == len(names), f"{what}: two files have one name")
        for entry in archive.infolist():
            require(entry.compress_type == method, f"{what}: {entry.filename} has another compression")
            require("\\" not in entry.filename, f"{what}: {entry.filename} has a backslash")
        return {name: archive.read(name) for name in names}


def children(node, names):
    require([child.tag for child in node] == names, f"{node.tag}: other elements, or in another order")
    return {child.tag: child.text for child in node}


def decrypted(key, vector, text):
    command = ["openssl", "enc", "-d", "-aes-256-cbc", "-K", key.hex(), "-iv", vector.hex()]
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    require(done.returncode == 0, "the content cannot be decrypted")
    return done.stdout


def main(package, folder):
    with open(package, "rb") as file:
        outer = unpacked(file.read(), zipfile.ZIP_STORED, "outer zip")
    require(list(outer) == [CONTENT, DETECTION], f"other files: {list(outer)}")
    text = outer[DETECTION]
    require(not text.startswith((b"<?xml", b"\xef\xbb\xbf")), "Detection.xml has a declaration or mark")
    require(text.count(b"\n") == text.count(b"\r\n") > 0, "Detection.xml has other line ends than CR LF")
    root = ElementTree.fromstring(text)
    require(root.tag == "ApplicationInfo" and re.fullmatch(r"1\.8(\.\d+){2}", root.get("ToolVersion")), "not ApplicationInfo")
    info = children(root, INFO)
    encryption = children(root.find("EncryptionInfo"), ENCRYPTION)
    require(info["FileName"] == os.path.basename(CONTENT), "FileName is another")
    require(encryption["ProfileIdentifier"] == "ProfileVersion1", "ProfileIdentifier is another")
    require(encryption["FileDigestAlgorithm"] == "SHA256", "FileDigestAlgorithm is another")
    value = {name: base64.b64decode(encryption[name], validate=True) for name in ENCRYPTION[:4] + ["FileDigest"]}
    sizes = [len(value[name]) for name in ("EncryptionKey", "MacKey", "InitializationVector", "Mac", "FileDigest")]
    require(sizes == [32, 32, 16, 32, 32], f"sizes of keys and digests: {sizes}")
    content = outer[CONTENT]
    mac, vector, ciphertext = content[:32], content[32:48], content[48:]
    require(hmac.digest(value["MacKey"], content[32:], "sha256") == mac == value["Mac"], "the MAC is wrong")
    require(vector == value["InitializationVector"], "the initialization vector is another")
    inner = decrypted(value["EncryptionKey"], vector, ciphertext)
    require(len(inner) == int(info["UnencryptedContentSize"]), "the size is wrong")
    require(len(content) == 48 + len(inner) + 16 - len(inner) % 16, "the padding is not that of PKCS #7")
    require(hashlib.sha256(inner).digest() == value["FileDigest"], "the digest is wrong")
    files = unpacked(inner, zipfile.ZIP_DEFLATED, "inner zip")
    require(info["SetupFile"] in files and info["Name"] == info["SetupFile"], "the setup file is not inside")
    for name, data in files.items():
        require("/" not in name, f"{name} is not at the root")
        with open(os.path.join(folder, name), "rb") as file:
            require(file.read() == data, f"{name} is another file")
    print(f"{len(files)} files, setup file {info['SetupFile']}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ValueError, TypeError, OSError, zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError) as error:
        print(f"{sys.argv[1]}: {error}")
        sys.exit(1)
