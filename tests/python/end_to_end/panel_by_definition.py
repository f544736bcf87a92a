"""A study over months in adversarial shapes, and its months by definition."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from random import Random

MONTHS = [dt.date(2024, number, 1) for number in range(1, 9)]
DOMAINS = [f"d{number}.com" for number in range(8)]
SNAPSHOTS = {
    # Rows with first_seen, far apart; the first one is of few links.
    "alpha": [dt.date(2024, 3, 15), dt.date(2024, 9, 2)],
    # Without; one snapshot is missing.
    "beta": [dt.date(2024, number, 1) for number in (1, 2, 3, 4, 6, 7, 8, 9)],
}
FEWEST_MONTHS = 6


def next_month(month):
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def links(random):
    """Referrers come, go, repeat, link to themselves, and lack dates."""
    rows = []
    for source, days in SNAPSHOTS.items():
        for domain in [*DOMAINS, "outside.com"]:
            referrers = [f"r{number}.org" for number in range(30)]
            start = {each: random.choice(days) for each in referrers}
            end = {each: random.choice([*days, None]) for each in referrers}
            for day in days:
                for each in referrers:
                    is_there = start[each] <= day
                    is_gone = end[each] is not None and end[each] < day
                    if is_there and not is_gone:
                        rows += [
                            _link(random, source, domain, each, day)
                            for _ in range(random.choice([1, 1, 2]))
                        ]
                rows.append(_link(random, source, domain, domain, day))
    return rows


def _link(random, source, domain, referrer, day):
    seen = None
    if source == "alpha" and random.random() < 0.8:
        back = random.randrange(-3, 400)
        seen = dt.datetime.combine(day, dt.time(23, 59)) - dt.timedelta(
            days=back
        )
        if random.random() < 0.05:
            seen = dt.datetime(2031, 1, 1)
    return {
        "source": source,
        "as_of": day,
        "source_url": f"https://{referrer}/{random.random()}",
        "source_domain": referrer,
        "target_url": f"https://{domain}/",
        "target_domain": domain,
        "link_kind": "anchor",
        "first_seen": seen,
        "is_lost": random.random() < 0.1,
    }


def profiles(random):
    """Totals on uneven days, in two rows, shrinking; and quarterly ones."""
    rows = []
    for domain in DOMAINS[:6]:
        days = [
            month + dt.timedelta(days=random.randrange(9))
            for month in [*MONTHS, dt.date(2024, 9, 1)]
        ]
        quarters = [dt.date(2024, number, 1) for number in (1, 4, 7)]
        for source, when in (("gamma", days), ("delta", quarters)):
            for day in when:
                rows += [
                    {
                        "source": source,
                        "as_of": day,
                        "domain": domain,
                        "referring_domains": random.choice(
                            [None, *range(50, 90)]
                        ),
                    }
                    for _ in range(random.choice([1, 1, 2]))
                ]
    return rows


def answers(random):
    """Prompts that begin late, pause, name a brand, or are asked unevenly."""
    rows = []
    for place, month in enumerate(MONTHS):
        for source in ("tool", "other"):
            for platform in ("chatgpt", "gemini"):
                for prompt in range(80):
                    is_asked = not (
                        (prompt == 8 and place < 2)
                        or (prompt == 9 and place == 4)
                        or (platform == "gemini" and place == 5)
                        or (source == "other" and prompt > 4)
                        # Many prompts of one month make no long stretch.
                        or (prompt > 9 and (platform, place) != ("gemini", 6))
                    )
                    for run in range(random.choice([1, 2, 3]) * is_asked):
                        rows.append(
                            _answer(
                                random,
                                (source, platform, prompt, place, run),
                                month,
                            )
                        )
    return rows


def _answer(random, key, month):
    source, platform, prompt, *_ = key
    last = next_month(month) - month
    moments = [
        dt.datetime.combine(month, dt.time(0, 0)),
        dt.datetime.combine(month + last, dt.time(0, 0))
        - dt.timedelta(microseconds=1),
        dt.datetime.combine(month + dt.timedelta(days=14), dt.time(12, 0)),
    ]
    is_flagged = prompt == 7 and random.random() < 0.3
    return {
        "source": source,
        "as_of": dt.date(2024, 9, 2),
        "answer_id": "-".join(map(str, key)),
        "platform": platform,
        "prompt_id": f"p{prompt}",
        "prompt": None
        if prompt == 3
        else random.choice([f"best thing {prompt}", f" Best Thing {prompt} "]),
        "is_branded": True if is_flagged else None,
        "answered_at": None
        if random.random() < 0.02
        else random.choice(moments),
        "country": "us" if prompt != 2 else random.choice(["us", "gb"]),
    }


def references(random, given):
    rows = []
    for answer in given:
        named = random.sample([*DOMAINS, "outside.com"], k=3)
        rows += [
            {
                "source": answer["source"],
                "as_of": answer["as_of"],
                "answer_id": answer["answer_id"],
                "kind": kind,
                "domain": domain,
                "url": url,
            }
            for domain in named
            for kind, url in (
                ("citation", f"https://{domain}/"),
                ("citation", f"https://{domain}/b"),
                ("mention", None),
            )
        ]
    return rows


def study(seed):
    random = Random(seed)
    given = answers(random)
    tables = {
        "study_domains": [
            {"source": "me", "as_of": MONTHS[0], "domain": domain}
            for domain in DOMAINS
        ],
        "backlinks": links(random),
        "backlink_profiles": profiles(random),
        "ai_answers": given,
        "ai_references": references(random, given),
    }
    return {name: {"load": rows} for name, rows in tables.items()}


def rows_of(given, table):
    return given[table]["load"]


def questions(given):
    """Answers that count, by platform, with question and month."""
    branded = {
        answer["prompt_id"]
        for answer in rows_of(given, "ai_answers")
        if answer["is_branded"]
    }
    for answer in rows_of(given, "ai_answers"):
        if answer["answered_at"] is None or answer["prompt_id"] in branded:
            continue
        question = tuple(
            answer[name]
            for name in ("source", "platform", "prompt_id", "country")
        )
        month = answer["answered_at"].date().replace(day=1)
        for platform in (answer["platform"], "all"):
            yield platform, question, month, answer


def windows(given):
    """First month, last month, months and prompts of each platform."""
    asked = defaultdict(lambda: defaultdict(set))
    for platform, question, month, _ in questions(given):
        asked[platform][question].add(month)
    found = {}
    for platform, months_of in asked.items():
        best = None
        for first in range(len(MONTHS)):
            for last in range(first, len(MONTHS)):
                span = MONTHS[first : last + 1]
                prompts = sum(set(span) <= each for each in months_of.values())
                size = (min(len(span), FEWEST_MONTHS), prompts * len(span))
                key = (*size, len(span), last)
                if prompts and (best is None or key > best[0]):
                    best = key, span, prompts
        found[platform] = best[1:]
    return found


def mention_months(given):
    """Mentions by platform, domain and month."""
    span_of = windows(given)
    asked = defaultdict(Counter)
    for platform, question, month, _ in questions(given):
        if month in span_of[platform][0]:
            asked[platform, question][month] += 1
    named = defaultdict(set)
    for reference in rows_of(given, "ai_references"):
        if reference["domain"] in DOMAINS:
            key = reference["source"], reference["answer_id"]
            named[key].add(reference["domain"])
    found = Counter()
    for platform, question, month, answer in questions(given):
        times = asked[platform, question]
        span = span_of[platform][0]
        if month in span and len(times) == len(span):
            for domain in named[answer["source"], answer["answer_id"]]:
                share = min(times.values()) / times[month]
                found[platform, domain, month] += share
    return found


def link_months(given):
    """New referring domains by domain, source, grain and month."""
    return {**dated_months(given), **counted_months(given), **totals(given)}


def panel_months():
    """Months of the windows, the one before and the one after."""
    return [dt.date(2023, 12, 1), *MONTHS, dt.date(2024, 9, 1)]


def gap_month(day, before):
    gap = (day - before).days
    if gap > 45:
        return None, gap
    return (day - dt.timedelta(days=gap // 2)).replace(day=1), gap


def gains(given, source, domain):
    """Day of the first snapshot, and earliest credible date, of referrers."""
    first, dated = {}, {}
    for link in rows_of(given, "backlinks"):
        if (link["source"], link["target_domain"]) != (source, domain):
            continue
        referrer, day, seen = (
            link[name] for name in ("source_domain", "as_of", "first_seen")
        )
        if referrer == domain:
            continue
        first[referrer] = min(first.get(referrer, day), day)
        limit = dt.datetime.combine(day, dt.time()) + dt.timedelta(days=2)
        if seen is not None and seen < limit:
            dated[referrer] = min(dated.get(referrer, seen), seen)
    return first, dated


def gained_by_month(first, dated, days):
    found = Counter()
    for referrer, day in first.items():
        if referrer in dated:
            seen = min(dated[referrer].date(), day)
            found[seen.replace(day=1)] += 1
        elif day > days[0]:
            month, _ = gap_month(day, days[days.index(day) - 1])
            found[month] += 1
    return found


def dated_months(given):
    found = {}
    for domain in DOMAINS:
        days = SNAPSHOTS["alpha"]
        first, dated = gains(given, "alpha", domain)
        start = min(
            min(dated[each].date(), first[each]).replace(day=1)
            for each in dated
        )
        gained = gained_by_month(first, dated, days)
        for month in panel_months():
            is_over = next_month(month) - dt.timedelta(days=1) <= days[-1]
            if month > start and is_over:
                found[domain, "alpha", "links", month] = gained[month]
    return found


def counted_months(given):
    found = {}
    days = SNAPSHOTS["beta"]
    for domain in DOMAINS:
        gained = gained_by_month(*gains(given, "beta", domain), days)
        for day, before in zip(days[1:], days, strict=False):
            month, gap = gap_month(day, before)
            if month is not None and gap >= 21:
                found[domain, "beta", "links", month] = gained[month]
    return found


def totals(given):
    found = {}
    for source in ("gamma", "delta"):
        for domain in DOMAINS:
            counts = {}
            for row in rows_of(given, "backlink_profiles"):
                if (row["source"], row["domain"]) == (source, domain):
                    count = row["referring_domains"]
                    if count is not None:
                        day = row["as_of"]
                        counts[day] = max(counts.get(day, 0), count)
            days, change, covered = sorted(counts), Counter(), Counter()
            for day, before in zip(days[1:], days, strict=False):
                month, gap = gap_month(day, before)
                if month in panel_months():
                    change[month] += counts[day] - counts[before]
                    covered[month] += gap
            for month, gap in covered.items():
                if gap >= 21:
                    key = domain, source, "profile", month
                    found[key] = max(change[month], 0)
    return found
