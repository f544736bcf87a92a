"""A second source of the features, the deciles and the coefficients.

Written from the definitions and from nothing else: it reads the raw Parquet
files with pandas and shares no code with the models or with linksignal.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats

PROJECT_DIR = Path(__file__).resolve().parents[3]
LOOKUPS = PROJECT_DIR / "seeds" / "lookups"
CONTRACT = PROJECT_DIR / "models" / "staging" / "_raw.yml"

RAW_KEY = ["load_id", "record_number"]
ANSWER = ["source", "answer_id"]
PLATFORMS = pd.read_csv(LOOKUPS / "platforms.csv").set_index("platform")
COUNTS = ["ai_mentions", "unbranded_mentions", "citations", "brand_mentions"]
SHARE = "share_of_voice"
OUTCOMES = ["ai_mentions", SHARE]
# Beside those of the study, by the primary methods only.
OTHERS = ["unbranded_mentions", "citations", "brand_mentions"]
PRIMARY = ["spearman", "pearson_log1p"]
LINK_COUNTS = [
    "total_backlinks",
    "referring_domains",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
]
SIGNALS = [*LINK_COUNTS, "authority_score", "follow_share", "image_share"]
LEAST = 10
LONGEST_ALIAS = 10
MOST_GROUPS = 200
METHODS = ["spearman", "pearson", "pearson_log1p", "kendall_tau_b"]
VOLUMES = ["referring_domains", "total_backlinks"]


@cache
def raw_columns() -> dict[str, list[str]]:
    """Columns of every raw table, in the order of the contract."""
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    return {
        table["name"]: [column["name"] for column in table["columns"]]
        for table in contract["sources"][0]["tables"]
    }


def read(raw_dir: Path, table: str) -> pd.DataFrame:
    """All loads of one raw table; no rows when it is absent."""
    loads = [
        pd.read_parquet(file, dtype_backend="numpy_nullable")
        for file in sorted((raw_dir / table).glob("*.parquet"))
    ]
    loads = [load for load in loads if len(load)]
    if not loads:
        return pd.DataFrame(columns=raw_columns()[table], dtype="object")
    rows = pd.concat(loads, ignore_index=True)
    return rows.assign(as_of=pd.to_datetime(rows["as_of"]))


def up_to(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    """Rows with as_of up to a day; all of them when no day is set."""
    return rows[rows["as_of"] <= pd.Timestamp(day)] if day else rows


def newest(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows of the newest as_of of each key."""
    if rows.empty:
        return rows
    return rows[rows["as_of"] == rows.groupby(key)["as_of"].transform("max")]


def largest(
    rows: pd.DataFrame, key: list[str], order: list[str]
) -> pd.DataFrame:
    """The larger row of each key, columns compared in order, NULL least."""
    return (
        rows.sort_values(order, na_position="first").groupby(key).tail(1)
        if len(rows)
        else rows
    )


def study_domains(raw_dir: Path, day: str = "") -> pd.DataFrame:
    """The listed domains, else all with link rows or profiles up to a day."""
    listed = read(raw_dir, "study_domains")
    if len(listed):
        return with_owner(newest(listed, ["domain"])).drop_duplicates("domain")[
            ["domain", "brand_aliases", "category", "owner"]
        ]
    links = up_to(read(raw_dir, "backlinks"), day)
    profiles = up_to(read(raw_dir, "backlink_profiles"), day)
    linked = set(links["target_domain"]) | set(profiles["domain"])
    return pd.DataFrame(
        {
            "domain": sorted(linked),
            "brand_aliases": None,
            "category": None,
            "owner": None,
        }
    )


def with_owner(listed: pd.DataFrame) -> pd.DataFrame:
    """Lists written before there were owners have none."""
    return listed if "owner" in listed else listed.assign(owner=None)


