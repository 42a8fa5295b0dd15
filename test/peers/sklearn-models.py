"""Gives scikit-learn's estimators what was exported, and saves what they have."""
import json
import sys

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

asked = json.load(sys.stdin)
if 'list' in asked:
    archives = [np.load(path) for path in asked['list']]
    print(json.dumps([{name: arrays[name].tolist() for name in arrays} for arrays in archives]))
elif 'read' in asked:
    with np.load(asked['read']) as arrays:
        model = GaussianMixture(len(arrays['weights_']), covariance_type=str(arrays['covariance_type']))
        for name in arrays:
            setattr(model, name, arrays[name])
    model.covariance_type = str(model.covariance_type)
    print(json.dumps({'scores': model.score_samples(np.array(asked['rows'])).tolist()}))
else:
    rows = np.array(asked['rows'])
    if asked['model'] == 'kmeans':
        model = KMeans(3, n_init=1, random_state=0).fit(rows)
        np.savez(asked['write'], cluster_centers_=model.cluster_centers_)
        print(json.dumps({'labels': model.predict(rows).tolist()}))
    else:
        settings = {'covariance_type': asked['covariance'], 'random_state': 0, 'max_iter': 300}
        priors = {'vbgmm': 'dirichlet_distribution', 'dpgmm': 'dirichlet_process'}
        prior = priors.get(asked['model'])
        model = (
            BayesianGaussianMixture(n_components=3, weight_concentration_prior_type=prior, **settings)
            if prior
            else GaussianMixture(3, **settings)
        ).fit(rows)
        attributes = {name: value for name, value in vars(model).items() if name.endswith('_') and name != 'n_features_in_'}
        np.savez(asked['write'], covariance_type=model.covariance_type, **attributes)
        print(json.dumps({'scores': model.score_samples(rows).tolist(), 'weights': model.weights_.tolist()}))
