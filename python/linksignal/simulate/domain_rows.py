"""Rows at the grain of a domain: the study's list, scores and link totals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate import names, prompts
from linksignal.simulate.noise import Ints
from linksignal.simulate.study import Links


def study_domain_rows(study_size: int, seed: int) -> Any:
    """Every study domain with its aliases and category, without keys."""
    brands = names.brand_names(study_size).to_pylist()
    longer = names.second_aliases(study_size).to_pylist()
    aliases = [
        [first] if second is None else [first, second]
        for first, second in zip(brands, longer, strict=True)
    ]
    return pa.RecordBatch.from_pydict(
        {
            "domain": names.study_domains(study_size),
            "brand_aliases": pa.array(aliases, pa.list_(pa.string())),
            "category": prompts.categories(np.arange(study_size), seed),
        }
    )


def score_rows(authority: Ints) -> Any:
    """Every study domain's authority score on 0-100, without keys."""
    return pa.RecordBatch.from_pydict(
        {
            "domain": names.study_domains(len(authority)),
            "score": pa.array(authority.astype(np.float64)),
            "scale": pa.repeat(pa.scalar("0-100"), len(authority)),
        }
    )


def profile_rows(links: Links, domain: Ints, study_size: int) -> Any:
    """Link totals of some domains as a tool would report them, without keys.

    Parameters
    ----------
    links : Links
        Counts of m domains.
    domain : ndarray of int64, shape (m,)
        Numbers of these domains in the study.
    study_size : int
        Number of domains of the study.

    Returns
    -------
    pyarrow.RecordBatch
        m rows.
    """
    return pa.RecordBatch.from_pydict(
        {
            "domain": pc.take(
                names.study_domains(study_size), pa.array(domain)
            ),
            "total_backlinks": links.live,
            "referring_domains": links.referring_domains,
            "follow_links": links.follow,
            "nofollow_links": links.nofollow,
            "ugc_links": links.nofollow // 5,
            "sponsored_links": links.nofollow // 20,
            "text_links": links.text,
            "image_links": links.image,
            "form_links": links.form,
            "frame_links": links.frame,
        }
    )
