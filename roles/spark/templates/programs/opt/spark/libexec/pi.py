"""pi.py HOSTS SAMPLES: computes Pi on all executors, and says on which hosts they were. Prints one line of JSON last.

Submitted by the check; runs until tasks ran on HOSTS hosts, or gives up after a while and says what it saw.
"""

import json
import random
import socket
import sys
import time

from pyspark import SparkContext

PATIENCE = 45


def throw(samples):
    def inside(_):
        random.seed()
        hits = sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(samples))
        return socket.gethostname().split(".")[0], hits

    return inside


def main():
    wanted, samples = map(int, sys.argv[1:])
    context = SparkContext(appName="muster check: Pi")
    tasks = max(4, 2 * context.defaultParallelism)
    until = time.monotonic() + PATIENCE
    hosts, hits, thrown = set(), 0, 0
    while len(hosts) < wanted and time.monotonic() < until:
        for host, found in context.parallelize(range(tasks), tasks).map(throw(samples)).collect():
            hosts.add(host)
            hits += found
            thrown += samples
    application = context.applicationId
    context.stop()
    print(json.dumps({"pi": 4 * hits / thrown, "hosts": sorted(hosts), "application": application}))


main()
