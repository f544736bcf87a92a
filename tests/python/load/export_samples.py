"""One export per format, in its tool's shape, with values that mislead."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from api_answers import (
    anthropic_message,
    brightdata_answer,
    chunk,
    cited_text,
    completion,
    gemini_response,
    llm_response,
    openai_message,
    openai_response,
    radar_response,
    serpapi_page,
    serpapi_reference,
    serpapi_text,
    url_citation,
)

Sample = tuple[str, bytes]


def names(text: str) -> list[str]:
    """Read the columns of a header."""
    return text.split(",")


AHREFS_LINK_COLUMNS = names(
    "Referring page title,Referring page URL,Language,Platform,"
    "Referring page HTTP code,Domain rating,UR,Domain traffic,"
    "Referring domains,Linked domains,External links,Page traffic,"
    "Keywords,Target URL,Left context,Anchor,Right context,"
    "Redirect Chain URLs,Redirect Chain status codes,Type,Content,"
    "Nofollow,UGC,Sponsored,Rendered,Raw,Lost status,Drop reason,"
    "Discovered status,First seen,Last seen,Lost,Author,"
    "Links in group"
)
BRAND_RADAR_COLUMNS = names(
    "Country,Keyword,Tags,Volume,Response,Model,Mentions,"
    "Fanout Queries,Cited pages,Found but not cited,Updated"
)
PEEC_COLUMNS = names(
    "domain,classification,retrieved_percentage,retrieval_rate,"
    "citation_rate,retrieval_count,citation_count,"
    "mentioned_brand_ids"
)
MAJESTIC_COLUMNS = names(
    "GlobalRank,TldRank,Domain,TLD,RefSubNets,RefIPs,IDN_Domain,"
    "IDN_TLD,PrevGlobalRank,PrevTldRank,PrevRefSubNets,PrevRefIPs"
)
BATCH_COLUMNS = names(
    "#,Target,Mode,IP,Protocol,URL Rating,Domain Rating,Ahrefs Rank,"
    "Organic / Total Keywords,Organic / Traffic,Organic / Top Countries,"
    "Paid / Cost,Ref. domains / All,Ref. domains / Followed,"
    "Ref. domains / Not followed,Ref. IPs / IPs,Ref. IPs / Subnets,"
    "Backlinks / All,Backlinks / Followed,Backlinks / Not followed,"
    "Backlinks / Redirects,Backlinks / Internal,Outgoing links / All time"
)
REFERRER_COLUMNS = names(
    "Domain,Is spam,DR,Dofollow ref. domains,Dofollow linked domains,Traffic ,"
    "Keywords ,Links to target,New links,Lost links,Dofollow links,First seen,"
    "Lost"
)
COMPARISON_COLUMNS = names(
    "target,target_type,ascore,backlinks_num,domains_num,ips_num,"
    "follows_num,nofollows_num,texts_num,images_num,forms_num,"
    "frames_num"
)


def table(
    columns: list[str],
    *records: dict[str, str],
    delimiter: str = ",",
    is_quoted: bool = False,
) -> str:
    """Write records as CSV; values left out are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text,
        columns,
        delimiter=delimiter,
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL,
    )
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def utf16(text: str) -> bytes:
    """Write text as UTF-16 LE with its mark."""
    return b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")


def document(value: Any) -> bytes:
    """Write a JSON document over several lines."""
    return json.dumps(value, indent=1, ensure_ascii=False).encode()


def tasks(*results: Any, **request: Any) -> dict[str, Any]:
    """Wrap results as DataForSEO answers a call."""
    return {
        "version": "0.1.20260101",
        "status_code": 20000,
        "tasks_count": 1,
        "tasks": [
            {
                "id": "01010101-1535-0216-0000-0a0b0c0d0e0f",
                "status_code": 20000,
                "path": ["v3", "backlinks"],
                "data": {"api": "backlinks", **request},
                "result": list(results) or None,
            }
        ],
    }


def ahrefs_link(**values: str) -> dict[str, str]:
    return {
        "Referring page title": 'A "title",\nof two lines\tand a tab',
        "Referring page URL": "https://blog.例え.jp/a?b=1,2",
        "UR": "12",
        "Target URL": "https://www.target.com/",
        "Anchor": '„hier", says 日本\n',
        "Type": "text",
        "Nofollow": "false",
        "UGC": "false",
        "Sponsored": "false",
        "First seen": "2024-05-01 10:20:30",
        "Last seen": "2025-05-01 00:00:00",
        **{name.replace("_", " "): value for name, value in values.items()},
    }


