"""exchangelib (PyPI), which knows nothing of this project, reads Autodiscover responses. Prints a JSON line for each."""
import json
import sys

from exchangelib.autodiscover.properties import Autodiscover

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        response = Autodiscover.from_bytes(file.read()).response
    user, account = response.user, response.account
    print(json.dumps({
        "name": user and user.display_name,
        "address": user and user.autodiscover_smtp_address,
        "type": account.type,
        "action": account.action,
        "protocols": [
            {
                "type": it.type,
                "host": it.server,
                "port": it.port,
                "username": it.login_name,
                "spa": it.spa,
                "ssl": it.ssl,
                "auth": it.auth_required,
            }
            for it in account.protocols
        ],
    }))
