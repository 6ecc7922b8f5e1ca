"""Asking Hadoop's daemons over HTTP: milliseconds, where a Hadoop command costs the start of a JVM.

Only the standard library. Proxies from the environment are not used: every daemon is inside the cluster.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

VIEW = Path("/etc/muster/cluster.json")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_unredirected = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def view():
    return json.loads(VIEW.read_text())


def get_json(address, port, path, timeout=5):
    with _plain.open(f"http://{address}:{port}{path}", timeout=timeout) as answer:
        return json.load(answer)


def bean(address, port, name, timeout=5):
    """One MBean of a daemon as a dict; {} when the daemon does not have it (yet)."""
    beans = get_json(address, port, "/jmx?qry=" + urllib.parse.quote(name, safe=""), timeout)["beans"]
    return beans[0] if beans else {}


def attribute(address, port, name, of, timeout=5):
    """One attribute of an MBean; None when it does not have it."""
    query = "/jmx?get=" + urllib.parse.quote(f"{name}::{of}", safe="")
    beans = get_json(address, port, query, timeout)["beans"]
    return beans[0].get(of) if beans else None


class NameNode:
    """The NameNode of this cluster, as this node's view names it."""

    def __init__(self, settings):
        self.address = settings["namenode"]["address"]
        self.port = settings["namenode"]["web"]

    def info(self, timeout=5):
        return bean(self.address, self.port, "Hadoop:service=NameNode,name=NameNodeInfo", timeout)

    def system(self, timeout=5):
        return bean(self.address, self.port, "Hadoop:service=NameNode,name=FSNamesystem", timeout)

    def datanodes(self, timeout=5):
        """IPv4 address -> what the NameNode says of that DataNode, with `state` live or dead."""
        info = self.info(timeout)
        found = {}
        for state, key in (("dead", "DeadNodes"), ("live", "LiveNodes")):
            for name, node in json.loads(info.get(key) or "{}").items():
                address = node.get("xferaddr", name).rsplit(":", 1)[0]
                found[address] = {**node, "state": state}
        return found

    def safe_mode(self, timeout=5):
        """Why the NameNode is in safe mode; empty when it is not."""
        return self.info(timeout).get("Safemode", "")


class WebHdfs:
    """Files in HDFS, as `user`. `via` = address and port of the DataNode that data goes through, else the NameNode's choice."""

    def __init__(self, address, port, user, timeout=20):
        self.address, self.port, self.user, self.timeout = address, port, user, timeout

    def _url(self, path, operation, **parameters):
        query = urllib.parse.urlencode({"op": operation, "user.name": self.user, **parameters})
        return f"http://{self.address}:{self.port}/webhdfs/v1{urllib.parse.quote(path)}?{query}"

    def call(self, method, path, operation, **parameters):
        """The answer as a dict; raises FileNotFoundError, or OSError with the NameNode's own words."""
        request = urllib.request.Request(self._url(path, operation, **parameters), method=method)
        with _answered(_plain, request, self.timeout) as answer:
            return json.loads(answer.read() or b"{}")

    def status(self, path):
        return self.call("GET", path, "GETFILESTATUS")["FileStatus"]

    def write(self, path, data, via=None, **parameters):
        where = self._location("PUT", path, "CREATE", via, overwrite="true", **parameters)
        _answered(_plain, urllib.request.Request(where, data=data, method="PUT"), self.timeout).close()

    def read(self, path, via=None):
        where = self._location("GET", path, "OPEN", via)
        with _answered(_plain, urllib.request.Request(where), self.timeout) as answer:
            return answer.read()

    def _location(self, method, path, operation, via, **parameters):
        request = urllib.request.Request(self._url(path, operation, **parameters), method=method)
        try:
            with _answered(_unredirected, request, self.timeout) as answer:
                raise OSError(f"{operation} {path}: expected a redirection, found HTTP {answer.status}")
        except Redirected as redirection:
            location = urllib.parse.urlsplit(redirection.location)
        return urllib.parse.urlunsplit(location._replace(netloc="%s:%d" % via) if via else location)


class Redirected(Exception):
    def __init__(self, location):
        super().__init__(location)
        self.location = location


def _answered(opener, request, timeout):
    try:
        return opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code in (301, 302, 307):
            raise Redirected(error.headers["Location"]) from None
        text = error.read().decode(errors="replace")
        try:
            remote = json.loads(text)["RemoteException"]
        except (ValueError, KeyError):
            raise OSError(f"HTTP {error.code}: {text[:300]}") from None
        if remote.get("exception") == "FileNotFoundException":
            raise FileNotFoundError(remote.get("message")) from None
        raise OSError(f"{remote.get('exception')}: {remote.get('message')}".splitlines()[0]) from None


def wait_until(question, seconds, pause=0.3):
    """The first true answer of `question`; after `seconds` raises TimeoutError with the last error or answer."""
    until = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = question()
            if last:
                return last
        except OSError as error:
            last = error
        if time.monotonic() > until:
            raise TimeoutError(str(last))
        time.sleep(pause)