def dataforseo_link(**values: Any) -> dict[str, Any]:
    return {
        "type": "backlink",
        "domain_from": "blog.example.com",
        "url_from": "https://blog.example.com/a",
        "domain_to": "target.com",
        "url_to": "https://target.com/",
        "rank": 300,
        "page_from_rank": 120,
        "domain_from_rank": 500,
        "item_type": "anchor",
        "attributes": None,
        "dofollow": True,
        "original": True,
        "anchor": 'say "日本",\n[{"url_from": 1}]',
        "alt": None,
        "image_url": None,
        "first_seen": "2019-11-15 12:57:46 +00:00",
        "prev_seen": None,
        "last_seen": "2020-01-24 09:05:21 +00:00",
        "is_new": False,
        "is_lost": False,
        "backlink_spam_score": 0,
        "links_count": 1,
        **values,
    }


def ahrefs_api_link(**values: Any) -> dict[str, Any]:
    return {
        "url_from": "https://www.example.org/é",
        "url_to": "http://target.com/x",
        "root_name_source": "example.org",
        "root_name_target": "target.com",
        "domain_rating_source": 71.5,
        "url_rating_source": 12.5,
        "is_nofollow": True,
        "is_ugc": False,
        "is_sponsored": True,
        "is_image": True,
        "is_text": True,
        "is_form": False,
        "is_frame": False,
        "link_type": "image",
        "anchor": "",
        "alt": "x",
        "first_seen": "2024-05-01T10:20:30Z",
        "last_seen": None,
        "is_lost": False,
        "is_spam": False,
        "http_code": 200,
        **values,
    }


def llm_mention(**values: Any) -> dict[str, Any]:
    return {
        "platform": "chat_gpt",
        "model_name": "gpt-5",
        "location_code": 2840,
        "language_code": "en",
        "question": 'Which "shoes",\nand why?',
        "answer": "Acme.\n\n日本",
        "sources": [
            {
                "rank": 2,
                "domain": "www.example.com",
                "url": "https://www.example.com/a",
                "title": "A",
                "source_name": "A",
                "snippet": "…",
                "publication_date": None,
            },
            {"rank": 1, "domain": None, "url": "https://docs.example.org/"},
        ],
        "search_results": [{"domain": "found.com", "url": "https://found.com"}],
        "ai_search_volume": 10,
        "first_response_at": "2025-07-01 00:00:00 +00:00",
        "last_response_at": "2025-08-01 10:00:00 +02:00",
        "brand_entities": [{"rank": 1, "title": " Acme ", "category": "x"}],
        "fan_out_queries": ["best shoes"],
        "is_web_search_based": True,
        **values,
    }


def profound_answer(**values: Any) -> dict[str, Any]:
    return {
        "run_id": "r1",
        "date": "2025-07-01",
        "model": "Google AI Overviews",
        "topic": "shoes",
        "region": "US",
        "persona": None,
        "tags": ["a"],
        "prompt": "Which shoes?",
        "prompt_id": "p1",
        "response": "Acme",
        "mentions": ["Acme", "Zenith, Inc."],
        "citations": ["https://www.example.com/a", "https://example.org"],
        "citation_details": [{"url": "https://www.example.com/a"}],
        "search_queries": [],
        **values,
    }


def radar_answer(**values: str) -> dict[str, str]:
    return {
        "Country": "United States",
        "Keyword": 'best „shoes"',
        "Volume": "1,300",
        "Response": "Acme.\n\nOr, 日本",
        "Model": "ChatGPT",
        "Mentions": "Acme\nZenith, Inc.",
        "Cited pages": "https://www.example.com/a?b=1,2\r\n\nexample.org",
        "Found but not cited": "https://found.com/",
        "Updated": "2025-07-01",
        **{name.replace("_", " "): value for name, value in values.items()},
    }


def results_page(*items: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "keyword": "which shoes",
        "type": "organic",
        "se_domain": "google.com",
        "location_code": 2840,
        "language_code": "en",
        "datetime": "2025-07-01 12:00:00 +00:00",
        "items_count": len(items),
        "items": list(items),
        **values,
    }


