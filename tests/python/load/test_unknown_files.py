"""Refusals of unknown files: the nearest format, what it lacks, what to do."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_samples import SAMPLES
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.load.column_map import ColumnMap
from unknown_files import UNKNOWN

Write = Callable[..., Path]
LACKS = "nearest is ai_citations, of which it lacks answer_id, platform and"
NOT_NEAR = "no format is near; check that"
ESSENTIALS = {
    "citations of a tracker": (
        "'Cited URL'",
        "nearest is ai_citation_rows, of which it has platform or engine",
        "load it with --map 'Cited URL=url', if that",
    ),
    "citations with ids": (
        LACKS,
        "--map run_uuid=answer_id,llm=platform,link=url,query=prompt, if that",
    ),
    "citations in German": (
        "separated by semicolons",
        "Antwort-ID=answer_id,KI-Modell=platform,Quelle=url,Frage=prompt,Rang=",
    ),
    "citations in French": ("ID réponse=answer_id,Modèle=platform,Lien=url",),
    "citations in Spanish": ("ID=answer_id,Plataforma=platform,Enlace=url",),
    "citations in Chinese": ("编号=answer_id,平台=platform,链接=url",),
    "citations of one platform": (
        LACKS,
        "--map id=answer_id,source_link=url,question=prompt --set "
        "platform=PLATFORM, if that is what these columns are and every "
        "record has that platform",
    ),
    "answers without sources": (
        "nearest is ai_answers, of which it lacks answer_id and platform",
        "--map conversation_id=answer_id,model=platform,user_query=prompt",
    ),
    "mentions per brand": (NOT_NEAR, "linksignal formats --guide"),
    "totals per domain and model": (
        "nearest is ai_totals",
        "Host=domain",
        "Times cited=citations",
    ),
    "a prompt list": (NOT_NEAR,),
    "answers under a key": (
        "at data.rows[] it has the keys 'id', 'engine', 'question'",
        "of 'sources[]' only a format file makes rows",
        'items: ["data.rows[]"]',
    ),
    "flat lines": (
        "it has the keys 'run', 'engine', 'q', 'link'",
        "--map run=answer_id,engine=platform,link=url,q=prompt",
    ),
    "answers with a list of sources": (
        "of 'search_results[]' only a format file makes rows",
        "nearest is ai_answers",
    ),
    "a list of lists": (
        "holds no object with keys, as records are; write it like",
    ),
    "an object by domain": ("the keys 'example.com'", NOT_NEAR),
    "scores in an array": (
        "the keys 'site', 'authority'; nearest is domain_scores",
        "site=domain,authority=score --set scale=0-100",
    ),
    "a list of texts": (
        "holds no object with keys, as records are; write it like",
    ),
    "totals of a page's export": (
        "nearest is backlink_profiles",
        "Website=domain,Backlinks=total_backlinks,Ref. domains=referring_",
    ),
    "ratings": (
        "nearest is domain_scores",
        "--map Site=domain,DR=score --set scale=0-100",
    ),
    "links of another tool": (
        "of which it lacks source_url and target_url",
        "'URL From=source_url,URL To=target_url,Link Text=anchor,Nofollow=",
    ),
    "links in Italian": (
        "'Pagina di origine=source_url,Pagina di destinazione=target_url'",
    ),
    "referring domains": ("'Referring domain', 'Domain rating'",),
    "keywords": (NOT_NEAR,),
    "a column renamed": (
        "nearest is semrush_backlinks, of which it has Source url, Anchor",
        "and lacks Target url; load it with --map "
        "'Target URL address=Target url'",
    ),
    "a column removed": (
        "nearest is semrush_backlinks",
        "add Target url (no column of it seems to be that)",
    ),
    "a letter too many": (
        "nearest is ai_answers, of which it has platform and lacks answer_id",
        "--map anwser_id=answer_id",
    ),
    "scores without a scale": (
        "it has domain and score and lacks scale; load it with --set "
        "scale=0-100, if every record has that scale",
    ),
    "another separator": (
        "separated by |",
        "nearest is ai_answers",
        "save it with commas, semicolons or tabs",
    ),
    "a study with more": (
        "nearest is study_domains",
        "remove the columns that it does not know ('Employees', 'Founded')",
    ),
    "a bank's statement": (NOT_NEAR,),
    "logs": (NOT_NEAR,),
    "Parquet of answers": (
        "it is Parquet",
        LACKS,
        "--map run=answer_id,engine=platform,link=url",
    ),
}


def _refused(
    raw: Any, path: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> str:
    command = ["load", str(path), "--raw", str(raw.path), "--quiet", *words]
    assert main(command) == 3
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_unknown_file_is_told_what_it_is_nearest_to(
    raw: Any, write: Write, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content = UNKNOWN[what]
    path = write(content, name)
    line = _refused(raw, path, capsys)
    assert line.startswith(f"linksignal: {name}: ")
    for words in ESSENTIALS[what]:
        assert words in line
    # What is advised without a condition that a test cannot meet, works.
    advised = re.search(r"; load it with (--.*?), if ", line)
    if advised:
        words = shlex.split(advised[1].replace("PLATFORM", "grok"))
        command = ["load", str(path), "--raw", str(raw.path), *words]
        assert main([*command, "--as-of", "2026-01-31"]) == 0
        assert raw.rows("loads")[0]["records_landed"] >= 1
        raw.check_identities()


def test_there_are_thirty_of_them() -> None:
    assert set(UNKNOWN) == set(ESSENTIALS)
    assert len(UNKNOWN) >= 30


def test_names_that_cannot_be_printed_are_not_advised(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write('"do\nmain\t",platform\nexample.com,Grok\n')
    line = _refused(raw, path, capsys)
    assert line.isprintable()
    assert "=domain" not in line
    assert "=domain" not in _refused(
        raw, path, capsys, "--format", "ai_references"
    )


def test_a_format_that_is_named_gets_its_map_too(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content = UNKNOWN["citations with ids"]
    line = _refused(
        raw, write(content, name), capsys, "--format", "ai_references"
    )
    assert "as ai_references separated by commas or " in line
    assert "it lacks the column 'answer_id', 'domain or url'" in line
    assert "load it with --map run_uuid=answer_id,link=url" in line


def test_a_format_of_ones_own_can_be_the_nearest(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        "source: t\n"
        "tables:\n"
        "  ai_answers:\n"
        "    answer_id: {from: Lauf}\n"
        "    platform: {from: Maschine}\n"
        "    prompt: {from: Wort}\n",
        "formats/mine.yml",
    )
    path = write("Lauf,Maschinen,Wort\n1,Grok,x\n")
    line = _refused(raw, path, capsys)
    assert "nearest is mine, of which it has Lauf and Wort" in line
    assert "--map Maschinen=Maschine" in line


def test_several_columns_for_one_thing_are_no_map(
    raw: Any, write: Write
) -> None:
    """A map would take the first source and lose the others."""
    text = (
        "id,engine,question,source_1,source_2\n"
        "1,ChatGPT,Which?,https://a.com/x,https://b.com/y\n"
    )
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(text, "columns.csv"))
    said = str(caught.value)
    assert "'source_1' and 'source_2' hold several values of one" in said
    assert "source_1=url" not in said


@pytest.mark.parametrize("is_list", [True, False])
def test_json_within_a_text_is_told_and_loads_once_it_is_json(
    raw: Any, write: Write, is_list: bool
) -> None:
    (_, data) = SAMPLES["openai_responses"]
    inner = json.loads(data)
    held = [inner] if is_list else inner
    kept: dict[str, Any] = {"prompt": "Which?", "answer": json.dumps(held)}
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(json.dumps([kept]), "kept.json"))
    assert "'answer' holds JSON within a text: write the JSON" in str(
        caught.value
    )
    kept["answer"] = held
    staged = raw.load(write(json.dumps([kept]), "kept.json"))
    assert staged.load.format == "openai_responses"


def test_a_cell_that_holds_json_is_told(raw: Any, write: Write) -> None:
    cell = '"{""output"": [], ""id"": ""r1""}"'
    with pytest.raises(LinksignalError, match="one to a line, with the JSON"):
        raw.load(write(f"id,question,raw_response\n1,Which?,{cell}\n", "a.csv"))


ROWS = "1,Which drill?,https://a.com/x,2026-01-30\n2,Which saw?,b.com,\n"
PLATFORM = "of which it lacks platform; load it with "
PARTS = {
    "answers without a platform": (
        "answer_id,prompt,url,answered_at\n" + ROWS,
        "'prompt' and 'answered_at' are columns of ai_citations, "
        f"{PLATFORM}--set platform=PLATFORM, if every record has that "
        "platform, or with --format ai_references, which leaves them unread",
    ),
    "answers under other names": (
        "answer_id,question,url,date\n" + ROWS,
        f"'question' is a column of ai_citations, {PLATFORM}--map "
        "question=prompt,date=answered_at --set platform=PLATFORM, if that",
    ),
    "a platform under another name": (
        "answer_id,url,engine\n1,a.com,ChatGPT\n2,b.com,Gemini\n",
        f"'engine' is a column of ai_citations, {PLATFORM}--map "
        "engine=platform, if that is what these columns are, or with",
    ),
    "answers in JSON": (
        '[{"answer_id": "1", "prompt": "Which?", "url": "https://a.com/x"}]',
        f"'prompt' is a column of ai_citations, {PLATFORM}--set platform=",
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_answers_that_lack_a_platform_are_not_taken_for_references(
    raw: Any, write: Write, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content, sentence = PARTS[what]
    path = write(content, "answers.csv")
    line = _refused(raw, path, capsys)
    assert sentence in line
    assert raw.rows("loads") == []
    advised = re.search(r"; load it with (--.*?), if ", line)
    assert advised
    words = shlex.split(advised[1].replace("PLATFORM", "Gemini"))
    command = ["load", str(path), "--raw", str(raw.path), "--quiet"]
    assert main([*command, *words]) == 0
    assert raw.column("ai_answers", "platform")[-1] == "gemini"
    assert "a.com" in raw.column("ai_references", "domain")


def test_answers_that_lack_a_platform_may_be_loaded_as_references(
    raw: Any, write: Write
) -> None:
    content, _ = PARTS["answers without a platform"]
    raw.load(write(content), format_name="ai_references")
    assert raw.column("ai_references", "domain") == ["a.com", "b.com"]
    assert raw.rows("ai_answers") == []


@pytest.mark.parametrize(
    "text",
    [
        "answer_id,kind,domain,url,position\n1,citation,a.com,a.com/x,1\n",
        "answer_id,url,date,country,Mood\n1,a.com,2026-01-30,us,good\n",
        "answer_id,url,model\n1,a.com,tractor\n",
    ],
)
def test_references_stay_references(raw: Any, write: Write, text: str) -> None:
    assert raw.load(write(text)).load.format == "ai_references"


def test_a_text_is_not_taken_for_an_id(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "prompt,answer,link\nWhich?,Acme has the best one,https://a.com/\n"
    line = _refused(raw, write(text), capsys)
    assert "answer=answer_id" not in line


def test_a_signal_can_be_set(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("domain,value\na.com,7\n")
    assert "load it with --set signal=NAME, if every" in _refused(
        raw, path, capsys
    )
    raw.load(path, column_map=ColumnMap.read(None, "signal=Visits"))
    assert raw.column("domain_signals", "signal") == ["Visits"]


def test_citations_without_a_platform_keep_their_answers_apart(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("prompt,url\nWhich drill?,a.com\nWhich saw?,a.com\n")
    assert "load it with --set platform=PLATFORM, if every record" in _refused(
        raw, path, capsys
    )
    raw.load(path, column_map=ColumnMap.read(None, "platform=grok"))
    assert raw.column("ai_answers", "platform") == ["grok", "grok"]
    assert len(set(raw.column("ai_answers", "answer_id"))) == 2


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "domain,score,scale\na.com,7,percent\n",
            "; the scales are 0-100, 0-1000, rank, centrality; fix",
        ),
        (
            "answer_id,kind,domain\n1,source,a.com\n",
            "; the words there are citation, mention, retrieval; fix",
        ),
        (
            "answer_id,platform,country\n1,Grok,Germany\n",
            "; a country is its code of two letters, such as us; fix",
        ),
        (
            "answer_id,platform,language\n1,Grok,German\n",
            "; a language is its code, such as en or en-US; fix",
        ),
    ],
)
def test_a_refusal_says_which_words_there_are(
    raw: Any,
    write: Write,
    text: str,
    hint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert hint in _refused(raw, write(text), capsys)
