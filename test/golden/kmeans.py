"""Golden numbers for the core's tests: OMP_NUM_THREADS=1 python test/golden/kmeans.py > test/golden/kmeans.json

Needs numpy 2.4.6, scikit-learn 1.9.1, faiss-cpu 1.15.1. Points and starts are made of integers by a hash, the same on both sides
(test/golden/kmeans.ts); their SHA-256 shows that they are the same bits. Points are float32; scikit-learn works on them in float64.
Starts are means of two points plus jitter: a point as start would lie at equal distances to its duplicates' neighbours.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import sys
import warnings
import zlib


import faiss
import numpy as np
import sklearn
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.datasets import load_digits, load_iris, load_wine

MNIST = pathlib.Path(__file__).parents[2] / 'datasets' / 'mnist-images.idx3-ubyte.gz'
MIN_GAP = 1e-9
warnings.simplefilter('ignore')


def mix(a):
    a = a ^ (a >> np.uint32(16))
    a = a * np.uint32(0x7FEB352D)
    a = a ^ (a >> np.uint32(15))
    a = a * np.uint32(0x846CA68B)
    return a ^ (a >> np.uint32(16))


def hash32(seed, index):
    """Chris Wellons' lowbias32, of the index and a seed."""
    index = np.asarray(index, dtype=np.uint32)
    return mix(mix(np.array([seed + 1], dtype=np.uint32)) ^ index)


def bytes_sum(h):
    """About normal: mean 510, standard deviation 148."""
    return sum((h >> np.uint32(8 * i)) & np.uint32(255) for i in range(4)).astype(np.int64)


def blobs(n, d, groups, seed, shift=22):
    """Centres have 32 − shift bits; the noise about them has the standard deviation 148."""
    group = hash32(seed, np.arange(n)) % np.uint32(groups)
    at = np.arange(d)
    centre = (hash32(seed + 1, np.arange(groups)[:, None] * d + at) >> np.uint32(shift)).astype(np.int64)
    index = np.arange(n)[:, None] * d + at
    noise = bytes_sum(hash32(seed + 2, index)) * 4096 + (hash32(seed + 3, index) >> np.uint32(20)).astype(np.int64)
    return ((centre[group] * 4096 + noise) / 4096).astype(np.float32)


def start(x, k, jitter, seed):
    n, d = x.shape
    a = hash32(seed, np.arange(k) * 2) % np.uint32(n)
    b = hash32(seed, np.arange(k) * 2 + 1) % np.uint32(n)
    wide = x.astype(np.float64)
    moved = (bytes_sum(hash32(seed + 1, np.arange(k)[:, None] * d + np.arange(d))) - 510) / 1024 * jitter
    return ((wide[a] + wide[b]) / 2 + moved).astype(np.float32)


def weights_of(n, seed, integers):
    h = hash32(seed, np.arange(n))
    return (h % np.uint32(5)).astype(np.float64) if integers else ((h >> np.uint32(20)) + 1) / 256


def mnist():
    return np.frombuffer(gzip.open(MNIST).read()[16:], dtype=np.uint8).reshape(-1, 784).astype(np.float32)


SETS = {
    'iris': (lambda: load_iris().data.astype(np.float32), 0.25),
    'wine': (lambda: load_wine().data.astype(np.float32), 1),
    'digits': (lambda: load_digits().data.astype(np.float32), 1),
    'blobs1': (lambda: blobs(1200, 1, 6, 10), 64),
    'blobs2': (lambda: blobs(1200, 2, 9, 20), 64),
    'blobs17': (lambda: blobs(1000, 17, 6, 30), 64),
    'blobs100': (lambda: blobs(800, 100, 5, 40, 25), 64),
    'blobs128': (lambda: blobs(1000, 128, 7, 50, 25), 64),
    'blobs300': (lambda: blobs(600, 300, 4, 60, 25), 64),
    'mnist': (mnist, 16),
}
X = {name: make() for name, (make, _) in SETS.items()}


def sha(a):
    return hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()


def packed(labels):
    return base64.b64encode(zlib.compress(labels.astype(np.uint8).tobytes(), 9)).decode()


def gap_and_labels(x, c):
    """The least (second − best) / second of the squared distances, by explicit differences."""
    dist = np.stack([((x - centroid) ** 2).sum(axis=1) for centroid in c], axis=1)
    two = np.partition(dist, 1, axis=1)
    return ((two[:, 1] - two[:, 0]) / two[:, 1]).min(), dist.argmin(axis=1), dist.min(axis=1)


def replay(x, c, n_iter, weight, labels_found):
    """The least gap that any of the run's E-steps saw; empty clusters are given the farthest points, as scikit-learn does."""
    c, least = c.copy(), np.inf
    for _ in range(n_iter):
        gap, labels, dist = gap_and_labels(x, c)
        least = min(least, gap)
        empty = [j for j in range(len(c)) if weight[labels == j].sum() == 0]
        for j, row in zip(empty, np.argsort(-dist)):
            labels[row] = j
        for j in range(len(c)):
            if weight[labels == j].sum() > 0:
                c[j] = np.average(x[labels == j], axis=0, weights=weight[labels == j])
    gap, labels, _ = gap_and_labels(x, c)
    assert min(least, gap) < MIN_GAP or (labels == labels_found).all()
    return min(least, gap)