def overview(*references: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {
        "type": "ai_overview",
        "rank_group": 1,
        "rank_absolute": 1,
        "position": "left",
        "markdown": "Acme",
        "items": [{"type": "ai_overview_element", "references": []}],
        "references": list(references),
        **values,
    }


def scraped_answer(**values: Any) -> dict[str, Any]:
    source = {
        "type": "chat_gpt_source",
        "title": "Shoes",
        "domain": "www.example.com",
        "url": "https://www.example.com/a?utm_source=chatgpt.com",
    }
    return {
        "keyword": "which shoes",
        "location_code": 2840,
        "language_code": "en",
        "model": "gpt-5",
        "check_url": "https://chatgpt.com/?q=ask+gemini",
        "datetime": "2025-07-01 12:00:00 +00:00",
        "markdown": "Acme",
        "search_results": [{"domain": "found.com", "url": "https://found.com"}],
        "sources": [source],
        "fan_out_queries": ["best shoes"],
        "brand_entities": [{"type": "chat_gpt_brand_entity", "title": "Acme"}],
        "se_results_count": 0,
        "item_types": ["chat_gpt_text"],
        "items_count": 1,
        "items": [
            {
                "type": "chat_gpt_text",
                "rank_group": 1,
                "rank_absolute": 1,
                "markdown": "Acme",
                "sources": [],
                "brand_entities": [],
            }
        ],
        **values,
    }


def organic(**values: Any) -> dict[str, Any]:
    return {
        "type": "organic",
        "rank_group": 1,
        "rank_absolute": 2,
        "position": "left",
        "domain": "10.0.0.1",
        "url": "nonsense",
        "title": "x",
        **values,
    }


def reference(domain: str | None, url: str | None) -> dict[str, Any]:
    return {
        "type": "ai_overview_reference",
        "position": "left",
        "source": "A site",
        "domain": domain,
        "url": url,
        "title": "A",
        "text": 'a "text"\nof two lines',
    }


def summary(**values: Any) -> dict[str, Any]:
    return {
        "target": "example.com",
        "first_seen": "2019-01-01 00:00:00 +00:00",
        "rank": 512,
        "backlinks": 113080162011,
        "backlinks_spam_score": 5,
        "referring_domains": 900,
        "referring_main_domains": 800,
        "referring_domains_nofollow": 10,
        "referring_ips": 700,
        "referring_subnets": 600,
        "referring_pages": 10_000,
        "referring_links_types": {"anchor": 80, "image": 15, "redirect": 5},
        "referring_links_attributes": {"nofollow": 11, "ugc": 2},
        **values,
    }


def batch_target(target: str, **values: str) -> dict[str, str]:
    return {
        "#": "1",
        "Target": target,
        "Mode": "subdomains",
        "IP": "192.0.2.1",
        "Protocol": "both",
        "Domain Rating": "47",
        "Organic / Top Countries": 'us: 10,\n"de": 2',
        "Ref. domains / All": "300",
        "Ref. domains / Followed": "200",
        "Backlinks / All": "1000",
        "Backlinks / Followed": "700",
        "Backlinks / Not followed": "290",
        **values,
    }


def moz_metrics(domain: str, **values: Any) -> dict[str, Any]:
    return {
        "page": f"{domain}/",
        "subdomain": f"www.{domain}",
        "root_domain": domain,
        "title": 'A "title"',
        "last_crawled": "2026-01-30",
        "external_pages_to_page": 5,
        "external_pages_to_root_domain": 1000,
        "external_nofollow_pages_to_root_domain": 290,
        "root_domains_to_root_domain": 300,
        "page_authority": 40,
        "domain_authority": 47,
        "spam_score": -1,
        **values,
    }


SAMPLES: dict[str, Sample] = {
    "semrush_api_backlinks": (
        "links.csv",
        b"source_url;target_url;anchor;nofollow;image;form;frame;first_seen\n"
        b"https://a.com/;https://t.com/;x;true;false;false;false;1700000000\n",
    ),
    "semrush_backlinks_comparison": (
        "comparison.csv",
        table(
            COMPARISON_COLUMNS,
            dict.fromkeys(COMPARISON_COLUMNS, "1")
            | {"target": "example.com", "target_type": "root_domain"},
            delimiter=";",
        ).encode(),
    ),
    "ahrefs_backlinks": (
        "links16.csv",
        utf16(
            table(
                AHREFS_LINK_COLUMNS,
                ahrefs_link(),
                delimiter="\t",
                is_quoted=True,
            )
        ),
    ),
    "ahrefs_api_backlinks": (
        "links.json",
        document({"backlinks": [ahrefs_api_link()]}),
    ),
    "dataforseo_backlinks": (
        "dataforseo_links.json",
        document(tasks({"target": "t.com", "items": [dataforseo_link()]})),
    ),
    "dataforseo_summary": ("summary.json", document(tasks(summary()))),
    "majestic_million": (
        "majestic_million.csv",
        table(
            MAJESTIC_COLUMNS,
            {"GlobalRank": "1", "Domain": "google.com", "RefSubNets": "9"},
        ).encode(),
    ),
    "ahrefs_brand_radar": (
        "radar.csv",
        utf16(table(BRAND_RADAR_COLUMNS, radar_answer(), delimiter="\t")),
    ),
    "dataforseo_llm_mentions": (
        "mentions.json",
        document(tasks({"total_count": 1, "items": [llm_mention()]})),
    ),
    "dataforseo_ai_overview": (
        "results.json",
        document(
            tasks(
                results_page(
                    organic(),
                    overview(reference("example.com", "https://example.com/a")),
                )
            )
        ),
    ),
    "dataforseo_llm_scraper": (
        "scraped.json",
        document(tasks(scraped_answer(), se="chat_gpt")),
    ),
    "openai_responses": (
        "openai.json",
        document(
            openai_response(
                openai_message("Acme", url_citation("https://example.com/a"))
            )
        ),
    ),
    "chat_completions": (
        "completions.json",
        document(completion("Acme", citations=["https://example.com/a"])),
    ),
    "gemini_responses": (
        "gemini.json",
        document(gemini_response("Acme", chunk("example.com"))),
    ),
    "anthropic_messages": (
        "anthropic.json",
        document(
            anthropic_message(cited_text("Acme", "https://example.com/a"))
        ),
    ),
    "dataforseo_llm_responses": (
        "responses.json",
        document(
            tasks(
                llm_response({"title": "A", "url": "https://example.com/a"}),
                user_prompt="Which shoes?",
            )
        ),
    ),
    "serpapi_google_ai": (
        "serpapi.json",
        document(
            serpapi_page(
                "google_ai_mode",
                text_blocks=serpapi_text("Acme"),
                references=[serpapi_reference("https://example.com/a", 0)],
            )
        ),
    ),
    "brightdata_answers": ("brightdata.json", document([brightdata_answer()])),
    "ahrefs_api_brand_radar": (
        "radar.json",
        document({"ai_responses": [radar_response()]}),
    ),
    "profound_answers": ("answers.json", document([profound_answer()])),
    "peec_domains": (
        "domains.csv",
        table(
            PEEC_COLUMNS,
            {
                "domain": "example.com",
                "classification": "editorial",
                "retrieved_percentage": "12.5",
                "retrieval_rate": "1.5",
                "citation_rate": "2.5",
                "retrieval_count": "40",
                "citation_count": "30",
                "mentioned_brand_ids": "kw_1|kw_2",
            },
        ).encode(),
    ),
    "semrush_backlinks": (
        "semrush.csv",
        b"Page ascore,Source title,Source url,Target url,Anchor,"
        b"External links,Internal links,Nofollow,Sponsored,Ugc,Text,Frame,"
        b"Form,Image,Sitewide,First seen,Last seen,New link,Lost link\n"
        b"12,t,https://a.com/,https://t.com/,x,1,1,false,false,false,true,"
        b"false,false,false,false,2024-05-01,2024-05-02,false,false\n",
    ),
    "semrush_backlinks_overview": (
        "overview.csv",
        b"target;ascore;total;domains_num;urls_num;ips_num;ipclassc_num;"
        b"follows_num;nofollows_num;sponsored_num;ugc_num;texts_num;"
        b"images_num;forms_num;frames_num\n"
        b"example.com;5;9;4;6;9;9;7;2;1;1;8;1;0;0\n",
    ),
    "ahrefs_domain_metrics": (
        "metrics.csv",
        b"url,backlinks,refpages,text,image,nofollow,ugc,sponsored,dofollow,"
        b"redirect,canonical,refdomains,refclass_c,refips\n"
        b"example.com,9,9,9,3,1,0,0,8,0,0,4,4,4\n",
    ),
    "ahrefs_batch_analysis": (
        "batch.csv",
        utf16(
            table(
                BATCH_COLUMNS,
                batch_target("example.com/"),
                delimiter="\t",
                is_quoted=True,
            )
        ),
    ),
    "semrush_bulk_analysis": (
        "bulk.csv",
        b"Target,Target type,Authority Score,Backlinks,Referring Domains,"
        b"Referring IPs,Follow links,Nofollow links\n"
        b"example.com,root domain,47,1000,300,250,700,290\n",
    ),
    "majestic_bulk_backlinks": (
        "majestic_bulk.csv",
        b"Item,TrustFlow,CitationFlow,ExtBackLinks,RefDomains,RefIPs\n"
        b"example.com,47,50,1000,300,250\n",
    ),
    "moz_url_metrics": (
        "moz.json",
        document({"results": [moz_metrics("example.com")]}),
    ),
    "backlink_profiles": (
        "own_profiles.csv",
        b"domain,total_backlinks,referring_domains\nexample.com,1000,300\n",
    ),
    "backlinks": (
        "own_links.csv",
        b"source_url,target_url,anchor\nhttps://a.com/,https://t.com/,x\n",
    ),
    "ai_totals": (
        "own_totals.csv",
        b"domain,platform,mentions\nexample.com,Grok,5\n",
    ),
    "ahrefs_referring_domains": (
        "example.com-refdomains-subdomains_2026-01-30_10-00-00.csv",
        utf16(
            table(
                REFERRER_COLUMNS,
                {
                    "Domain": "a.com",
                    "DR": "50",
                    "Links to target": "5",
                    "Dofollow links": "3",
                },
                delimiter="\t",
                is_quoted=True,
            )
        ),
    ),
    "semrush_referring_domains": (
        "example.com-backlinks_refdomains.csv",
        b"Domain ascore,Domain,Backlinks,IP Address,Country,First seen,"
        b"Last seen\n50,a.com,5,192.0.2.1,us,2025-01-01,2026-01-01\n",
    ),
    "majestic_referring_domains": (
        "example.com-refdomains.csv",
        b"Domain,TrustFlow,CitationFlow,MatchedLinks\na.com,50,40,5\n",
    ),
    "ahrefs_linked_domains": (
        "linked.csv",
        b"domain_from,domain_to,links,unique_pages,domain_to_rating\n"
        b"a.com,example.com,1,1,50\n",
    ),
    "domain_scores": (
        "scores.csv",
        b"domain,score,scale,as_of\nexample.com,61,0-100,2026-01-31\n",
    ),
    "domain_signals": (
        "signals.csv",
        b"domain,signal,value,as_of\n"
        b"example.com,Branded searches,1200,2026-01-31\n",
    ),
    "common_crawl_domain_ranks": (
        "cc-main-2024-feb-apr-may-domain-ranks.txt",
        b"#harmonicc_pos\t#harmonicc_val\t#pr_pos\t#pr_val\t#host_rev\t"
        b"#n_hosts\n1\t2.6E7\t2\t0.01\tcom.facebook\t8\n",
    ),
    "common_crawl_domain_graph": (
        "cc-main-2024-feb-apr-may-domain-outdegrees-indegrees-topin.txt",
        b"outdegree\tindegree\tname\tnumsubdomains\n9\t70\tcom.facebook\t8\n",
    ),
    "ai_citations": (
        "own_citations.csv",
        b"answer_id,platform,prompt,position,url\n"
        b"a1,ChatGPT,Which?,1,https://example.com/a\n",
    ),
    "ai_citation_rows": (
        "tracker.csv",
        b"query_id,run_id,engine,position,url,domain\n"
        b"q1,r1,chatgpt,1,https://example.com/a,example.com\n",
    ),
    "ai_answers": (
        "own_answers.csv",
        b"answer_id,platform,prompt,answered_at,brands\n"
        b"a1,ChatGPT Search,What?,2026-01-02,Acme|Zenith\n",
    ),
    "ai_references": (
        "own_references.csv",
        b"answer_id,domain,url,position\na1,example.com,,1\n",
    ),
    "study_domains": (
        "study.csv",
        b"domain,brand_aliases,category\nexample.com,Acme|Acme Corp,tools\n",
    ),
}
