"""Files that fit no format: other tools, other shapes, near misses."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def document(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def lines(*values: Any) -> bytes:
    return "".join(
        json.dumps(value, ensure_ascii=False) + "\n" for value in values
    ).encode()


def parquet(*rows: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), file)
    return file.getvalue()


URL = "https://www.example.com/drills"
SEMRUSH = (
    "Page ascore,Source title,Source url,Target url,Anchor,External links,"
    "Internal links,Nofollow,Sponsored,Ugc,Text,Frame,Form,Image,Sitewide,"
    "First seen,Last seen,New link,Lost link"
)
LINK = (
    "12,t,https://a.com/,https://t.com/,x,1,1,false,false,false,true,"
    "false,false,false,false,2024-05-01,2024-05-02,false,false\n"
)

UNKNOWN: dict[str, tuple[str, str | bytes]] = {
    # Trackers of AI answers, flat.
    "citations of a tracker": (
        "citations.csv",
        "Date,Engine,Prompt,Cited URL,Rank\n"
        f"2026-01-02,ChatGPT,Which?,{URL},1\n",
    ),
    "citations with ids": (
        "citations.csv",
        f"run_uuid,llm,query,link\nu1,Perplexity,Which?,{URL}\n",
    ),
    "citations in German": (
        "zitate.csv",
        f"Antwort-ID;KI-Modell;Frage;Quelle;Rang\na1;ChatGPT;Welche?;{URL};1\n",
    ),
    "citations in French": (
        "citations.csv",
        f"ID réponse;Modèle;Requête;Lien\na1;Gemini;Laquelle ?;{URL}\n",
    ),
    "citations in Spanish": (
        "citas.csv",
        f"ID,Plataforma,Consulta,Enlace,Posición\n1,Copilot,¿Cuál?,{URL},2\n",
    ),
    "citations in Chinese": (
        "yinyong.csv",
        f"编号,平台,问题,链接\n1,DeepSeek,哪个?,{URL}\n",
    ),
    "citations of one platform": (
        "grok.csv",
        f"id,question,source_link\n1,Which?,{URL}\n",
    ),
    "answers without sources": (
        "answers.csv",
        "conversation_id,model,user_query,response\nc1,gpt-5,Which?,Acme.\n",
    ),
    "mentions per brand": (
        "mentions.csv",
        "Brand,Visibility,Sentiment,Position\nAcme,45%,0.7,2\n",
    ),
    "totals per domain and model": (
        "domains.csv",
        "Host,AI engine,Times cited\nexample.com,ChatGPT,12\n",
    ),
    "a prompt list": (
        "prompts.csv",
        "prompt,volume,intent\nWhich drill?,100,buy\n",
    ),
    # JSON of other shapes.
    "answers under a key": (
        "export.json",
        document(
            {
                "meta": {"exported": "2026-01-31"},
                "data": {
                    "rows": [
                        {
                            "id": "1",
                            "engine": "ChatGPT",
                            "question": "Which?",
                            "sources": [{"url": URL}],
                        }
                    ]
                },
            }
        ),
    ),
    "flat lines": (
        "answers.jsonl",
        lines(
            {"run": "1", "engine": "Gemini", "q": "Which?", "link": URL},
            {"run": "2", "engine": "Grok", "q": "Why?", "link": URL},
        ),
    ),
    "answers with a list of sources": (
        "results.jsonl",
        lines(
            {
                "id": "1",
                "question": "Which?",
                "result": "Acme.",
                "search_results": [{"title": "A", "url": URL}],
            },
            {"id": "2", "question": "Why?", "result": "", "search_results": []},
        ),
    ),
    "a list of lists": ("table.json", document([["a", "b"], [1, 2]])),
    "an object by domain": (
        "metrics.json",
        document({"example.com": {"backlinks": 3, "dr": 5}}),
    ),
    "scores in an array": (
        "scores.json",
        document([{"site": "example.com", "authority": 55}]),
    ),
    "a list of texts": ("urls.json", document([URL])),
    # Link tools.
    "totals of a page's export": (
        "bulk.csv",
        "Website,Backlinks,Ref. domains,Follow,Nofollow\n"
        "example.com,100,10,80,20\n",
    ),
    "ratings": (
        "dr.csv",
        "Site;DR;Traffic\nexample.com;55;1000\n",
    ),
    "links of another tool": (
        "links.csv",
        "URL From,URL To,Link Text,Nofollow\n"
        "https://a.com/,https://t.com/,x,false\n",
    ),
    "links in Italian": (
        "link.csv",
        "Pagina di origine,Pagina di destinazione,Testo\n"
        "https://a.com/,https://t.com/,x\n",
    ),
    "referring domains": (
        "refdomains.csv",
        "Referring domain,Domain rating,Dofollow links,First seen\n"
        "a.com,50,3,2024-01-01\n",
    ),
    "keywords": (
        "keywords.csv",
        "Keyword,Position,Search volume,CPC\ndrill,3,1000,0.5\n",
    ),
    # Near misses of known formats.
    "a column renamed": (
        "semrush.csv",
        f"{SEMRUSH.replace('Target url', 'Target URL address')}\n{LINK}",
    ),
    "a column removed": (
        "semrush.csv",
        f"{SEMRUSH.replace('Target url,', '')}\n"
        + LINK.replace("https://t.com/,", ""),
    ),
    "a letter too many": (
        "answers.csv",
        "anwser_id,platform,prompt\n1,ChatGPT,Which?\n",
    ),
    "scores without a scale": (
        "scores.csv",
        "domain,score\nexample.com,55\n",
    ),
    "another separator": (
        "answers.txt",
        "answer_id|platform|prompt\n1|ChatGPT|Which?\n",
    ),
    "a study with more": (
        "study.csv",
        "Domain,Employees,Founded\nexample.com,10,1999\n",
    ),
    # Nothing of the kind.
    "a bank's statement": (
        "statement.csv",
        "Booked,Amount,Currency\n2026-01-01,12.50,EUR\n",
    ),
    "logs": (
        "server.log",
        "GET /index.html 200 512 Mozilla\nGET /a.html 404 12 curl\n",
    ),
    "Parquet of answers": (
        "answers.parquet",
        parquet({"run": "1", "engine": "ChatGPT", "link": URL}),
    ),
}
