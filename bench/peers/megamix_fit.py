"""The Python package megamix, a whole fit of its Dirichlet-process mixture from given labels to its own stop. Its last
release is of 2018; what SciPy has moved since is put back."""

import side  # before what prints

import sys
import types

import numpy as np
import scipy.special
import threadpoolctl

sys.modules["scipy.misc"] = types.ModuleType("scipy.misc")
sys.modules["scipy.misc"].logsumexp = scipy.special.logsumexp

from megamix.batch import DPVariationalGaussianMixture

# Its products are small: threads of its own gain a little, those of the BLAS make it slower.
threadpoolctl.threadpool_limits(1, "blas")
rows = means = None


def started():
    """What its own initialisation does with the labels of k-means, for ours."""
    components, dimensions = means.shape
    model = DPVariationalGaussianMixture(components, n_jobs=side.spec["threads"])
    model._check_prior_parameters(rows)
    model._inv_prec = np.empty((components, dimensions, dimensions))
    model._log_det_inv_prec = np.empty(components)
    model.cov = np.empty((components, dimensions, dimensions))
    model.alpha = np.empty((components, 2))
    model.log_weights = np.empty(components)
    with np.errstate(divide="ignore"):
        model._step_M(rows, np.log(side.one_hot(rows, means)))
    model._is_initialized = True
    model.init = "user"
    return model


def prepare():
    global rows, means
    rows, means = side.load()
    model = started()
    for _ in range(side.spec["steps"]):
        model._step_M(rows, model._step_E(rows)[1])
    numbers = side.flat(means=model.means, covariances=model.cov)
    whole = started()
    whole.fit(rows)
    return {"numbers": numbers, "note": f"{whole.iter} M-steps"}


side.serve(prepare, lambda: side.seconds_of(lambda: started().fit(rows)))
