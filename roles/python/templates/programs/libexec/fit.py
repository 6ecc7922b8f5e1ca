"""fit.py HOSTS: each executor makes data, and fits it with scikit-learn; all of them together are fitted by NumPy. Prints
one line of JSON last. Submitted by the check; runs until tasks ran on HOSTS hosts, or gives up and says what it saw.
"""

import json
import socket
import sys
import time

import numpy
import pandas
from pyspark.sql import SparkSession

PATIENCE = 45
ROWS = 2000
WANTED = [1.0, -2.0, 3.0, 0.5]
NEAR = 0.05


def part(batches):
    from sklearn.linear_model import LinearRegression

    for batch in batches:
        for seed in batch["id"]:
            random = numpy.random.default_rng(int(seed))
            x = random.normal(size=(ROWS, 3))
            y = x @ WANTED[:3] + WANTED[3] + random.normal(scale=0.1, size=ROWS)
            own = LinearRegression().fit(x, y)
            table = numpy.column_stack([x, numpy.ones(ROWS)])
            yield pandas.DataFrame(
                {
                    "host": [socket.gethostname().split(".")[0]],
                    "own": [[*own.coef_, own.intercept_]],
                    "square": [(table.T @ table).ravel()],
                    "image": [table.T @ y],
                }
            )


def main():
    wanted = int(sys.argv[1])
    spark = SparkSession.builder.appName("muster check: fit").getOrCreate()
    tasks = max(4, 2 * spark.sparkContext.defaultParallelism)
    until = time.monotonic() + PATIENCE
    parts = pandas.DataFrame(columns=["host"])
    while parts["host"].nunique() < wanted and time.monotonic() < until:
        first = len(parts)
        made = spark.range(first, first + tasks, 1, tasks).mapInPandas(
            part, "host string, own array<double>, square array<double>, image array<double>"
        )
        parts = pandas.concat([parts, made.toPandas()], ignore_index=True)
    spark.stop()
    fitted = numpy.linalg.solve(numpy.sum(list(parts["square"]), axis=0).reshape(4, 4), numpy.sum(list(parts["image"]), axis=0))
    near = numpy.allclose(fitted, WANTED, atol=NEAR) and numpy.allclose(numpy.mean(list(parts["own"]), axis=0), WANTED, atol=NEAR)
    told = {"fitted": list(fitted), "rows": ROWS * len(parts), "hosts": sorted(set(parts["host"]))}
    print(json.dumps({**told, "agree": bool(near), "wanted": WANTED}))


main()
