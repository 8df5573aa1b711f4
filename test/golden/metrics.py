"""Writes metrics.json: scores of scikit-learn for the tests of src/metrics, each beside the call that made it.

    pip install scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1 mpmath==1.3.0
    python test/golden/metrics.py

Labels and points are either written out or made from `hash32`, which the tests have too (test/metrics/golden.ts), so that a case of a million
points takes one line. Every made coordinate is a short binary fraction: exact in float32 or float64, whichever the case names.

Two of scikit-learn's ways lose digits, and the number is then taken where they do not. (1) Expected mutual information: exp of sums of
log-gammas near n·log n; `exact_emi` below has 50 digits. (2) Distances from ‖x‖² − 2x·y + ‖y‖², bad far from the origin and between equal
points (a cluster of one point gets a spread of about 1e-8 instead of 0): scipy's cdist takes differences. The call beside the number says which it was.
"""

import json
import math
import sys
from pathlib import Path
from unittest import mock

import mpmath
import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import cdist
from sklearn import datasets
from sklearn.cluster import KMeans
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    calinski_harabasz_score,
    completeness_score,
    davies_bouldin_score,
    fowlkes_mallows_score,
    homogeneity_score,
    mutual_info_score,
    normalized_mutual_info_score,
    rand_score,
    silhouette_samples,
    silhouette_score,
    v_measure_score,
)
from sklearn.metrics.cluster import contingency_matrix, entropy, pair_confusion_matrix
from sklearn.metrics.cluster._supervised import _generalized_average

VERSIONS = {"scikit-learn": "1.9.1", "numpy": "2.4.6", "scipy": "1.17.1", "mpmath": "1.3.0"}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
AVERAGES = ("arithmetic", "geometric", "min", "max")


def hash32(index, salt):
    """The finaliser of MurmurHash3 over index and salt: 32 bits, the same as in golden.ts."""
    mask = np.uint64(0xFFFFFFFF)
    h = (np.asarray(index, np.uint64) * np.uint64(0x9E3779B1) + np.uint64(salt * 0x85EBCA77 & 0xFFFFFFFF)) & mask
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h ^= h >> np.uint64(shift)
        h = (h * np.uint64(factor)) & mask
    return h


def made_labels(n, k, salt, skewed=False, of=None, share=0.0):
    """n labels below k, even or skewed; with `of`, that share of them is copied from it (modulo k)."""
    u = hash32(np.arange(n), salt) / 2.0**32
    labels = np.floor((u * u if skewed else u) * k).astype(np.int64)
    if of is None:
        return labels
    return np.where(hash32(np.arange(n), salt + 1) < share * 2.0**32, of % k, labels)


def made_points(n, d, k, salt, offset=0.0):
    """Points around k places, moved by `offset`, and the number of the place of each."""
    labels = made_labels(n, k, salt)
    at = np.arange(n * d).reshape(n, d)
    noise = sum(((hash32(at, salt + 1) >> np.uint64(s)) & np.uint64(127)).astype(float) for s in (0, 8, 16, 24)) / 128.0
    places = (hash32(np.arange(k * d).reshape(k, d), salt + 2) & np.uint64(15)).astype(float) / 4.0
    return offset + places[labels] + noise, labels


