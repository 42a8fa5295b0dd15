"""faiss: exact Lloyd on all rows, in single precision (it knows no other)."""

import side  # before what prints

import faiss

differences = None


def prepare():
    global differences
    rows, means = side.load()
    faiss.omp_set_num_threads(side.spec["threads"])

    def run(iterations):
        options = {"nredo": 1, "spherical": False, "min_points_per_centroid": 1, "max_points_per_centroid": 2**30}
        clustering = faiss.Kmeans(rows.shape[1], len(means), niter=iterations, **options)
        clustering.train(rows, init_centroids=means)
        return clustering

    numbers = side.flat(means=run(side.spec["steps"]).centroids)
    differences = side.Differences(lambda iterations: len(run(iterations).iteration_stats))
    return {"numbers": numbers}


side.serve(prepare, lambda: differences.seconds())
