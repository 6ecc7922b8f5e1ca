"""Says which files of users HDFS holds: one JSON line. Reads `{"urls": [...], "scratch": [...]}` from stdin."""

import json
import sys
import urllib.parse
import urllib.request


def ask(base, path, operation):
    query = urllib.parse.urlencode({"op": operation, "user.name": "hdfs"})
    url = base + "/webhdfs/v1" + urllib.parse.quote(path) + "?" + query
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


def children(base, path):
    statuses = ask(base, path, "LISTSTATUS")["FileStatuses"]["FileStatus"]
    return [(status["pathSuffix"], status["type"] == "DIRECTORY") for status in statuses]


def holdings(base, scratch):
    """Path, files and bytes of everything outside scratch folders that holds at least one file."""
    pending = [("/" + name, folder) for name, folder in children(base, "/")]
    # Homes are told one by one.
    if ("/user", True) in pending:
        pending.remove(("/user", True))
        pending += [("/user/" + name, folder) for name, folder in children(base, "/user")]
    for path, _folder in sorted(pending):
        if path in scratch:
            continue
        summary = ask(base, path, "GETCONTENTSUMMARY")["ContentSummary"]
        if summary["fileCount"] > 0:
            yield {"path": path, "files": summary["fileCount"], "bytes": summary["length"]}


def main():
    request = json.load(sys.stdin)
    error = "no NameNode was named"
    for base in request["urls"]:
        try:
            print(json.dumps({"holdings": list(holdings(base, request["scratch"]))}))
            return
        except (OSError, ValueError, KeyError) as problem:
            error = str(problem)
    print(json.dumps({"error": error}))


main()