def clusters_of(study: pd.DataFrame) -> list[str]:
    """The owner, else the first domain of those that share names."""
    names = {}
    owners = {}
    for row in study.itertuples():
        label = row.domain.split(".")[0]
        is_address = row.domain.replace(".", "").isdigit()
        aliases = row.brand_aliases
        listed = aliases if isinstance(aliases, Iterable) else []
        names[row.domain] = {words(alias) for alias in listed} - {()}
        if len(label) > 2 and not is_address:
            names[row.domain].add(label)
        owner = row.owner.strip() if isinstance(row.owner, str) else ""
        owners[row.domain] = owner.lower() or None
    return [cluster_of(domain, names, owners) for domain in study["domain"]]


def cluster_of(
    domain: str, names: dict[str, set], owners: dict[str, str | None]
) -> str:
    """The cluster of one domain, grown name by name."""
    if owners[domain]:
        return f"owner: {owners[domain]}"
    brand: set[str] = set()
    met: set[str] = set()
    known = names[domain]
    grown = {domain}
    while grown != brand:
        brand = grown
        known = set().union(*(names[one] for one in brand))
        reached = {one for one in names if names[one] & known}
        met = {owners[one] for one in reached if owners[one]}
        grown = brand | {one for one in reached if not owners[one]}
    return f"owner: {met.pop()}" if len(met) == 1 else min(brand)


def links_from_rows(raw_dir: Path, day: str) -> pd.DataFrame:
    """Counts per domain and source of live links from other sites."""
    rows = up_to(read(raw_dir, "backlinks"), day)
    rows = newest(rows, ["target_domain", "source"])
    rows = rows.drop(columns=RAW_KEY).drop_duplicates()
    rows = rows.rename(columns={"target_domain": "domain"})
    key = ["domain", "source", "as_of"]
    blocks = rows[key].drop_duplicates().set_index(key)

    is_lost = rows["is_lost"].fillna(False).astype(bool)
    is_self = rows["source_domain"] == rows["domain"]
    live = rows[~is_lost & ~is_self]
    is_nofollow = live["is_nofollow"].fillna(False).astype(bool)
    is_text = live["is_text"].fillna(False).astype(bool)
    is_image = live["is_image"].fillna(False).astype(bool)
    blocks["total_backlinks"] = live.groupby(key).size()
    blocks["referring_domains"] = live.groupby(key)["source_domain"].nunique()
    blocks["follow_links"] = live[~is_nofollow].groupby(key).size()
    blocks["nofollow_links"] = live[is_nofollow].groupby(key).size()
    blocks["text_links"] = live[is_text].groupby(key).size()
    blocks["image_links"] = live[is_image].groupby(key).size()
    return blocks.fillna(0).reset_index().assign(grain="links")


def links_from_profiles(raw_dir: Path, day: str) -> pd.DataFrame:
    """Counts per domain and source as the tools report them."""
    rows = up_to(read(raw_dir, "backlink_profiles"), day)
    counts = raw_columns()["backlink_profiles"][5:]
    rows = newest(rows, ["domain", "source"])
    rows = largest(rows, ["domain", "source"], counts)
    columns = ["domain", "source", "as_of", *LINK_COUNTS]
    return rows[columns].assign(grain="profile")


def share(part: pd.Series, rest: pd.Series) -> pd.Series:
    """part / (part + rest); unknown at 0/0."""
    return part / (part + rest).replace(0, np.nan)


def links(raw_dir: Path, settings: Mapping[str, str]) -> pd.DataFrame:
    """One block per domain: all links known, profile, priority, name."""
    day = settings.get("backlinks_as_of", "")
    named = settings.get("backlink_source_priority", "").split(",")
    priority = [name.strip() for name in named if name.strip()]
    blocks = pd.concat(
        [links_from_profiles(raw_dir, day), links_from_rows(raw_dir, day)]
    )
    blocks[LINK_COUNTS] = blocks[LINK_COUNTS].astype("float64")
    blocks["is_short"] = blocks["total_backlinks"].isna()
    blocks["is_rows"] = blocks["grain"] == "links"
    blocks["place"] = [
        priority.index(source) if source in priority else len(priority)
        for source in blocks["source"]
    ]
    blocks = blocks.sort_values(["is_short", "is_rows", "place", "source"])
    chosen = blocks.drop_duplicates("domain").rename(
        columns={
            "source": "link_source",
            "grain": "link_grain",
            "as_of": "links_as_of",
        }
    )
    return chosen.drop(columns=["is_short", "is_rows", "place"]).assign(
        follow_share=share(chosen["follow_links"], chosen["nofollow_links"]),
        image_share=share(chosen["image_links"], chosen["text_links"]),
    )


