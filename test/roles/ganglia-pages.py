"""PAGE NODE: what Ganglia answers, a line each: the question, the code, and what it is."""

import json
import sys
import urllib.error
import urllib.request

page, node = sys.argv[1:]
host = f"c=t&h={node}"
questions = [
    "",
    "?c=t",
    f"?{host}",
    f"?p=2&{host}",
    "?tab=v",
    f"graph.php?{host}&m=load_one&r=hour&z=medium",
    "graph.php?g=cpu_report&c=t&r=hour&z=large",
    "graph.php?aggregate=1&hreg[]=t-.*&mreg[]=load_one&gtype=line&r=hour&z=medium&c=t",
    f"graph.php?{host}&m=load_one&r=hour&json=1",
    "graph_all_periods.php?g=load_report&c=t&z=large",
    "graph_all_periods.php?g=%22%3E%3Cscript%3E&c=t&z=large",
    "api/metrics_autocomplete.php?term=load",
    "api/host.php?action=list",
    "nagios/check_metric.php",
    "templates/default/header.tpl",
    "../javascript/jquery/jquery.min.js",
]


def kind_of(text):
    if text.startswith(b"\x89PNG"):
        return "graph"
    # One that came to its end.
    if text.rstrip().lower().endswith(b"</html>"):
        return "page"
    try:
        return json.loads(text) and "JSON"
    except ValueError:
        return "text" if text else "nothing"


def ask(question, data=None):
    try:
        with urllib.request.urlopen(page + question, data, timeout=30) as answer:
            return answer.status, kind_of(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, "-"


for question in questions:
    print(question.replace(node, "NODE") or "/", *ask(question))
print("POST", *ask("actions.php", b"action=add_view&view_name=mine"))