def exact_emi(contingency, n):
    """Expected mutual information (Vinh, Epps and Bailey 2010, equation 24a) with 50 digits."""
    mpmath.mp.dps = 50
    sizes_a, times_a = np.unique(np.ravel(contingency.sum(axis=1)), return_counts=True)
    sizes_b, times_b = np.unique(np.ravel(contingency.sum(axis=0)), return_counts=True)
    if times_a.sum() == 1 or times_b.sum() == 1:
        return 0.0
    log_factorial = lambda m: mpmath.loggamma(m + 1)
    n = int(n)
    emi = mpmath.mpf(0)
    for a, many_a in zip(sizes_a.tolist(), times_a.tolist()):
        for b, many_b in zip(sizes_b.tolist(), times_b.tolist()):
            low, high = max(0, a + b - n), min(a, b)
            # Twenty standard deviations and 50 more on either side of the mean: what is left out is below 1e-40.
            reach = 20 * math.sqrt(a * b / n) + 50
            low, high = max(low, int(a * b / n - reach)), min(high, int(a * b / n + reach))
            p = mpmath.exp(
                log_factorial(a) + log_factorial(b) + log_factorial(n - a) + log_factorial(n - b) - log_factorial(n)
                - log_factorial(low) - log_factorial(a - low) - log_factorial(b - low) - log_factorial(n - a - b + low)
            )
            term = mpmath.mpf(0)
            for m in range(low, high + 1):
                if m > 0:
                    term += p * m / n * mpmath.log(mpmath.mpf(m * n) / (a * b))
                p = p * ((a - m) * (b - m)) / ((m + 1) * (n - a - b + m + 1))
            emi += many_a * many_b * term
    return float(emi)


def label_scores(t, p, written):
    """Every label metric of scikit-learn, by call. `t` and `p` are labels_true and labels_pred."""
    n = len(t)
    scores = {}
    for metric in (rand_score, adjusted_rand_score, fowlkes_mallows_score, homogeneity_score, completeness_score, v_measure_score):
        scores[f"{metric.__name__}(t, p)"] = metric(t, p)
    for beta in (0.3, 4.0):
        scores[f"v_measure_score(t, p, beta={beta})"] = v_measure_score(t, p, beta=beta)
    if n > 0:
        scores["mutual_info_score(t, p)"] = mutual_info_score(t, p)
        scores["contingency_matrix(t, p).max(axis=0).sum() / len(t)"] = contingency_matrix(t, p).max(axis=0).sum() / n
    emi = exact_emi(contingency_matrix(t, p), n)
    for average in AVERAGES:
        scores[f"normalized_mutual_info_score(t, p, average_method='{average}')"] = normalized_mutual_info_score(
            t, p, average_method=average
        )
        call = f"adjusted_mutual_info_score(t, p, average_method='{average}')"
        own = adjusted_mutual_info_score(t, p, average_method=average) if n <= 20_000 else math.nan
        with mock.patch("sklearn.metrics.cluster._supervised.expected_mutual_information", lambda *_: emi):
            exact = adjusted_mutual_info_score(t, p, average_method=average)
        is_own = abs(own - exact) <= 5e-13
        # 0/0, as of singletons against pairs with 'min': rounding errors in both, here and there.
        undefined = abs(_generalized_average(entropy(t), entropy(p), average) - emi) < 1e-9
        if undefined and not is_own:
            continue
        scores[call if is_own else f"{call} with exact_emi"] = own if is_own else exact
    result = {"scores": {call: float(value) for call, value in scores.items()}}
    result["pair_confusion_matrix(t, p)"] = pair_confusion_matrix(t, p).tolist()
    if written:
        result["contingency_matrix(t, p)"] = contingency_matrix(t, p).tolist()
    return result


def written_out(labels):
    """Small non-negative integers as a string of one digit (base 36) each, others as they are."""
    values = np.asarray(labels)
    if values.size > 20 and values.dtype.kind == "i" and values.min() >= 0 and values.max() < 36:
        return "".join(DIGITS[v] for v in values)
    return list(labels)


def written_case(name, t, p):
    return {"name": name, "t": written_out(t), "p": written_out(p), **label_scores(t, p, written=len(t) <= 100)}


def made_case(name, t_made, p_made):
    t = made_labels(**t_made)
    p = made_labels(**{**p_made, "of": t}) if "share" in p_made else made_labels(**p_made)
    return {"name": name, "t": t_made, "p": p_made, **label_scores(t, p, written=False)}