def percentiles(scores: pd.Series) -> pd.Series:
    """100 * (share below + half the share equal)."""
    below = scores.rank(method="min") - 1
    equal = scores.rank(method="max") - below
    return 100 * (below + equal / 2) / len(scores)


def on_0_to_100(scores: pd.DataFrame) -> pd.Series:
    """Scores of one list (source, scale, as_of) on the scale 0-100."""
    scale = scores["scale"].iloc[0]
    if scale == "0-100":
        return scores["score"]
    if scale == "rank":
        return 100 - percentiles(scores["score"])
    return percentiles(scores["score"])


def authority(
    raw_dir: Path, study: pd.DataFrame, settings: Mapping[str, str]
) -> pd.DataFrame:
    """Authority score of the domains that the chosen source covers."""
    columns = {
        "source": "authority_source",
        "as_of": "authority_as_of",
        "scale": "authority_scale",
        "score": "delivered_score",
    }
    day = settings.get("backlinks_as_of", "")
    rows = up_to(read(raw_dir, "domain_scores"), day)
    list_key = ["source", "scale", "as_of"]
    rows = largest(rows, ["domain", *list_key], ["score"])
    rows = rows.assign(score=rows["score"].astype("float64"))
    lists = [scores for _, scores in rows.groupby(list_key)]
    rows["authority_score"] = (
        pd.concat([on_0_to_100(scores) for scores in lists]) if lists else None
    )
    rows = newest(rows, ["domain", "source", "scale"])
    rows = rows[rows["domain"].isin(study["domain"])]
    if settings.get("authority_source"):
        rows = rows[rows["source"] == settings["authority_source"]]
    cover = rows.groupby(["source", "scale"])["domain"].nunique()
    widest = sorted(
        cover.index,
        key=lambda name: (-cover[name], name[0], name[1] != "0-100", name[1]),
    )
    source, scale = (widest or [(None, None)])[0]
    is_chosen = (rows["source"] == source) & (rows["scale"] == scale)
    rows = rows[is_chosen].rename(columns=columns)
    return rows[["domain", *columns.values(), "authority_score"]]


def words(text: str) -> tuple[str, ...]:
    """The words of a text: runs of letters, marks and digits."""
    lower = unicodedata.normalize("NFC", text.lower())
    kept = [
        letter
        if unicodedata.category(letter)[0] in "LM"
        or unicodedata.category(letter) == "Nd"
        else " "
        for letter in lower
    ]
    return tuple("".join(kept).split())


def word_sequences(text: str) -> set[tuple[str, ...]]:
    """Every run of words that stands in a text."""
    found = words(text)
    ends = range(1, len(found) + 1)
    return {found[start:end] for end in ends for start in range(end)}


def branded(answers: pd.DataFrame, study: pd.DataFrame) -> pd.Series:
    """The tool's flag, else whether the prompt holds an alias."""
    aliases = {
        words(alias)
        for brand_aliases in study["brand_aliases"].dropna()
        for alias in brand_aliases
        if len(words(alias)) <= LONGEST_ALIAS
    }
    prompts = set(answers["prompt"].dropna()) if aliases else set()
    is_named = {
        prompt: not word_sequences(prompt).isdisjoint(aliases)
        for prompt in prompts
    }
    by_prompt = answers["prompt"].map(is_named).astype("boolean")
    return answers["is_branded"].astype("boolean").fillna(by_prompt)


