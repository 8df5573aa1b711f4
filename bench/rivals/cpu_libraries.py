"""The rivals on a CPU. Each: load(x, start rows, k, niter, init, seed), train() → iterations done, centroids(), predict() of all rows.

Subsampling is off, stop rules are off as far as a library lets one: scikit-learn stops when labels no longer change.
"""

import math
from importlib.metadata import version

import numpy as np


class Library:
    device = "cpu"
    inits = ("rows",)

    def free(self):
        """After a training: what only waits for the next one."""

    def load(self, x, rows, k, niter, init, seed):
        if init not in self.inits:
            raise ValueError(f"no init {init}")
        self.x, self.rows, self.k, self.niter, self.init, self.seed = x, rows, k, niter, init, seed
        self.start = x[rows]


class Faiss(Library):
    inits = ("rows", "k-means++")
    more = {}

    def __init__(self):
        import faiss

        self.faiss = faiss
        self.version = f"faiss-cpu {faiss.__version__}"

    def train(self):
        n, d = self.x.shape
        km = self.faiss.Kmeans(d, self.k, niter=self.niter, max_points_per_centroid=n, min_points_per_centroid=1, seed=self.seed, **self.more)
        km.cp.early_stop_threshold = -1
        if self.init == "k-means++":
            km.cp.init_method = self.faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS
        km.train(self.x, init_centroids=self.start if self.init == "rows" else None)
        self.km = km
        return len(km.obj)

    def centroids(self):
        return self.km.centroids

    def predict(self):
        return self.km.assign(self.x)[1]


class ScikitLearn(Library):
    inits = ("rows", "k-means++")

    def __init__(self):
        from sklearn.cluster import KMeans

        self.KMeans = KMeans
        self.version = f"scikit-learn {version('scikit-learn')}"

    def train(self):
        init = self.start if self.init == "rows" else "k-means++"
        self.km = self.KMeans(self.k, init=init, n_init=1, max_iter=self.niter, tol=0, algorithm="lloyd", copy_x=True, random_state=self.seed)
        self.km.fit(self.x)
        return int(self.km.n_iter_)

    def centroids(self):
        return self.km.cluster_centers_

    def predict(self):
        return self.km.predict(self.x)


class SuperKMeans(Library):
    """Approximate, and no start can be given: it draws its own rows. Flat, all rows, all iterations."""

    def __init__(self):
        from superkmeans import SuperKMeans

        self.SuperKMeans = SuperKMeans
        self.version = f"superkmeans {version('superkmeans')} (flat, own start)"

    def train(self):
        n, d = self.x.shape
        self.km = self.SuperKMeans(
            self.k,
            d,
            hierarchical=False,
            iters=self.niter,
            sampling_fraction=1.0,
            max_points_per_cluster=n,
            early_termination=False,
            tol=0.0,
            seed=self.seed,
        )
        self.found = self.km.train(self.x)
        return len(self.km.iteration_stats)

    def centroids(self):
        return self.found

    def predict(self):
        return self.km.assign(self.x, np.ascontiguousarray(self.found))


class FastKMeans(Library):
    """AnswerDotAI's. Its start is the first k of a permutation: this one is put in its place."""

    triton = False

    def __init__(self):
        import torch
        from fastkmeans import FastKMeans

        self.torch = torch
        self.FastKMeans = FastKMeans
        self.version = f"fastkmeans {version('fastkmeans')} (torch {torch.__version__}{', Triton' if self.triton else ''})"

    def train(self):
        km = self.FastKMeans(
            self.x.shape[1],
            self.k,
            niter=self.niter,
            tol=-math.inf,
            max_points_per_centroid=None,
            device=self.device,
            use_triton=self.triton,
        )
        drawn = self.torch.randperm
        self.torch.randperm = lambda *_, **__: self.torch.from_numpy(self.rows.astype(np.int64))
        try:
            km.train(self.x)
        finally:
            self.torch.randperm = drawn
        self.km = km
        return self.niter

    def centroids(self):
        return self.km.centroids

    def predict(self):
        return self.km.predict(self.x)


class FastPytorch(Library):
    def __init__(self):
        import torch
        from fast_pytorch_kmeans import KMeans

        self.torch = torch
        self.KMeans = KMeans
        self.version = f"fast-pytorch-kmeans {version('fast-pytorch-kmeans')} (torch {torch.__version__})"

    def train(self):
        self.points = None
        self.points = self.torch.from_numpy(self.x).to(self.device)
        self.km = self.KMeans(self.k, max_iter=self.niter, tol=-math.inf)
        self.km.fit(self.points, self.torch.from_numpy(self.start).to(self.device))
        self.found = self.km.centroids.cpu().numpy()
        return self.niter

    def centroids(self):
        return self.found

    def predict(self):
        return self.km.predict(self.points).cpu().numpy()


class Float64(Library):
    """Lloyd's algorithm in float64 arithmetic, the measure of quality: empty clusters kept, the lowest index on ties.

    Centroids are kept as float32 between iterations, as every library here keeps them.
    """

    ROWS = 4096

    def __init__(self):
        self.version = f"float64 (numpy {np.__version__})"

    def labels(self):
        current = self.found.astype(np.float64)
        half = 0.5 * (current * current).sum(axis=1)
        found = np.empty(len(self.x), dtype=np.int32)
        for at in range(0, len(self.x), self.ROWS):
            part = self.x[at : at + self.ROWS].astype(np.float64)
            found[at : at + self.ROWS] = np.argmin(half - part @ current.T, axis=1)
        return found

    def train(self):
        self.found = self.start.copy()
        for _ in range(self.niter):
            labels = self.labels()
            order = np.argsort(labels, kind="stable")
            counts = np.bincount(labels, minlength=self.k)
            ends = np.cumsum(counts)
            for j in np.nonzero(counts)[0]:
                rows = order[ends[j] - counts[j] : ends[j]]
                self.found[j] = self.x[rows].mean(axis=0, dtype=np.float64)
        return self.niter

    def centroids(self):
        return self.found

    def predict(self):
        return self.labels()


LIBRARIES = {
    "faiss": Faiss,
    "sklearn": ScikitLearn,
    "superkmeans": SuperKMeans,
    "fastkmeans": FastKMeans,
    "fast-pytorch": FastPytorch,
    "float64": Float64,
}
