"""Studies where nothing but volume, kind or ownership differs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from linksignal.stats.arrays import Floats
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.tables.contrasts import contrast_table
from scipy.special import expit, ndtr
from scipy.stats import beta

from .contrast_samples import KEY, OUTCOMES, SIGNALS
from .samples import PLATFORMS, chosen

# Mentions a domain on each platform: 80 times as many on the first.
VOLUMES = (20.0, 0.25, 2.5, 2.5, 0.25)
SHARES = ("follow_share", "image_share")


def volume_world(
    row_count: int,
    generator: np.random.Generator,
    *,
    volumes: tuple[float, ...] = VOLUMES,
    slopes: tuple[float, ...] = (0.45,) * 5,
    law: str = "linear",
    frailty: str = "gamma",
    brand_size: int = 1,
) -> pd.DataFrame:
    """Draw platforms with a log mean of the score, and own volumes.

    Parameters
    ----------
    row_count : int
        Domains.
    generator : numpy.random.Generator
    volumes : tuple of float
        Mentions a domain on each platform, about.
    slopes : tuple of float
        Rise of the log mean per standard deviation of the score.
    law : {'linear', 'threshold'}
        How the log mean goes with the score: threshold is flat up to 40.
    frailty : {'gamma', 'giants', 'mild'}
        One shared by platforms and one of each; giants are 1 in 200, 100
        times as large.
    brand_size : int
        Country domains of a brand: same score and frailty, links alike.
    """
    brand_count = -(-row_count // brand_size)
    brand = np.repeat(np.arange(brand_count), brand_size)[:row_count]
    size = generator.normal(size=brand_count)
    latent = 0.6 * size + 0.8 * generator.normal(size=brand_count)
    frame = _with_links(_scores(latent)[brand], size[brand], generator)
    score = frame["authority_score"].to_numpy(np.float64)
    z = (score - score.mean()) / score.std()
    shape = np.maximum(score - 40, 0) / 12 if law == "threshold" else z
    shared = _frailty(frailty, brand_count, generator)[brand]
    own_kind = "mild" if frailty == "mild" else "gamma"
    own = _frailty(own_kind, (brand_count, 5), generator)[brand]
    mentions = [
        generator.poisson(volume * np.exp(slope * shape) * shared * own[:, at])
        for at, (volume, slope) in enumerate(zip(volumes, slopes, strict=True))
    ]
    owners = [f"brand {number}" for number in brand]
    return _with_mentions(frame, mentions).assign(cluster=owners)


def image_world(
    row_count: int,
    generator: np.random.Generator,
    *,
    law: str = "links",
    image_share: float = 0.03,
    lean: float = 0.0,
) -> pd.DataFrame:
    """Draw links of which a random share are images.

    Parameters
    ----------
    row_count, generator
        As in `volume_world`.
    law : {'links', 'authority', 'curve'}
        What mentions go with: log links, authority, or a curve of log links.
    image_share : float
        Share of every domain's links.
    lean : float
        Rise of the log mean per unit of the log ratio of image to text
        links; 0: none is more than chance.
    """
    size = generator.normal(size=row_count)
    latent = 0.6 * size + 0.8 * generator.normal(size=row_count)
    frame = _with_links(_scores(latent), size, generator, image_share)
    logs = np.log(frame["total_backlinks"].to_numpy(np.float64))
    height = {
        "links": 0.35 * logs,
        "authority": 0.5 * latent,
        "curve": 0.8 * np.maximum(0, size - 0.3),
    }[law]
    image, text = (frame[name] + 0.5 for name in ("image_links", "text_links"))
    height = height + lean * np.log(image / text).to_numpy()
    mean = 3 * np.exp(height) / np.exp(height).mean()
    frailty = _frailty("gamma", row_count, generator)
    mentions = [generator.poisson(mean * frailty) for _ in range(5)]
    return _with_mentions(frame, mentions)


def _scores(latent: Floats) -> Floats:
    return np.round(100 * beta.ppf(ndtr(latent), 1.5, 3.4))


def _frailty(
    kind: str, shape: int | tuple[int, ...], generator: np.random.Generator
) -> Floats:
    spread = 4.0 if kind == "mild" else 0.9
    drawn = generator.gamma(spread, 1 / spread, shape)
    if kind == "giants":
        drawn[generator.random(shape) < 0.005] *= 100
    return drawn


def _with_links(
    score: Floats,
    size: Floats,
    generator: np.random.Generator,
    image_share: float | None = None,
) -> pd.DataFrame:
    n = len(score)
    total = np.maximum(1, np.floor(np.exp(np.log(47) + 1.45 * size)))
    total = total.astype(np.int64)
    share = expit(-1.4 + 0.6 * generator.normal(size=n))
    image = generator.binomial(
        total, share if image_share is None else image_share
    )
    nofollow = generator.binomial(total, 0.3)
    breadth = np.floor(total**0.85 * np.exp(generator.normal(-0.1, 0.25, n)))
    return pd.DataFrame(
        {
            "domain": [f"d{number:06d}.com" for number in range(n)],
            "total_backlinks": total,
            "referring_domains": np.clip(breadth, 1, total),
            "nofollow_links": nofollow,
            "follow_links": total - nofollow,
            "image_links": image,
            "text_links": total - image,
            "authority_score": score,
            "authority_decile": tie_safe_deciles(score),
        }
    )


def _with_mentions(frame: pd.DataFrame, mentions: list[Floats]) -> pd.DataFrame:
    columns = dict(zip(PLATFORMS[:-1], mentions, strict=True))
    columns["all"] = np.sum(mentions, axis=0)
    return frame.assign(
        **{f"ai_mentions_{name}": column for name, column in columns.items()}
    )


def platform_contrasts(frame: pd.DataFrame) -> pd.DataFrame:
    """Contrasts of platforms for the score, indexed by their key."""
    return _contrasts(frame, ["authority_score"], PLATFORMS[:-1])


def kind_contrasts(frame: pd.DataFrame) -> pd.DataFrame:
    """Contrasts of signals over all platforms, indexed by their key."""
    signals = [name for name in SIGNALS["signal"] if name not in SHARES]
    return _contrasts(frame, signals, ["all"])


def _contrasts(
    frame: pd.DataFrame, signals: list[str], platforms: list[str]
) -> pd.DataFrame:
    found = contrast_table(
        frame,
        SIGNALS[SIGNALS["signal"].isin(signals)],
        OUTCOMES[OUTCOMES["outcome"] == "ai_mentions"],
        platforms,
        chosen(),
    )
    return found.to_pandas().set_index(KEY)
