"""scikit-learn's Lloyd."""

import side  # before what prints

import warnings

from sklearn.cluster import KMeans

warnings.filterwarnings("ignore")
differences = None


def prepare():
    global differences
    rows, means = side.load()

    def run(iterations):
        return KMeans(len(means), init=means, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(rows)

    numbers = side.flat(means=run(side.spec["steps"]).cluster_centers_)
    differences = side.Differences(lambda iterations: run(iterations).n_iter_)
    return {"numbers": numbers}


side.serve(prepare, lambda: differences.seconds())
