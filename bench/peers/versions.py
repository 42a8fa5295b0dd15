"""What computes on the peers' side, as one line."""

from importlib.metadata import PackageNotFoundError, version

import threadpoolctl

import numpy  # noqa: F401


def versions():
    for name in ("numpy", "scikit-learn", "faiss-cpu"):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            pass
    for pool in threadpoolctl.threadpool_info():
        if pool["user_api"] == "blas":
            yield f"NumPy's BLAS: {pool['internal_api']} {pool['version']} {pool.get('architecture', '')}"


print(", ".join(versions()))
