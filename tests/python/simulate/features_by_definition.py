"""Features of a raw folder in plain pandas, written from the definitions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import tldextract

LOOKUP = Path(__file__).resolve().parents[3] / "seeds/lookups/platforms.csv"
PLATFORMS = list(pd.read_csv(LOOKUP).query("is_study_platform")["platform"])
COUNTS = [
    "total_backlinks",
    "referring_domains",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
]
_EXTRACT = tldextract.TLDExtract(
    suffix_list_urls=(), include_psl_private_domains=False
)


@cache  # callers leave the frame as it is
def read_table(raw_dir: Path, table: str) -> pd.DataFrame:
    return pd.concat(
        pd.read_parquet(file) for file in sorted((raw_dir / table).iterdir())
    )


def registrable(addresses: pd.Series) -> pd.Series:
    """Registrable domain of hosts or URLs."""
    hosts = addresses.str.replace(r"^https?://", "", regex=True)
    hosts = hosts.str.split("/").str[0]
    found = {
        host: _EXTRACT(host).top_domain_under_public_suffix
        for host in hosts.dropna().unique()
    }
    return hosts.map(found)


@cache
def link_counts(raw_dir: Path) -> pd.DataFrame:
    """Counts of every domain with link rows, from these alone."""
    links = read_table(raw_dir, "backlinks")
    links = links.assign(
        domain=registrable(links["target_url"]),
        site=registrable(links["source_url"]),
        nofollow=links["is_nofollow"].fillna(False).astype(bool),
        text=links["is_text"].fillna(False).astype(bool),
        image=links["is_image"].fillna(False).astype(bool),
    )
    lost = links["is_lost"].fillna(False).astype(bool)
    links = links[~lost & (links["site"] != links["domain"])]
    by_domain = links.groupby("domain")
    return pd.DataFrame(
        {
            "total_backlinks": by_domain.size(),
            "referring_domains": by_domain["site"].nunique(),
            "follow_links": by_domain.size() - by_domain["nofollow"].sum(),
            "nofollow_links": by_domain["nofollow"].sum(),
            "text_links": by_domain["text"].sum(),
            "image_links": by_domain["image"].sum(),
        }
    )


def _names_a_brand(prompt: str, aliases: set[tuple[str, ...]]) -> bool:
    words = re.findall(r"\w+", prompt.casefold())
    longest = max(map(len, aliases))
    return any(
        tuple(words[start : start + length]) in aliases
        for length in range(1, longest + 1)
        for start in range(len(words))
    )


def branding(raw_dir: Path) -> pd.Series:
    """Whether each answer is branded, by flag or prompt; else missing."""
    domains = read_table(raw_dir, "study_domains")
    aliases = {
        tuple(re.findall(r"\w+", alias.casefold()))
        for row in domains["brand_aliases"]
        for alias in row
    }
    answers = read_table(raw_dir, "ai_answers").set_index("answer_id")
    inferred = {
        prompt: _names_a_brand(prompt, aliases)
        for prompt in answers["prompt"].dropna().unique()
    }
    flags = answers["is_branded"].astype("boolean")
    return flags.fillna(answers["prompt"].map(inferred).astype("boolean"))


def features_by_definition(raw_dir: Path) -> pd.DataFrame:
    domains = read_table(raw_dir, "study_domains")["domain"]
    frame = pd.DataFrame(index=pd.Index(domains, name="domain"))
    counts = link_counts(raw_dir)
    if (raw_dir / "backlink_profiles").exists():
        profiles = read_table(raw_dir, "backlink_profiles").set_index("domain")
        counts = pd.concat(
            [profiles[COUNTS], counts.drop(profiles.index, errors="ignore")]
        )
    frame = frame.join(counts)
    scores = read_table(raw_dir, "domain_scores").set_index("domain")["score"]
    frame["authority_score"] = scores
    frame["follow_share"] = frame["follow_links"] / frame["total_backlinks"]
    clickable = frame["text_links"] + frame["image_links"]
    frame["image_share"] = frame["image_links"] / clickable.replace(0, np.nan)
    return frame.join(_outcomes(raw_dir, frame.index)).reset_index()


def _outcomes(raw_dir: Path, domains: pd.Index) -> pd.DataFrame:
    answers = read_table(raw_dir, "ai_answers").set_index("answer_id")
    voiced = ~branding(raw_dir).fillna(False).astype(bool)
    pairs = read_table(raw_dir, "ai_references")[["answer_id", "domain"]]
    pairs = pairs[pairs["domain"].isin(domains)].drop_duplicates()
    pairs = pairs.assign(
        platform=pairs["answer_id"].map(answers["platform"]),
        voiced=pairs["answer_id"].map(voiced),
    )
    wide = pd.DataFrame(index=domains)
    for platform in PLATFORMS:
        here = pairs[pairs["platform"] == platform]
        wide[f"ai_mentions_{platform}"] = here["domain"].value_counts()
        heard = here[here["voiced"]]["domain"].value_counts()
        wide[f"share_of_voice_{platform}"] = heard / heard.sum()
    wide = wide.fillna(0.0)
    for outcome in ("ai_mentions", "share_of_voice"):
        columns = wide[[f"{outcome}_{platform}" for platform in PLATFORMS]]
        over = columns.sum if outcome == "ai_mentions" else columns.mean
        wide[f"{outcome}_all"] = over(axis=1)
    return wide
