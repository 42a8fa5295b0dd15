"""Makes reference.json: posterior predictive log densities of variational models, by SciPy and by mpmath.

golden: of the first held-out rows of the reference runs in test/golden, from the parameters that are stored there.
extreme: of one component with made-up posteriors, to 50 digits; `covariance` is (nu W)^-1 as the covariance type holds it.
Run in a Python that has numpy, scipy, h5py and mpmath; its place is beside this file.
"""

import json
from pathlib import Path

import h5py
import mpmath
import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t, t

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden"
ROWS = 50
mpmath.mp.dps = 50


def weights_of(concentration):
    if concentration.ndim == 1:
        return concentration / concentration.sum()
    sticks = concentration[:, 0] / concentration.sum(axis=1)
    weights = sticks * np.concatenate([[1], np.cumprod(1 - sticks)[:-1]])
    return weights / weights.sum()


def component(covariance_type, rows, mean, covariance, nu, beta):
    """Bishop (2006), equation 10.81; `covariance` is the inverse of the expected precision."""
    dimensions = len(mean)
    scale = nu * covariance * (1 + beta) / beta
    if covariance_type == "diagonal":
        return t.logpdf(rows, nu, loc=mean, scale=np.sqrt(scale / nu)).sum(axis=1)
    if covariance_type == "spherical":
        return multivariate_t.logpdf(rows, mean, np.eye(dimensions) * scale / nu, df=nu)
    freedom = nu + 1 - dimensions
    return multivariate_t.logpdf(rows, mean, scale / freedom, df=freedom)


def golden(path):
    rows = np.load(GOLDEN / f"{path.stem}-heldout.npy")[:ROWS].astype(float)
    densities = {}
    with h5py.File(path) as file:
        for name, group in file.items():
            if "beta" not in group:
                continue
            covariance_type = name.split("-")[1]
            shared = covariance_type == "tied"
            weights = weights_of(group["concentration"][()])
            covariances, nus = group["covariances"][()], group["nu"][()]
            each = [
                np.log(weights[k])
                + component(
                    covariance_type,
                    rows,
                    group["means"][k],
                    covariances if shared else covariances[k],
                    float(nus if shared else nus[k]),
                    float(group["beta"][k]),
                )
                for k in range(len(weights))
            ]
            densities[name] = logsumexp(each, axis=0).tolist()
    return densities


def student(row, mean, shape, freedom):
    """log of the multivariate t density with a shape matrix."""
    dimensions = len(row)
    difference = mpmath.matrix([mpmath.mpf(x) - mpmath.mpf(m) for x, m in zip(row, mean)])
    square = (difference.T * mpmath.inverse(shape) * difference)[0]
    return (
        mpmath.loggamma((freedom + dimensions) / 2)
        - mpmath.loggamma(freedom / 2)
        - dimensions * mpmath.log(freedom * mpmath.pi) / 2
        - mpmath.log(mpmath.det(shape)) / 2
        - (freedom + dimensions) / 2 * mpmath.log(1 + square / freedom)
    )


def exact(covariance_type, row, mean, covariance, nu, beta):
    nu, beta = mpmath.mpf(nu), mpmath.mpf(beta)
    factor = nu * (1 + beta) / beta
    if covariance_type == "diagonal":
        each = zip(row, mean, covariance)
        return mpmath.fsum(student([x], [m], mpmath.matrix([[factor * mpmath.mpf(c) / nu]]), nu) for x, m, c in each)
    if covariance_type == "spherical":
        return student(row, mean, mpmath.eye(len(row)) * (factor * mpmath.mpf(covariance[0]) / nu), nu)
    freedom = nu + 1 - len(row)
    a, b, c = (mpmath.mpf(value) for value in covariance)
    return student(row, mean, mpmath.matrix([[a, b], [b, c]]) * (factor / freedom), freedom)


def extreme():
    mean = [0.5, -2.0]
    rows = [[0.5, -2.0], [0.25, -2.5], [6.0, 7.0], [-1e3, 1e2], [1e8, -1e8], [1e60, 1e75], [-1e120, 1e3]]
    shapes = {"full": [1.5, 0.25, 0.75], "diagonal": [1.5, 0.75], "spherical": [0.75], "tied": [1.5, 0.25, 0.75]}
    for covariance_type, covariance in shapes.items():
        for nu in (1.25, 2.5, 30.0, 1e5, 1e9, 1e12):
            for beta in (0.5, 1e6):
                yield {
                    "covarianceType": covariance_type,
                    "nu": nu,
                    "beta": beta,
                    "mean": mean,
                    "covariance": covariance,
                    "rows": rows,
                    "logDensities": [
                        float(exact(covariance_type, row, mean, covariance, nu, beta)) for row in rows
                    ],
                }


reference = {"golden": {path.stem: golden(path) for path in sorted(GOLDEN.glob("*.h5"))}, "extreme": list(extreme())}
(HERE / "reference.json").write_text(json.dumps(reference, indent=1) + "\n")
