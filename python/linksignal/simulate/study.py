"""A drawn study: what every raw row will add up to.

The counts come first and the rows are made to fit them, so the features of a
study are known before a row is written.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from linksignal.lookups import lookup_rows
from linksignal.simulate import names
from linksignal.simulate.noise import Floats, Ints

PLATFORMS = tuple(
    row["platform"]
    for row in lookup_rows("platforms")
    if row["is_study_platform"] == "true"
)
LINK_SIGNALS = (
    "total_backlinks",
    "referring_domains",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
)


@dataclass(frozen=True)
class Links:
    """Link counts of n domains; every field is an int64 array of length n.

    Attributes
    ----------
    live : ndarray
        Links that count, at least 1.
    referring_domains : ndarray
        Distinct linking domains among them.
    nofollow, image, form, frame, bare : ndarray
        Parts of `live`; bare links (redirects, canonicals) have no clickable
        element. The rest of `live` is text.
    lost, own : ndarray
        Links on top of `live` that must not count: lost ones, and a site's
        links to itself.
    """

    live: Ints
    referring_domains: Ints
    nofollow: Ints
    image: Ints
    form: Ints
    frame: Ints
    bare: Ints
    lost: Ints
    own: Ints

    @property
    def text(self) -> Ints:
        """Text links."""
        return self.live - self.image - self.form - self.frame - self.bare

    @property
    def follow(self) -> Ints:
        """Links not marked nofollow."""
        return self.live - self.nofollow

    @property
    def rows(self) -> Ints:
        """Raw rows: counted, lost and own links together."""
        return self.live + self.lost + self.own

    def take(self, index: Ints) -> Links:
        """Whole blocks of the domains `index`, in that order."""
        return Links(
            **{
                field.name: getattr(self, field.name)[index]
                for field in fields(self)
            }
        )


@dataclass(frozen=True)
class Study:
    """Everything the rows of a study of n domains have to give.

    Attributes
    ----------
    authority : ndarray of int64, shape (n,)
        Authority score, 0-100.
    links : Links
        Link counts.
    branded, generic : ndarray of int64, shape (n, 5)
        Answers to branded and to non-branded prompts that reference the
        domain, per platform of `PLATFORMS`.
    """

    authority: Ints
    links: Links
    branded: Ints
    generic: Ints


def _shares(part: Ints, whole: Ints) -> Floats:
    known = np.where(whole > 0, whole, 1)
    return np.where(whole > 0, part / known, np.nan)


def share_of_voice(generic: Ints) -> Floats:
    """Share of voice per platform, then over all.

    Parameters
    ----------
    generic : ndarray of int64, shape (n, 5)
        Referencing answers to non-branded prompts.

    Returns
    -------
    ndarray of float64, shape (n, 6)
        Shares in [0, 1]; NaN on a platform where no study domain is
        referenced; the last column is the mean over the other platforms.
    """
    voiced = generic.sum(axis=0) > 0
    shares = _shares(
        generic, np.broadcast_to(generic.sum(axis=0), generic.shape)
    )
    overall = np.full(len(generic), np.nan)
    if voiced.any():
        overall = shares[:, voiced].sum(axis=1) / voiced.sum()
    return np.column_stack([shares, overall])


def features(study: Study) -> pd.DataFrame:
    """One row per domain: the nine signals and the outcomes.

    Parameters
    ----------
    study : Study
        Study of n domains.

    Returns
    -------
    pandas.DataFrame
        n rows; columns ``domain``, the nine signals,
        ``ai_mentions_<platform>`` and ``share_of_voice_<platform>`` for the
        five platforms and ``all``.
    """
    links = study.links
    columns = {
        "domain": names.study_domains(len(study.authority)).to_numpy(
            zero_copy_only=False
        ),
        "total_backlinks": links.live,
        "referring_domains": links.referring_domains,
        "follow_links": links.follow,
        "nofollow_links": links.nofollow,
        "text_links": links.text,
        "image_links": links.image,
        "authority_score": study.authority.astype(np.float64),
        "follow_share": _shares(links.follow, links.live),
        "image_share": _shares(links.image, links.text + links.image),
    }
    mentions = study.branded + study.generic
    mentions = np.column_stack([mentions, mentions.sum(axis=1)])
    shares = share_of_voice(study.generic)
    for place, platform in enumerate((*PLATFORMS, "all")):
        columns[f"ai_mentions_{platform}"] = mentions[:, place]
        columns[f"share_of_voice_{platform}"] = shares[:, place]
    return pd.DataFrame(columns)