def answers_of_study(
    raw_dir: Path, study: pd.DataFrame, settings: Mapping[str, str]
) -> pd.DataFrame:
    """Answers of the study's platforms inside the window."""
    rows = read(raw_dir, "ai_answers")
    days = pd.to_datetime(rows["answered_at"]).dt.normalize()
    if settings.get("answers_from"):
        rows = rows[days >= pd.Timestamp(settings["answers_from"])]
    if settings.get("answers_to"):
        rows = rows[days.reindex(rows.index) <= settings["answers_to"]]
    for column in ("country", "language"):
        if settings.get(column):
            rows = rows[(rows[column] == settings[column]).fillna(False)]
    content = raw_columns()["ai_answers"][5:]
    rows = largest(newest(rows, ANSWER), ANSWER, content)
    rows = rows[rows["platform"].isin(PLATFORMS.index)]
    return rows.assign(is_branded=branded(rows, study))


def owners_of_names(study: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """The study domain of each name that only one of them goes by."""
    owners: dict[tuple[str, ...], set[str]] = {}
    for domain, aliases in zip(
        study["domain"], study["brand_aliases"], strict=True
    ):
        listed = aliases if isinstance(aliases, Iterable) else []
        for name in [domain, *listed]:
            owners.setdefault(words(name), set()).add(domain)
    return {
        name: next(iter(domains))
        for name, domains in owners.items()
        if name and len(domains) == 1
    }


def references_of_study(
    raw_dir: Path, study: pd.DataFrame, answers: pd.DataFrame
) -> pd.DataFrame:
    """One row per answer and study domain that the answer references."""
    rows = newest(read(raw_dir, "ai_references"), ANSWER)
    owners = owners_of_names(study)
    named = [
        domain if isinstance(domain, str) else owners.get(words(brand))
        for domain, brand in zip(
            rows["domain"], rows["brand"].fillna(""), strict=True
        )
    ]
    rows = rows.assign(domain=named)
    rows = rows[rows["domain"].isin(study["domain"])]
    kinds = pd.get_dummies(rows["kind"]).reindex(
        columns=["citation", "mention"], fill_value=False
    )
    rows = rows[[*ANSWER, "domain"]].join(kinds)
    rows = rows.groupby([*ANSWER, "domain"], as_index=False).any()
    return rows.merge(answers[[*ANSWER, "platform", "is_branded"]], on=ANSWER)


def visibility_from_answers(
    raw_dir: Path, study: pd.DataFrame, settings: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Outcomes by platform that has answers, a row per study domain."""
    answers = answers_of_study(raw_dir, study, settings)
    references = references_of_study(raw_dir, study, answers)
    is_branded = references["is_branded"].fillna(False).astype(bool)
    outcomes = {}
    for platform in sorted(set(answers["platform"])):
        here = references["platform"] == platform
        kept = {
            "ai_mentions": here,
            "unbranded_mentions": here & ~is_branded,
            "citations": here & references["citation"].astype(bool),
            "brand_mentions": here & references["mention"].astype(bool),
        }
        counts = pd.DataFrame(
            {
                name: references[rows]
                .groupby("domain")
                .size()
                .reindex(study["domain"], fill_value=0)
                for name, rows in kept.items()
            }
        ).astype("float64")
        unbranded = counts["unbranded_mentions"]
        counts[SHARE] = unbranded / (unbranded.sum() or np.nan)
        outcomes[platform] = counts
    return outcomes


def totals_in_window(
    raw_dir: Path, settings: Mapping[str, str]
) -> pd.DataFrame:
    """Totals of periods inside the window; they tell no country or language."""
    rows = read(raw_dir, "ai_totals")
    if settings.get("country") or settings.get("language"):
        return rows.head(0)
    if settings.get("answers_from"):
        starts = pd.to_datetime(rows["period_start"])
        rows = rows[starts >= settings["answers_from"]]
    if settings.get("answers_to"):
        ends = pd.to_datetime(rows["period_end"])
        rows = rows[ends <= settings["answers_to"]]
    return rows


def visibility_from_totals(
    raw_dir: Path, study: pd.DataFrame, settings: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Outcomes by platform that a tool gives totals of."""
    rows = totals_in_window(raw_dir, settings)
    rows = rows[
        rows["domain"].isin(study["domain"])
        & rows["platform"].isin(PLATFORMS.index)
    ]
    values = ["mentions", "citations", "share_of_voice"]
    age = ["as_of", "period_end", "period_start"]
    rows = largest(rows, ["domain", "platform", "source"], [*age, *values])
    rows = rows.astype(dict.fromkeys(values, "float64"))
    outcomes = {}
    for platform, offered in rows.groupby("platform"):
        cover = offered["source"].value_counts()
        chosen = min(cover.index, key=lambda name: (-cover[name], name))
        totals = offered[offered["source"] == chosen].set_index("domain")
        outcomes[str(platform)] = pd.DataFrame(
            {
                "ai_mentions": totals[["mentions", "citations"]].max(axis=1),
                "unbranded_mentions": np.nan,
                "citations": totals["citations"],
                "brand_mentions": totals["mentions"],
                SHARE: totals["share_of_voice"],
            }
        ).reindex(study["domain"])
    return outcomes


def over_all_platforms(
    outcomes: dict[str, pd.DataFrame], *, is_totals: bool
) -> pd.DataFrame:
    """Sums of the counts, mean of the defined shares of voice.

    A domain that the totals of one platform leave out has neither. Means that
    are equal stay equal: their last digits, which depend on the order of the
    terms, are left out.
    """

    def beside(outcome: str) -> pd.DataFrame:
        return pd.DataFrame(
            {name: table[outcome] for name, table in outcomes.items()}
        )

    sums = {name: beside(name).sum(axis=1, skipna=False) for name in COUNTS}
    shares = beside(SHARE).mean(axis=1, skipna=not is_totals).round(12)
    return pd.DataFrame({**sums, SHARE: shares})


def summed_by_all(
    answered: dict[str, pd.DataFrame], totals: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Answers before totals, in each the study's own platforms first."""
    kinds = answered or totals
    of_study = {
        name: table
        for name, table in kinds.items()
        if PLATFORMS.loc[name, "is_study_platform"]
    }
    return of_study or kinds


def visibility(
    raw_dir: Path, study: pd.DataFrame, settings: Mapping[str, str]
) -> pd.DataFrame:
    """Outcomes of every study domain, a column per platform and all."""
    answered = visibility_from_answers(raw_dir, study, settings)
    totals = visibility_from_totals(raw_dir, study, settings)
    tables = {**totals, **answered}
    summed = summed_by_all(answered, totals)
    domains = pd.Index(study["domain"], name="domain")
    tables["all"] = over_all_platforms(summed, is_totals=not answered).reindex(
        domains
    )
    columns = {
        f"{outcome}_{platform}": table[outcome]
        for outcome, (platform, table) in product(
            [*COUNTS, SHARE], tables.items()
        )
    }
    return pd.DataFrame(columns, index=domains).reset_index()


def platforms_of(frame: pd.DataFrame) -> list[str]:
    """The platforms with outcomes, and all, by the columns of features."""
    prefix = "citations_"
    return [
        name.removeprefix(prefix) for name in frame if name.startswith(prefix)
    ]


def outcomes_of(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per domain, platform and outcome, as in domain_outcomes."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "domain": frame["domain"],
                    "platform": platform,
                    "outcome": outcome,
                    "value": frame[f"{outcome}_{platform}"],
                }
            )
            for platform in platforms_of(frame)
            for outcome in [*COUNTS, SHARE]
        ],
        ignore_index=True,
    )


