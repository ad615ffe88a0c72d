"""The signature that botocore puts under a request to Secrets Manager: moto checks none.

Reads a JSON object: `url`, `headers` (those that are signed), `body`, `key_id`,
`key` and `region`. Prints the signature.
"""

import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

given = json.load(sys.stdin)
request = AWSRequest("POST", given["url"], headers=given["headers"], data=given["body"])
request.context["timestamp"] = given["headers"]["x-amz-date"]
credentials = Credentials(given["key_id"], given["key"])
signer = SigV4Auth(credentials, "secretsmanager", given["region"])
canonical = signer.canonical_request(request)
print(signer.signature(signer.string_to_sign(request, canonical), request))
