"""scikit-learn on the problems of standard input (JSON), all from the nearest of the given means; answers in JSON."""

import json
import sys
import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

warnings.filterwarnings("ignore")
MODELS = {
    "gmm": lambda **common: GaussianMixture(**common),
    "vbgmm": lambda **common: BayesianGaussianMixture(
        weight_concentration_prior_type="dirichlet_distribution", **common
    ),
    "dpgmm": lambda **common: BayesianGaussianMixture(weight_concentration_prior_type="dirichlet_process", **common),
}


def mixture(rows, means, model, covariance, steps):
    fitted = MODELS[model](n_components=len(means), covariance_type=covariance, reg_covar=1e-6)
    fitted.n_features_in_ = rows.shape[1]
    fitted._check_parameters(rows)
    nearest = ((rows[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)
    fitted._initialize(rows, np.eye(len(means))[nearest])
    for _ in range(steps):
        _, log_resp = fitted._e_step(rows)
        fitted._m_step(rows, log_resp)
    # what `fit` does at its end
    fitted._set_parameters(fitted._get_parameters())
    answer = {
        "means": fitted.means_,
        "covariances": fitted.covariances_,
        "logNormalisers": fitted.score_samples(rows),
        "responsibilities": fitted.predict_proba(rows),
        "labels": fitted.predict(rows),
    }
    if model == "gmm":
        answer |= {"weights": fitted.weights_, "aic": fitted.aic(rows), "bic": fitted.bic(rows)}
    return answer


def kmeans(rows, means, steps):
    fitted = KMeans(len(means), init=means, n_init=1, max_iter=steps, tol=0, algorithm="lloyd").fit(rows)
    return {"means": fitted.cluster_centers_, "labels": fitted.predict(rows)}


def answer(problem):
    rows, means = np.array(problem["rows"]), np.array(problem["means"])
    if problem["model"] == "kmeans":
        found = kmeans(rows, means, problem["steps"])
    else:
        found = mixture(rows, means, problem["model"], problem["covariance"], problem["steps"])
    return {name: np.asarray(values, dtype=float).ravel().tolist() for name, values in found.items()}


json.dump([answer(problem) for problem in json.load(sys.stdin)], sys.stdout)