def run(name, k, seed, tol=1e-4, max_iter=300, weights=None, init=None, moved=None):
    """KMeans(k, algorithm='lloyd', n_init=1, init=init, tol=tol, max_iter=max_iter).fit(x, sample_weight=weights), in float64."""
    x = X[name].astype(np.float64)
    init = start(X[name], k, SETS[name][1], seed) if init is None else init
    for j, value in moved or []:
        init[j] = value
    weight = None if weights is None else weights_of(len(x), seed + 2, weights == 'integers')
    km = KMeans(k, algorithm='lloyd', n_init=1, init=init.astype(np.float64), tol=tol, max_iter=max_iter).fit(x, sample_weight=weight)
    gap = replay(x, init.astype(np.float64), km.n_iter_, np.ones(len(x)) if weight is None else weight, km.labels_)
    if gap < MIN_GAP:
        return None
    out = {'set': name, 'k': k, 'seed': seed, 'tol': tol, 'niter': max_iter, 'init': sha(init), 'nIter': int(km.n_iter_)}
    if weights:
        out['weights'] = weights
    if moved:
        out['moved'] = moved
    return {**out, 'gap': float(f'{gap:.3g}'), 'inertia': float(km.inertia_), 'labels': packed(km.labels_)}


def kept(runs, excluded):
    runs = list(runs)
    excluded.append(runs.count(None))
    return [r for r in runs if r is not None]


excluded = []
small = [name for name in SETS if name != 'mnist']
K = {'iris': (3, 8), 'wine': (3, 7), 'digits': (10, 40)}
lloyd = kept(
    (run(name, k, 1000 * seed + k, tol) for name in small for k in K.get(name, (5, 20)) for seed in range(3) for tol in (0, 1e-4)),
    excluded,
)
golden = {
    'versions': {m.__name__: m.__version__ for m in (np, sklearn, faiss)},
    'sets': {name: {'n': len(x), 'd': x.shape[1], 'jitter': SETS[name][1], 'sha256': sha(x)} for name, x in X.items()},
    'lloyd': lloyd,
    'tolerance': kept((run('digits', 10, 7, tol) for tol in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 0)), excluded)
    + kept((run('blobs2', 12, 8, tol) for tol in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 0)), excluded)
    + kept((run('digits', 10, 9, 0, niter) for niter in (1, 2, 5)), excluded),
    'weighted': kept(
        (run(name, 6, 50 + seed, weights=w) for name in ('iris', 'wine', 'blobs2', 'blobs17') for seed in range(2) for w in ('integers', 'reals')),
        excluded,
    ),
    # starts moved far from all points: their clusters are empty at once, and given the farthest points
    'empty': [
        run('iris', 5, 3, moved=[[2, 1000]]),
        run('blobs17', 8, 4, moved=[[0, 1e5], [5, 2e5]]),
        run('blobs2', 9, 5, moved=[[8, -1e6]]),
        run('blobs2', 9, 6, weights='reals', moved=[[3, -1e6], [7, 1e6]]),
    ],
    'mnist': kept((run('mnist', 10, seed) for seed in (200,)), excluded),
}
golden['excluded'] = sum(excluded)

# km.transform(x[:5]), km.score(x), km.score(x, sample_weight) of KMeans(k, n_init=1, init=start, max_iter=1)
golden['predictions'] = []
for name, k in (('iris', 4), ('digits', 10), ('blobs300', 5)):
    x = X[name].astype(np.float64)
    centroids = start(X[name], k, SETS[name][1], 77).astype(np.float64)
    km = KMeans(k, n_init=1, init=centroids, max_iter=1).fit(x)
    km.cluster_centers_ = centroids
    weight = weights_of(len(x), 78, False)
    golden['predictions'].append(
        {'set': name, 'k': k, 'seed': 77, 'labels': packed(km.predict(x)), 'transform': km.transform(x[:5]).ravel().tolist(),
         'score': km.score(x), 'weightedScore': km.score(x, sample_weight=weight)}
    )

# the mean over seeds of the potential that kmeans_plusplus(x, k, random_state=seed) leaves
golden['potentials'] = []
for name, k, seeds in (('iris', 5, 400), ('digits', 10, 60), ('blobs2', 12, 200), ('blobs17', 20, 40)):
    x = X[name].astype(np.float64)
    found = []
    for seed in range(seeds):
        centroids, _ = kmeans_plusplus(x, k, random_state=seed)
        found.append(np.stack([((x - c) ** 2).sum(axis=1) for c in centroids], axis=1).min(axis=1).sum())
    golden['potentials'].append({'set': name, 'k': k, 'seeds': seeds, 'mean': float(np.mean(found))})

# faiss.Kmeans(d, k, niter, max_points_per_centroid=10**9, early_stop_threshold=...).train(x, init_centroids=init): obj of each iteration
golden['faiss'] = []
for name, k, niter, threshold in (
    ('digits', 10, 20, 0), ('blobs2', 12, 40, 1e-2), ('blobs17', 8, 20, 0), ('blobs128', 10, 20, 1e-4), ('digits', 40, 40, 1e-3), ('wine', 3, 30, 1e-4)
):
    init = start(X[name], k, SETS[name][1], 500 + k)
    km = faiss.Kmeans(X[name].shape[1], k, niter=niter, max_points_per_centroid=10**9, min_points_per_centroid=1)
    km.cp.early_stop_threshold = threshold
    km.train(X[name], init_centroids=init)
    assert all(stats['nsplit'] == 0 for stats in km.iteration_stats)
    golden['faiss'].append({'set': name, 'k': k, 'seed': 500 + k, 'niter': niter, 'tol': threshold, 'obj': [float(o) for o in km.obj]})

json.dump(golden, sys.stdout, indent=1)
print()