def label_cases(real):
    n = 60
    singles = list(range(n))
    worked_t = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3]
    worked_p = [1, 1, 1, 1, 2, 1, 2, 2, 2, 2, 3, 1, 3, 3, 3, 2, 2]
    yield written_case("the worked example of scikit-learn's tests", worked_t, worked_p)
    yield written_case("no points", [], [])
    yield written_case("one point", [7], [-3])
    yield written_case("two points, joined and parted", [0, 0], [0, 1])
    yield written_case("one cluster in both", [4] * 9, [2] * 9)
    yield written_case("one class, several clusters", [0] * 12, [0, 1, 2] * 4)
    yield written_case("several classes, one cluster", [0, 1, 2] * 4, [0] * 12)
    yield written_case("singletons in both", singles, singles[::-1])
    yield written_case("singletons against pairs", singles, [i // 2 for i in singles])
    yield written_case("one class against singletons", [0] * n, singles)
    yield written_case("perfect under relabelling", [0, 0, 1, 1, 2, 2, 2], [5, 5, -1, -1, 0, 0, 0])
    yield written_case("gaps and negative labels", [-100, -100, 7, 7, 10**9, 10**9], [3, 3, 3, -2**31, -2**31, 2**53 - 1])
    yield written_case("strings", ["cat", "cat", "dog", "dog", "eel", "cat"], ["b", "b", "a", "a", "a", "c"])
    yield written_case("strings against integers", ["x", "y", "y", "z", "x"], [1, 2, 2, 2, 1])
    yield written_case("independent", [0, 0, 1, 1, 0, 0, 1, 1], [0, 1, 0, 1, 0, 1, 0, 1])
    yield written_case("below chance", [0, 0, 1, 1], [0, 1, 0, 1])
    yield written_case("one cluster split off", [0] * 50, [0] * 49 + [1])
    for name, (_, y, p) in real.items():
        yield written_case(name, y.tolist(), p.tolist())
    yield made_case("random, 1000 points, 5 × 7", {"n": 1000, "k": 5, "salt": 1}, {"n": 1000, "k": 7, "salt": 2})
    yield made_case("skewed, 5000 points, 40 × 30", {"n": 5000, "k": 40, "salt": 3, "skewed": True}, {"n": 5000, "k": 30, "salt": 5, "share": 0.6})
    yield made_case("many clusters, 3000 points, 900 × 700", {"n": 3000, "k": 900, "salt": 7}, {"n": 3000, "k": 700, "salt": 8, "share": 0.3})
    yield made_case("a million points, 10 × 12", {"n": 10**6, "k": 10, "salt": 11}, {"n": 10**6, "k": 12, "salt": 13, "share": 0.5})
    yield made_case("a million points, 3 × 2, random", {"n": 10**6, "k": 3, "salt": 15, "skewed": True}, {"n": 10**6, "k": 2, "salt": 16})
    yield made_case("a million points, 1000 × 1000", {"n": 10**6, "k": 1000, "salt": 17}, {"n": 10**6, "k": 1000, "salt": 19, "share": 0.2})


def point_scores(x, labels, samples=False):
    x = np.asarray(x, float)
    moved = x - x[0]
    scores = {
        "calinski_harabasz_score(x - x[0], labels)": calinski_harabasz_score(moved, labels),
    }
    own = davies_bouldin_score(moved, labels)
    with mock.patch("sklearn.metrics.cluster._unsupervised.pairwise_distances", lambda x, y=None: cdist(x, x if y is None else y)):
        exact = davies_bouldin_score(moved, labels)
    is_own = abs(own - exact) <= 5e-13
    call = "davies_bouldin_score(x - x[0], labels)"
    scores[call if is_own else f"{call} with pairwise_distances = cdist"] = own if is_own else exact
    own = silhouette_score(x, labels)
    exact = silhouette_score(cdist(x, x), labels, metric="precomputed")
    is_own = abs(own - exact) <= 1e-12
    call = "silhouette_score(x, labels)" if is_own else "silhouette_score(cdist(x, x), labels, metric='precomputed')"
    scores[call] = own if is_own else exact
    result = {"scores": {call: float(value) for call, value in scores.items()}}
    if samples:
        values = silhouette_samples(cdist(x, x), labels, metric="precomputed")
        result["silhouette_samples(cdist(x, x), labels, metric='precomputed')"] = values.tolist()
    return result


def written_points(x, over):
    """Points that are integers divided by `over`: digits of base 36 where they are small."""
    integers = np.rint(np.asarray(x, float) * over).astype(int)
    assert np.array_equal(integers / over, x)
    flat = integers.ravel()
    small = over == 1 and flat.min() >= 0 and flat.max() < 36
    return {"over": over, "d": integers.shape[1], "values": "".join(DIGITS[v] for v in flat) if small else flat.tolist()}


def made_point_case(name, dtype="float32", samples=False, **made):
    x, labels = made_points(**made)
    assert dtype == "float64" or np.array_equal(x.astype(np.float32).astype(float), x)
    return {"name": name, "x": {"dtype": dtype, **made}, **point_scores(x, labels, samples)}


def point_cases(real):
    overs = {"iris": 10, "wine": 10**6, "digits": 1}
    for name, (x, y, p) in real.items():
        written = written_points(x, overs[name])
        yield {"name": f"{name}, classes", "x": written, "labels": written_out(y), **point_scores(x, y, samples=name != "digits")}
        yield {"name": f"{name}, k-means", "x": name, "labels": written_out(p), **point_scores(x, p)}
    x, y, _ = real["iris"]
    singled = np.where(np.arange(150) % 5 == 0, 100 + np.arange(150), y)
    yield {"name": "iris, a fifth of it singletons", "x": "iris", "labels": singled.tolist(), **point_scores(x, singled)}
    small = [
        ("three points, two clusters", [[0, 0], [0, 1], [4, 4]], [0, 0, 1]),
        ("n - 1 clusters", [[1], [2], [4], [8], [16]], [0, 1, 2, 3, 3]),
        ("singletons beside a cluster, string labels", [[0, 0], [1, 0], [0, 1], [9, 9], [7, -9]], ["a", "a", "a", "b", "c"]),
        ("every cluster one place", [[3, 1], [3, 1], [5, 2], [5, 2]], [0, 0, 1, 1]),
        ("all points equal", [[3, 1]] * 5, [0, 0, 1, 1, 1]),
        ("two clusters with one mean", [[-1, 0], [1, 0], [0, -2], [0, 2], [7, 7], [7, 8]], [0, 0, 1, 1, 2, 2]),
        ("duplicates in different clusters", [[1, 1], [1, 1], [1, 1], [2, 5], [2, 5], [3, 3]], [0, 0, 1, 1, 2, 2]),
    ]
    for name, x, labels in small:
        yield {"name": name, "x": written_points(x, 1) | {"values": np.ravel(x).tolist()}, "labels": labels, **point_scores(x, labels, samples=True)}
    yield made_point_case("d = 1", n=500, d=1, k=3, salt=20, samples=True)
    yield made_point_case("d = 2, 25 clusters", n=1001, d=2, k=25, salt=30)
    yield made_point_case("d = 17", n=777, d=17, k=5, salt=40)
    yield made_point_case("d = 300", n=250, d=300, k=4, salt=50)
    yield made_point_case("d = 2000, far from the origin", n=60, d=2000, k=3, salt=60, offset=2.0**16)
    yield made_point_case("d = 64, very far, float64", dtype="float64", n=300, d=64, k=6, salt=70, offset=2.0**33)
    yield made_point_case("many small clusters", n=600, d=3, k=280, salt=80)


def main():
    found = {m.__name__: m.__version__ for m in (sklearn, np, scipy, mpmath)}
    if list(found.values()) != list(VERSIONS.values()):
        sys.exit(f"expected {VERSIONS}, got {found}")
    real = {}
    for name, load, k in (("iris", datasets.load_iris, 3), ("wine", datasets.load_wine, 3), ("digits", datasets.load_digits, 10)):
        x, y = load(return_X_y=True)
        real[name] = (x, y, KMeans(n_clusters=k, n_init=10, random_state=0).fit_predict(x).astype(np.int64))
    golden = {"versions": VERSIONS, "labels": list(label_cases(real)), "points": list(point_cases(real))}
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
