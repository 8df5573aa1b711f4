"""The rivals on a GPU, from points in host memory to centroids in host memory. See cpu_libraries.py for what a library is here."""

from importlib.metadata import version

import numpy as np

from cpu_libraries import Faiss, FastKMeans, Library


class GpuLibrary(Library):
    device = "cuda"

    def need_gpu(self):
        import torch

        if not torch.cuda.is_available():
            raise RuntimeError("no CUDA device")
        self.torch = torch

    def free(self):
        """Gives cached memory back to the device, which the other libraries share."""
        self.torch.cuda.synchronize()
        self.torch.cuda.empty_cache()


class Flash(GpuLibrary):
    """flash-kmeans. The labels its function returns are those before the last update: predict makes new ones."""

    dtype = "float16"

    def __init__(self):
        self.need_gpu()
        from flash_kmeans.assign_euclid_triton import euclid_assign_triton
        from flash_kmeans.kmeans_triton_impl import batch_kmeans_Euclid

        self.assign, self.run = euclid_assign_triton, batch_kmeans_Euclid
        precision = "fp16" if self.dtype == "float16" else "fp32 data, TF32 products"
        self.version = f"flash-kmeans {version('flash-kmeans')} ({precision})"

    def points(self):
        return self.torch.from_numpy(self.x).cuda().to(getattr(self.torch, self.dtype))[None]

    def train(self):
        x = self.points()
        start = self.torch.from_numpy(self.start).cuda().to(x.dtype)[None]
        found = self.run(x, self.k, max_iters=self.niter, tol=-1.0, init_centroids=start)[1]
        self.found = found[0].float().cpu().numpy()
        self.torch.cuda.synchronize()
        return self.niter

    def centroids(self):
        return self.found

    def label(self, x, centroids):
        squares = self.torch.cat([(part**2).sum(-1) for part in x[0].split(1 << 20)])[None]
        return self.assign(x, centroids, squares)

    def predict(self):
        x = self.points()
        labels = self.label(x, self.torch.from_numpy(self.found).cuda().to(x.dtype)[None])[0].cpu().numpy()
        del x
        self.free()
        return labels


class FlashTf32(Flash):
    dtype = "float32"


class Flashlib(Flash):
    """flash-kmeans' successor; its own choice of kernels."""

    def __init__(self):
        self.need_gpu()
        from flashlib.primitives.kmeans import euclid_assign_triton, flash_kmeans

        self.assign, self.run = euclid_assign_triton, flash_kmeans
        self.version = f"flashlib {version('flashlib')} (fp16)"

    def label(self, x, centroids):
        return self.assign(x, centroids)


class FastKMeansTorchGpu(FastKMeans, GpuLibrary):
    """The seed's library in its default precision, fp16."""

    def __init__(self):
        self.need_gpu()
        super().__init__()

    def predict(self):
        labels = super().predict()
        self.free()
        return labels


class FastKMeansTriton(FastKMeansTorchGpu):
    triton = True


class FaissGpu(Faiss):
    device = "cuda"

    def __init__(self):
        super().__init__()
        if not hasattr(self.faiss, "StandardGpuResources") or self.faiss.get_num_gpus() == 0:
            raise RuntimeError("this faiss has no GPU")
        self.version = f"faiss-gpu {self.faiss.__version__}"
        self.more = {"gpu": True}


class CuMl(Library):
    device = "cuda"
    inits = ("rows", "k-means++")

    def __init__(self):
        from cuml.cluster import KMeans

        self.KMeans = KMeans
        self.version = f"cuML {version('cuml-cu13')}"

    def train(self):
        init = self.start if self.init == "rows" else "k-means++"
        # It refuses a tolerance of 0.
        self.km = self.KMeans(n_clusters=self.k, init=init, n_init=1, max_iter=self.niter, tol=1e-30, output_type="numpy")
        self.km.fit(self.x)
        return int(self.km.n_iter_)

    def centroids(self):
        return self.km.cluster_centers_

    def predict(self):
        return self.km.predict(self.x)


class Float64Gpu(GpuLibrary):
    """Lloyd's algorithm in float64 on the GPU, as Float64 of cpu_libraries.py: the measure of quality at sizes that numpy cannot do."""

    ROWS = 4096

    def __init__(self):
        self.need_gpu()
        self.version = f"float64 (torch {self.torch.__version__})"

    def labels(self, sums=None, counts=None):
        current = self.found.double()
        half = 0.5 * (current * current).sum(dim=1)
        found = self.torch.empty(len(self.x), dtype=self.torch.int64)
        for at in range(0, len(self.x), self.ROWS):
            part = self.torch.from_numpy(self.x[at : at + self.ROWS]).cuda().double()
            labels = self.torch.argmin(self.torch.addmm(half, part, current.T, alpha=-1), dim=1)
            if sums is not None:
                sums.index_add_(0, labels, part)
                counts.index_add_(0, labels, self.torch.ones_like(part[:, 0]))
            found[at : at + self.ROWS] = labels.cpu()
        return found

    def train(self):
        self.found = self.torch.from_numpy(self.start).cuda()
        for _ in range(self.niter):
            sums = self.torch.zeros_like(self.found, dtype=self.torch.float64)
            counts = self.torch.zeros_like(sums[:, 0])
            self.labels(sums, counts)
            means = (sums / counts.clamp(min=1)[:, None]).float()
            self.found = self.torch.where(counts[:, None] > 0, means, self.found)
        return self.niter

    def centroids(self):
        return self.found.cpu().numpy()

    def predict(self):
        labels = self.labels().numpy()
        self.free()
        return labels


LIBRARIES = {
    "flash": Flash,
    "flash-tf32": FlashTf32,
    "flashlib": Flashlib,
    "fastkmeans-triton": FastKMeansTriton,
    "fastkmeans-torch-gpu": FastKMeansTorchGpu,
    "faiss-gpu": FaissGpu,
    "cuml": CuMl,
    "float64-gpu": Float64Gpu,
}
