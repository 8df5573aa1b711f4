"""What scikit-learn and faiss reach on the demo's data sets: datasets/quality-reference.json.

    python3 -m venv .venv
    .venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1 faiss-cpu==1.15.1
    npx tsx bench/reference/exportDatasets.ts FOLDER
    .venv/bin/python bench/reference/quality.py FOLDER

Ten seeds each; k-means++ starts; at most 100 iterations; scikit-learn stops early when no label changes. Inertia, NMI and ARI are computed
alike for both, in float64, from the labels and centroids they return.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path

import faiss
import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

PINNED = {"numpy": "2.4.6", "scikit-learn": "1.9.1", "faiss-cpu": "1.15.1"}
SEEDS = range(10)
CALLS = {
    "scikit-learn": "KMeans(n_clusters=k, init='k-means++', n_init=1, algorithm='lloyd', max_iter=100, tol=0, random_state=seed)"
    ".fit(x.astype(numpy.float64))",
    "faiss": "faiss.Kmeans(d, k, niter=100, nredo=1, seed=seed, max_points_per_centroid=10**9, min_points_per_centroid=1, "
    "init_method=faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS).train(x), labels by .assign(x)",
}


def run_sklearn(x, k, seed):
    model = KMeans(n_clusters=k, init="k-means++", n_init=1, algorithm="lloyd", max_iter=100, tol=0, random_state=seed)
    model.fit(x.astype(np.float64))
    return model.cluster_centers_, model.labels_, model.n_iter_


def run_faiss(x, k, seed):
    model = faiss.Kmeans(
        x.shape[1],
        k,
        niter=100,
        nredo=1,
        seed=seed,
        max_points_per_centroid=10**9,
        min_points_per_centroid=1,
        init_method=faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS,
    )
    model.train(x)
    return model.centroids, model.assign(x)[1], len(model.obj)


RUNS = {"scikit-learn": run_sklearn, "faiss": run_faiss}


def spread(values):
    return {"mean": float(np.mean(values)), "min": float(np.min(values)), "max": float(np.max(values))}


def measure(run, x, truth, k):
    found = {"inertia": [], "nmi": [], "ari": [], "iterations": []}
    for seed in SEEDS:
        centroids, labels, iterations = run(x, k, seed)
        difference = x.astype(np.float64) - centroids.astype(np.float64)[labels]
        found["inertia"].append(np.sum(difference * difference))
        found["nmi"].append(normalized_mutual_info_score(truth, labels))
        found["ari"].append(adjusted_rand_score(truth, labels))
        found["iterations"].append(iterations)
    return {name: spread(values) for name, values in found.items()}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(folder):
    versions = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "faiss-cpu": faiss.__version__}
    if versions != PINNED:
        raise SystemExit(f"quality.py: expected {PINNED}, got {versions}")
    cases = {}
    for case in json.loads((folder / "cases.json").read_text()):
        data = folder / f"{case['dataset']}.npy"
        x, truth = np.load(data), np.load(folder / f"{case['dataset']}.labels.npy")
        cases[case["name"]] = {
            "n": x.shape[0],
            "d": x.shape[1],
            "k": case["k"],
            "sha256": digest(data),
            **{name: measure(run, x, truth, case["k"]) for name, run in RUNS.items()},
        }
        print(case["name"], json.dumps(cases[case["name"]], indent=1), flush=True)
    reference = {
        "what": "Quality that scikit-learn and faiss reach on the demo's data sets: mean, min and max over the seeds.",
        "made by": "bench/reference/quality.py",
        "versions": {"python": platform.python_version(), **versions},
        "calls": CALLS,
        "seeds": list(SEEDS),
        "cases": cases,
    }
    target = Path(__file__).parents[2] / "datasets" / "quality-reference.json"
    target.write_text(json.dumps(reference, indent=1) + "\n")


main(Path(sys.argv[1]))
