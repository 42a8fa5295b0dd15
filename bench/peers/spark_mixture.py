"""Spark MLlib's mixture. It cannot be told where to start, so nothing is compared but seconds."""

import side  # before what prints

import os
import sys

os.environ["PYSPARK_PYTHON"] = sys.executable

import pyspark
from pyspark.ml.clustering import GaussianMixture
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession

differences = None


def prepare():
    global differences
    rows, means = side.load()
    threads = side.spec["threads"]
    builder = SparkSession.builder.master(f"local[{threads}]").config("spark.driver.memory", "6g")
    session = builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").getOrCreate()
    vectors = [(Vectors.dense(row),) for row in rows]
    frame = session.createDataFrame(vectors, ["features"]).repartition(2 * threads).cache()
    frame.count()

    def run(iterations):
        model = GaussianMixture(k=len(means), maxIter=iterations, tol=0.0, seed=1).fit(frame)
        return model.summary.numIter

    differences = side.Differences(run)
    return {"numbers": {}, "note": f"pyspark {pyspark.__version__}, a start of its own"}


side.serve(prepare, lambda: differences.seconds())
