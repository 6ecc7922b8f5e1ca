"""Asking Prometheus over HTTP. Proxies from the environment are not used: it is inside the cluster."""

import base64
import json
import urllib.request

_plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def text(address, port, path, timeout=5, login=None):
    """An answer. `login`: user and password, where they are asked for."""
    request = urllib.request.Request(f"http://{address}:{port}{path}")
    if login:
        request.add_header("Authorization", f"Basic {base64.b64encode(':'.join(login).encode()).decode()}")
    with _plain.open(request, timeout=timeout) as answer:
        return answer.read().decode()


def get(address, port, path, timeout=5):
    """The data of an answer."""
    return json.loads(text(address, port, path, timeout))["data"]
