"""The rivals of run.ts: holds one case's points, and times one whole training per line read from standard input.

  python rivals.py X.f32 n d START.f32 k niter     then lines: faiss | sklearn

Answers are JSON lines: seconds, iterations done, objective (sum of squared distances at the last assignment). Subsampling is off, the start is
given, stop rules are off as far as the rival allows: scikit-learn still stops when labels no longer change.
"""

import json
import sys
import time
import warnings

import faiss
import numpy as np
from sklearn.cluster import KMeans

n, d, k, niter = (int(sys.argv[i]) for i in (2, 3, 5, 6))
x = np.fromfile(sys.argv[1], dtype=np.float32).reshape(n, d)
start = np.fromfile(sys.argv[4], dtype=np.float32).reshape(k, d)
warnings.filterwarnings("ignore")


def run_faiss():
    km = faiss.Kmeans(d, k, niter=niter, max_points_per_centroid=n, min_points_per_centroid=1, verbose=False)
    if hasattr(km.cp, "early_stop_threshold"):
        km.cp.early_stop_threshold = -1
    began = time.perf_counter()
    km.train(x, init_centroids=start)
    return time.perf_counter() - began, len(km.obj), float(km.obj[-1])


def run_sklearn():
    km = KMeans(k, init=start, n_init=1, max_iter=niter, tol=0, algorithm="lloyd", copy_x=False)
    began = time.perf_counter()
    km.fit(x)
    return time.perf_counter() - began, int(km.n_iter_), float(km.inertia_)


print(json.dumps({"faiss": faiss.__version__, "sklearn": __import__("sklearn").__version__}), flush=True)
for line in sys.stdin:
    seconds, iterations, objective = {"faiss": run_faiss, "sklearn": run_sklearn}[line.strip()]()
    print(json.dumps({"seconds": seconds, "iterations": iterations, "objective": objective}), flush=True)
