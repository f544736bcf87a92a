"""Laws with a planted truth.

Each domain has four standard normal latents: authority A, link volume L (with
correlation c = `authority_links`), nofollow share N and image share I (both
independent of the rest). Signals follow from them:

- authority score = round(100 * Beta(1.5, 3.4) quantile of A);
- live links = exp(log 47 + 1.45 L), at least 1;
- nofollow links ~ Binomial(links, expit(`nofollow_logit` + `share_sd` N));
- image links ~ Binomial(links with text or image,
  expit(`image_logit` + `share_sd` I)); one link in 50 is neither, one in 200
  a form, one in 300 a frame;
- referring domains = links ** 0.85 * exp(N(-0.1, 0.25)), from 1 to links.

On platform p a latent M_p = a_p A + l_p L + n_p N + i_p h(A) I + e_p has
variance 1; a_p and l_p are such that M_p correlates with A and L as `authority`
and `links` say, n_p and i_p are `nofollow_tilt` and `image_tilt`, h is 1, or
the square of the normal distribution function where `image_tilt_rises`. The
noise e_p is half the domain's own, half the platform's.

Answers that reference the domain ~ Poisson(w_p m G(M_p)), where G is the
quantile function of a gamma variable of mean 1 and shape `theta`, m is
`mean_mentions` and w_p a fifth; so the counts of a platform are negative
binomial, and the copula of signal and intensity is normal. One in five is an
answer to a generic prompt.

Law ``threshold`` replaces the intensity by m exp(g max(0, s - k)) G, with s
the authority score, k `threshold_score`, g `gain_per_point` and G a gamma
variable of the domain, independent of everything: negative binomial over all
platforms, with a log mean that is flat up to k and linear beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from linksignal.simulate import LAW_KINDS

_LARGEST_LOG_GAIN = 4.8
_PerPlatform = tuple[float, float, float, float, float]


def _same(value: float) -> _PerPlatform:
    return (value, value, value, value, value)


_ZERO = _same(0.0)


@dataclass(frozen=True)
class Law:
    """Parameters of a law; the module says what they mean.

    Attributes
    ----------
    kind : str
        Name of the law it was planted as.
    authority, links : tuple of 5 float
        Correlation of the platform's latent with A and with L.
    authority_links : float
        Correlation of A and L.
    nofollow_tilt, image_tilt : tuple of 5 float
        Loading of the platform's latent on the share latents.
    image_tilt_rises : bool
        Whether the image tilt grows with authority.
    nofollow_logit, image_logit, share_sd : float
        Mean and standard deviation of the logits of the two shares.
    threshold_score : int or None
        Score from which mentions rise; None in every other law.
    gain_per_point : float
        Rise of the log mean per point beyond it.
    mean_mentions : float
        Mean referencing answers a domain over all platforms; in law
        ``threshold`` the mean up to the threshold.
    theta : float
        Shape of the gamma intensity.
    """

    kind: str
    authority: _PerPlatform = _ZERO
    links: _PerPlatform = _ZERO
    authority_links: float = 0.6
    nofollow_tilt: _PerPlatform = _ZERO
    image_tilt: _PerPlatform = _ZERO
    image_tilt_rises: bool = False
    nofollow_logit: float = -0.9
    image_logit: float = -1.4
    share_sd: float = 0.6
    threshold_score: int | None = None
    gain_per_point: float = 0.0
    mean_mentions: float = 17.0
    theta: float = 0.9


def planted(
    kind: str, *, rho: float = 0.6, threshold_score: int | None = None
) -> Law:
    """Return the law of a kind.

    - ``smooth``: M depends on A alone, with correlation rho; links follow
      through their correlation with A. No threshold anywhere.
    - ``threshold``: flat up to the score, log-linear beyond.
    - ``none``: M depends on nothing.
    - ``nofollow_equals_follow``: M depends on L with correlation rho, and the
      nofollow share is symmetric about one half, so nofollow and follow links
      are exchangeable and every coefficient of the two is equal.
    - ``image_over_text``: M depends on L and on the image share, the more the
      higher the authority.
    - ``platform_order``: authority matters most on ChatGPT, least on ChatGPT
      Search and Perplexity; image links most on these two, least on Google AI
      Overviews; Gemini and ChatGPT lean to nofollow, Google AI Overviews and
      Perplexity to follow.

    Parameters
    ----------
    kind : str
        One of `linksignal.simulate.LAW_KINDS`.
    rho : float, default 0.6
        Correlation in (-1, 1); used by ``smooth`` and
        ``nofollow_equals_follow``.
    threshold_score : int, optional
        Score in [1, 99] for ``threshold``; default 60.

    Returns
    -------
    Law
        Vary a parameter with `dataclasses.replace`.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    law = Law(kind)
    if kind == "none":
        return law
    if kind == "smooth":
        return replace(
            law, authority=_same(rho), links=_same(rho * law.authority_links)
        )
    if kind == "threshold":
        score = 60 if threshold_score is None else threshold_score
        gain = min(0.12, _LARGEST_LOG_GAIN / (100 - score))
        return replace(
            law, threshold_score=score, gain_per_point=gain, mean_mentions=8.0
        )
    if kind == "nofollow_equals_follow":
        return replace(
            law,
            authority=_same(rho * law.authority_links),
            links=_same(rho),
            nofollow_logit=0.0,
        )
    if kind == "image_over_text":
        return replace(
            law,
            authority=_same(0.5),
            links=_same(0.5),
            image_tilt=_same(0.6),
            image_tilt_rises=True,
        )
    if kind == "platform_order":
        return replace(
            law,
            authority=(0.65, 0.20, 0.45, 0.45, 0.20),
            links=(0.35, 0.45, 0.35, 0.25, 0.45),
            authority_links=0.3,
            nofollow_tilt=(0.25, 0.0, 0.25, -0.25, -0.25),
            image_tilt=(0.0, 0.3, 0.0, -0.3, 0.3),
        )
    raise ValueError(f"no law {kind!r}; there are {', '.join(LAW_KINDS)}")
