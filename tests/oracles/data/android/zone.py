"""dnspython (PyPI) reads the records of a zone. Prints a JSON line for each SRV record."""
import json
import sys

import dns.zone

domain, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    text = f"@ 3600 IN SOA ns.{domain}. admin.{domain}. 1 7200 3600 1209600 3600\n@ 3600 IN NS ns.{domain}.\n" + file.read()
zone = dns.zone.from_text(text, origin=f"{domain}.", relativize=False)
for name, ttl, record in zone.iterate_rdatas("SRV"):
    print(json.dumps({"name": str(name), "ttl": ttl, "port": record.port, "host": str(record.target)}))
