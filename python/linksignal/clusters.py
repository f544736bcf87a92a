"""Which study domains one owner runs: they count as one in every error.

In Python because SQL has no connected components: a recursive query takes a
minute where this takes half a second, at 100,000 domains.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SCHEMA = pa.schema([("domain", pa.string()), ("cluster", pa.string())])
OWNER = "owner: "


def owner_clusters(
    domains: pd.DataFrame, shared_names: pd.DataFrame
) -> pa.Table:
    """Put domains of one owner, stated or by their names, into one cluster.

    Parameters
    ----------
    domains : DataFrame
        One row per study domain: ``domain`` and ``owner``, text or missing.
    shared_names : DataFrame
        One row per ``domain`` and ``shared_name``.

    Returns
    -------
    pyarrow.Table
        One row per study domain, columns ``domain`` and ``cluster``. Domains
        of a stated owner, whatever its case, are a cluster. The others go
        together where they share names, also by way of a third domain, and
        join the stated owner with whose domains they share names where there
        is exactly one. Two stated owners are never one cluster. The cluster
        is called ``owner: `` and the owner, else by its first domain.
    """
    stated = pd.Series(
        [_owner_name(owner) for owner in domains["owner"]],
        index=domains["domain"],
        dtype=object,
    )
    names = shared_names.assign(
        owner=stated.reindex(shared_names["domain"]).to_numpy()
    )
    brands = _brands(names)
    cluster = (
        stated.fillna(brands)
        .fillna(pd.Series(stated.index, index=stated.index))
        .to_list()
    )
    return pa.table([stated.index.to_list(), cluster], schema=SCHEMA)


def _owner_name(owner: object) -> str | None:
    if not isinstance(owner, str) or not owner.strip():
        return None
    return OWNER + unicodedata.normalize("NFC", owner.strip()).casefold()


def _brands(names: pd.DataFrame) -> pd.Series:
    """Name the cluster of every domain without an owner that shares a name."""
    unowned = names[names["owner"].isna()]
    if unowned.empty:
        return pd.Series(dtype=object)
    domain, domains = pd.factorize(unowned["domain"])
    name, shared = pd.factorize(unowned["shared_name"])
    size = len(domains) + len(shared)
    edges = (np.ones(len(unowned)), (domain, name + len(domains)))
    _, brand = connected_components(
        coo_array(edges, shape=(size, size)), directed=False
    )
    unowned = unowned.assign(brand=brand[domain])
    owners = _only_owners(names.dropna(subset="owner"), unowned)
    called = unowned.groupby("brand")["domain"].min()
    called.update(owners)
    by_domain = unowned.drop_duplicates("domain").set_index("domain")["brand"]
    return by_domain.map(called)


def _only_owners(owned: pd.DataFrame, unowned: pd.DataFrame) -> pd.Series:
    """Give brands that share names with domains of exactly one owner, it."""
    pairs = owned[["shared_name", "owner"]].merge(
        unowned[["shared_name", "brand"]].drop_duplicates(), on="shared_name"
    )
    by_brand = pairs.groupby("brand")["owner"]
    return by_brand.first()[by_brand.nunique() == 1]