def deciles_of(values: pd.Series) -> pd.Series:
    """Decile 1-10 by the mid-rank rule: equal values share one."""
    known = values.dropna().astype("float64")
    below = known.rank(method="min").astype(int) - 1
    equal = known.rank(method="max").astype(int) - below
    deciles = (10 * (2 * below + equal)) // (2 * len(known)) + 1
    return deciles.reindex(values.index)


def features(
    raw_dir: Path, settings: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """One row per study domain: signals, and outcomes by platform."""
    settings = settings or {}
    study = study_domains(raw_dir, settings.get("backlinks_as_of", ""))
    frame = (
        study.assign(cluster=clusters_of(study))
        .drop(columns="brand_aliases")
        .merge(links(raw_dir, settings), on="domain", how="left")
        .merge(authority(raw_dir, study, settings), on="domain", how="left")
        .merge(visibility(raw_dir, study, settings), on="domain", how="left")
    )
    frame["authority_decile"] = deciles_of(frame["authority_score"])
    return frame.sort_values("domain", ignore_index=True)


def decile_profiles(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per signal, outcome, platform and decile of the signal."""
    deciles = frame[SIGNALS].apply(deciles_of)
    profiles = []
    for signal, outcome, platform in combinations(frame):
        pairs = pd.DataFrame(
            {
                "signal": frame[signal],
                "outcome": frame[f"{outcome}_{platform}"],
                "decile": deciles[signal],
            }
        )
        for decile, group in pairs.groupby("decile"):
            known = group["outcome"].dropna()
            profiles.append(
                {
                    "signal": signal,
                    "outcome": outcome,
                    "platform": platform,
                    "decile": int(decile),
                    "n": len(known),
                    "signal_min": group["signal"].min(),
                    "signal_max": group["signal"].max(),
                    "median": known.median(),
                    "mean": known.mean(),
                    "zero_share": (known == 0).mean(),
                }
            )
    return pd.DataFrame(profiles)


def prompt_of(answer: pd.Series) -> str | None:
    """The text of a prompt as it is told apart, None without any."""
    text = answer["prompt"]
    return (text.strip(" ").lower() or None) if isinstance(text, str) else None


def prompt_keys(answers: pd.DataFrame) -> pd.Series:
    """What each answer's prompt is known by: text, else identifier."""
    texts = answers.apply(prompt_of, axis=1)
    identified = answers["prompt_id"].replace("", None)
    by_identifier = answers["source"] + ": " + identified
    stated = texts.groupby(by_identifier).max()
    return texts.fillna(by_identifier.map(stated)).fillna(by_identifier)


def reliability(raw_dir: Path, outcome: str, platform: str = "all") -> float:
    """Of an outcome, by rank, over odd and even prompts.

    For studies whose platforms each have answers to both halves; of the share
    of voice on one platform only.
    """
    study = study_domains(raw_dir)
    answers = answers_of_study(raw_dir, study, {})
    answers["key"] = prompt_keys(answers)
    counted = references_of_study(raw_dir, study, answers)
    counted = counted.merge(answers[[*ANSWER, "key"]], on=ANSWER)
    if platform != "all":
        counted = counted[counted["platform"] == platform]
    if outcome == "share_of_voice":
        is_branded = counted["is_branded"].fillna(False).astype(bool)
        counted = counted[~is_branded]
    prompts = sorted(
        set(answers["key"].dropna()),
        key=lambda key: hashlib.md5(key.encode()).hexdigest(),
    )
    halves = [
        counted[counted["key"].isin(half)]["domain"]
        .value_counts()
        .reindex(study["domain"], fill_value=0)
        for half in (prompts[::2], prompts[1::2])
    ]
    half = float(stats.spearmanr(*halves).statistic)
    return 2 * half / (1 + half)


def prompt_groups(raw_dir: Path) -> pd.DataFrame:
    """One row per domain, platform and group of prompts with references."""
    study = study_domains(raw_dir)
    answers = answers_of_study(raw_dir, study, {})
    answers["key"] = prompt_keys(answers)
    hashes = {
        key: hashlib.md5(key.encode()).hexdigest()
        for key in set(answers["key"].dropna())
    }
    places = {key: at for at, key in enumerate(sorted(hashes, key=hashes.get))}
    answers["prompt_group"] = answers["key"].map(places) % MOST_GROUPS
    counted = references_of_study(raw_dir, study, answers).merge(
        answers[[*ANSWER, "prompt_group"]].dropna(), on=ANSWER
    )
    is_branded = counted["is_branded"].fillna(False).astype(bool)
    return (
        counted.assign(
            ai_mentions=1,
            unbranded_mentions=~is_branded,
            citations=counted["citation"],
            brand_mentions=counted["mention"],
        )
        .groupby(["domain", "platform", "prompt_group"])[COUNTS]
        .sum()
        .astype("float64")
        .reset_index()
    )


def combinations(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Every signal, outcome and platform with outcomes."""
    return list(product(SIGNALS, OUTCOMES, platforms_of(frame)))


@cache
def transforms() -> dict[str, str]:
    """Transform of every signal and outcome, by the lookups."""
    lookups = {"signals": "signal", "outcomes": "outcome"}
    return {
        row[key]: row["transform"]
        for file, key in lookups.items()
        for _, row in pd.read_csv(LOOKUPS / f"{file}.csv").iterrows()
    }


def off_the_mode(values: pd.Series) -> int:
    """How many values differ from the most common one."""
    return len(values) - int(values.value_counts().max())


def coefficient(method: str, pairs: pd.DataFrame, names: list[str]) -> float:
    """One coefficient; NaN where too few values differ."""
    if len(pairs) < LEAST or pairs.apply(off_the_mode).min() < LEAST:
        return np.nan
    left, right = (pairs[column] for column in pairs)
    if method == "spearman":
        return float(stats.spearmanr(left, right).statistic)
    if method == "kendall_tau_b":
        return float(stats.kendalltau(left, right).statistic)
    if method == "pearson_log1p":
        is_log = [transforms()[name] == "log1p" for name in names]
        left = np.log1p(left) if is_log[0] else left
        right = np.log1p(right) if is_log[1] else right
    return float(stats.pearsonr(left, right).statistic)


def partial_coefficient(known: pd.DataFrame) -> float:
    """Spearman of the first two columns, the ranks of the others held."""
    pairs = known.iloc[:, :2]
    least = LEAST + known.shape[1] - 2
    if len(known) < least or pairs.apply(off_the_mode).min() < LEAST:
        return np.nan
    ranks = known.rank() - known.rank().mean()
    pair, controls = ranks.iloc[:, :2].to_numpy(), ranks.iloc[:, 2:].to_numpy()
    left = pair - controls @ np.linalg.lstsq(controls, pair)[0]
    if ((left**2).sum(axis=0) <= 1e-9 * (pair**2).sum(axis=0)).any():
        return np.nan
    return float(stats.pearsonr(*left.T).statistic)


def coefficients(frame: pd.DataFrame) -> pd.DataFrame:
    """One main row per signal, outcome, platform and method."""
    rows = []
    for signal, outcome, platform in combinations(frame):
        pairs = frame[[signal, f"{outcome}_{platform}"]].astype("float64")
        pairs = pairs.dropna()
        for method in METHODS:
            estimate = coefficient(method, pairs, [signal, outcome])
            rows.append(
                (signal, outcome, platform, method, len(pairs), estimate)
            )
        is_score = signal == "authority_score"
        held = VOLUMES if is_score else ["authority_score"]
        known = frame[[*pairs.columns, *held]].astype("float64").dropna()
        estimate = partial_coefficient(known)
        rows.append(
            (
                signal,
                outcome,
                platform,
                "partial_spearman",
                len(known),
                estimate,
            )
        )
    for signal, outcome, platform in product(
        SIGNALS, OTHERS, platforms_of(frame)
    ):
        pairs = frame[[signal, f"{outcome}_{platform}"]].astype("float64")
        pairs = pairs.dropna()
        rows += [
            (
                *(signal, outcome, platform, method, len(pairs)),
                coefficient(method, pairs, [signal, outcome]),
            )
            for method in PRIMARY
        ]
    columns = ["signal", "outcome", "platform", "method", "n", "estimate"]
    return pd.DataFrame(rows, columns=columns).assign(sensitivity="none")
