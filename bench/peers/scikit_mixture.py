"""scikit-learn's mixtures, started from labels as ours are: E-step and M-step by hand, which is what fit does between
its tests of convergence."""

import side  # before what prints

from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

LOG_PROBABILITIES = 10_000
spec = side.spec


class Mixture:
    def __init__(self):
        self.rows, means = side.load()
        kind = {"full": "full", "diagonal": "diag"}[spec["covariance"]]
        common = {"n_components": len(means), "covariance_type": kind, "reg_covar": 1e-6}
        if spec["model"] == "gmm":
            self.model = GaussianMixture(**common)
        else:
            # The defaults of its priors are ours: 1/K, 1, D, and the mean and covariance of the data.
            self.model = BayesianGaussianMixture(weight_concentration_prior_type="dirichlet_process", **common)
        self.model.n_features_in_ = self.rows.shape[1]
        self.model._check_parameters(self.rows)
        self.model._initialize(self.rows, side.one_hot(self.rows, means))
        self.passes = 1

    def step(self):
        _, log_resp = self.model._e_step(self.rows)
        self.model._m_step(self.rows, log_resp)

    def time_passes(self):
        def work():
            for _ in range(self.passes):
                self.step()

        return side.seconds_of(work) / self.passes

    def time_scores(self):
        return side.seconds_of(lambda: self.model.score_samples(self.rows))

    def numbers(self):
        model = self.model
        if spec["task"] == "score":
            return side.flat(logProbabilities=model.score_samples(self.rows[:LOG_PROBABILITIES]))
        if spec["model"] == "gmm":
            return side.flat(means=model.means_, covariances=model.covariances_, weights=model.weights_)
        return side.flat(means=model.means_, covariances=model.covariances_)


mixture = None


def prepare():
    global mixture
    mixture = Mixture()
    for _ in range(spec["steps"]):
        mixture.step()
    numbers = mixture.numbers()
    if spec["task"] == "score":
        mixture.time_scores()
    else:
        mixture.passes = side.passes_for(mixture.time_passes())
    return {"numbers": numbers}


def one_pass():
    return mixture.time_scores() if spec["task"] == "score" else mixture.time_passes()


side.serve(prepare, one_pass)
