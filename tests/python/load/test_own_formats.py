"""Format files of the user's: they load, and a wrong one is told."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from export_samples import SAMPLES
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.format_file import FORMATS_DIR, read_formats
from linksignal.load.format_schema import format_schema, problems_of
from linksignal.load.own_formats import find_formats, read_own_format

Write = Callable[..., Path]
SOUND = """
source: tracker
tables:
  ai_answers:
    answer_id: {from: Run}
    platform: {from: Engine}
  ai_references:
    answer_id: {from: Run}
    kind: {value: citation}
    domain: {from: Site}
"""
FILE = "Run,Engine,Site\n1,ChatGPT,example.com\n"


def test_a_format_is_one_file(raw: Any, write: Write) -> None:
    write(
        "source: Tracker\n"
        "delimiters: ['|']\n"
        "null_tokens: ['-', n/a]\n"
        "tables:\n"
        "  ai_answers:\n"
        "    answer_id: {from: Run}\n"
        "    platform:\n"
        "      from: Engine\n"
        "      parse: choice\n"
        "      choices: {X1: ChatGPT, x2: gemini}\n"
        "    answered_at: {from: Time, parse: unix_timestamp}\n"
        "  ai_references:\n"
        "    answer_id: {from: Run, parse: identifier, missing: reject}\n"
        "    domain: {from: Site, parse: domain}\n"
        "    kind: {value: mention}\n"
        "only_with: {ai_references: domain}\n",
        "formats/tracker.yml",
    )
    text = (
        "Run|Engine|Time|Site\n"
        "1|X1|1700000000|example.com\n"
        "1|X1|1700000000|example.org\n"
        "2|x2|-|n/a\n"
    )
    staged = raw.load(write(text, "tracker.txt"))
    assert raw.column("ai_answers", "record_number") == [1, 3]
    assert raw.column("ai_answers", "platform") == ["chatgpt", "gemini"]
    moments = raw.column("ai_answers", "answered_at")
    assert moments == [datetime(2023, 11, 14, 22, 13, 20), None]
    assert raw.column("ai_references", "record_number") == [1, 2]
    assert raw.column("ai_references", "source") == ["tracker", "tracker"]
    assert (staged.load.fates.landed, staged.load.fates.duplicates) == (3, 0)


def test_what_a_format_leaves_out_is_read_as_it_usually_is(
    raw: Any, write: Write
) -> None:
    write(
        "source: t\n"
        "tables:\n"
        "  backlink_profiles:\n"
        "    domain: {from: Site}\n"
        "    total_backlinks: {from: Links}\n"
        "  domain_scores:\n"
        "    domain: {from: Site}\n"
        "    score: {from: Score}\n"
        "    scale: {value: 0-100}\n"
        "every_row:\n"
        "  as_of: {from: Day}\n",
        "formats/totals.yml",
    )
    raw.load(
        write(
            "Site,Links,Score,Day\n"
            "https://www.Example.com/,1e2,50,2026-01-02\n"
            "blog.example.org,1,1,2026-01-02\n"
            "example.net,ten,1,2026-01-02\n"
            "example.io,1,101,2026-01-02\n"
        ),
        max_rejected=0.5,
    )
    (row,) = raw.rows("backlink_profiles")
    assert (row["domain"], row["total_backlinks"]) == ("example.com", 100)
    assert str(row["as_of"]) == "2026-01-02"
    assert raw.rows("loads")[0]["records_skipped"] == 1
    assert raw.rejected() == [
        (3, "Links", "not_a_number"),
        (4, "Score", "out_of_range"),
    ]


def test_a_source_that_is_no_address_is_skipped(raw: Any, write: Write) -> None:
    write(SOUND, "formats/t.yml")
    staged = raw.load(
        write(
            "Run,Engine,Site\n"
            "1,Grok,www.example.com\n"
            "2,Grok,https://example.org/a b\n"
            "3,Grok,Url is copyrighted\n"
            "4,Grok,\n"
        )
    )
    found = raw.column("ai_references", "domain")
    assert found == ["example.com", "example.org"]
    assert staged.load.fates.skip_reasons == {"no_source": 2}
    assert raw.rejected() == []


def test_a_folder_that_is_named_goes_before_the_one_beside(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("nonsense", "formats/broken.yml")
    write(SOUND, "mine/tracker.yml")
    file = write(FILE)
    folder = str(file.parent / "mine")
    words = ["load", str(file), "--raw", str(raw.path), "--as-of", "2026-01-31"]
    assert main([*words, "--formats", folder]) == 0
    said = capsys.readouterr().out
    assert f"tracker (your {folder}/tracker.yml) → ai_answers" in said
    assert main(["formats", "--formats", folder]) == 0
    said = capsys.readouterr().out
    assert f"Your own, in {folder}:\ntracker " in said
    assert main(["formats", "tracker", "--formats", folder]) == 0
    assert "ai_answers.platform (platform)" in capsys.readouterr().out


def test_a_format_of_ones_own_goes_before_one_that_fits_as_well(
    raw: Any, write: Write
) -> None:
    write(
        "source: mine\n"
        "tables:\n"
        "  domain_scores:\n"
        "    domain: {from: domain}\n"
        "    score: {from: score}\n"
        "    scale: {from: scale}\n",
        "formats/my_scores.yml",
    )
    file = write("domain,score,scale\nexample.com,1,rank\n")
    assert raw.load(file).load.format == "my_scores"


@pytest.mark.parametrize("name", ["a b.yml", "A.yml", "x'.yml", "1.yml"])
def test_a_name_that_is_none_is_told(raw: Any, write: Write, name: str) -> None:
    path = write(SOUND, f"formats/{name}")
    with pytest.raises(LinksignalError, match="rename the file") as caught:
        find_formats(raw.path)
    assert str(caught.value).startswith(f"{path}: ")


def test_no_format_takes_the_place_of_another(raw: Any, write: Write) -> None:
    write(SOUND, "formats/ai_answers.yml")
    with pytest.raises(LinksignalError, match="there is already a format"):
        find_formats(raw.path)


def test_a_link_out_of_the_folder_is_not_read(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    secret = write("secret: word", "elsewhere/secret.txt")
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "x.yml").symlink_to(secret)
    with pytest.raises(LinksignalError, match="leads out") as caught:
        find_formats(raw.path)
    assert "word" not in str(caught.value)


def test_a_format_file_that_cannot_be_used_hides_no_other_format(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("source: x\ntables: [", "formats/broken.yml")
    write("source: x", "formats/semrush_backlinks.yml")
    in_raw = ("--raw", str(raw.path))
    assert main(["formats", "openai_responses", *in_raw]) == 0
    page = capsys.readouterr()
    assert "openai_responses" in page.out
    assert "warning: " in page.err
    assert "broken.yml" in page.err
    assert main(["formats", *in_raw]) == 2
    listed = capsys.readouterr()
    assert "openai_responses" in listed.out
    assert "broken.yml" in listed.err
    assert main(["formats", "broken", *in_raw]) == 2
    assert "broken.yml" in capsys.readouterr().err


def test_a_folder_without_formats_is_told_when_it_is_named(
    raw: Any, tmp_path: Path
) -> None:
    (tmp_path / "formats").mkdir()
    assert find_formats(raw.path).own == []
    for folder in (tmp_path / "formats", tmp_path / "nowhere"):
        with pytest.raises(LinksignalError) as caught:
            find_formats(raw.path, folder)
        assert caught.value.exit_code is ExitCode.CONFIGURATION


WRONG = [
    ("source: tracker", "origin: tracker", "it lacks source; add it"),
    ("source: tracker", "source: my tool", "source cannot be 'my tool'"),
    (
        "source: tracker",
        "source: tracker\nfoo: 1",
        "there is no key 'foo' here; the keys are description, how, source",
    ),
    (
        "ai_references:",
        "ai_refs:",
        "tables: there is no key 'ai_refs' here (did you mean ai_references?)",
    ),
    (
        "domain: {",
        "site: {",
        "tables.ai_references: there is no key 'site' here; the keys are",
    ),
    (
        "{from: Engine}",
        "{frm: Engine}",
        "tables.ai_answers.platform: there is no key 'frm' here (did you mean "
        "from?); the keys are",
    ),
    (
        "{from: Engine}",
        "{from: Engine, parse: host}",
        "tables.ai_answers.platform.parse cannot be 'host'; it can be "
        "platform, choice",
    ),
    (
        "{from: Engine}",
        "{from: Engine, min: 1}",
        "platform: there is no key 'min' here",
    ),
    (
        "{from: Engine}",
        "{from: 1}",
        'platform.from is read as a number; write it in quotes, "1"',
    ),
    (
        "{from: Engine}",
        "{from: no}",
        'from is read as true or false; write it in quotes, "false"',
    ),
    ("{from: Engine}", "{from: []}", "platform.from is an empty list"),
    ("{from: Engine}", "{from: {a: b}}", "platform.from is keys and values"),
    ("{from: Engine}", "Engine", "platform is a text; give it keys and values"),
    ("{from: Engine}", "", "platform says nothing; give it keys and values"),
    ("{from: Engine}", "{}", "platform: it has neither a from nor a value"),
    ("{from: Engine}", "{from: .x}", "'.x' is about an element of a list"),
    (
        "{from: Engine}",
        "{value: Grokk}",
        "platform: 'Grokk' is none of chatgpt",
    ),
    (
        "{from: Engine}",
        "{from: a, value: grok}",
        "platform: it has a from and a value; keep one",
    ),
    (
        "{from: Engine}",
        "{from: a, parse: choice}",
        "platform: parse: choice needs choices; say which text",
    ),
    (
        "{from: Engine}",
        "{from: a, parse: choice, choices: {x: llama}}",
        "platform: 'llama' is none of",
    ),
    (
        "{from: Engine}",
        "{from: a, choices: {1: chatgpt}}",
        "platform.choices.1 has a key that is read as a number; write it in "
        'quotes, "1"',
    ),
    (
        "{from: Engine}",
        "{from: a, patterns: {'(': chatgpt}}",
        "platform: '(' is not a pattern (",
    ),
    ("value: citation", "value: cited", "kind: 'cited' is none of citation"),
    (
        "    kind: {value: citation}\n",
        "",
        "tables.ai_references: it lacks kind; add kind: {value: citation}",
    ),
    (
        "    domain: {from: Site}\n",
        "",
        "tables.ai_references: it lacks a domain or a brand; add one",
    ),
    (
        "    platform: {from: Engine}\n",
        "",
        "tables.ai_answers: it lacks platform; add it",
    ),
    (
        "answer_id: {from: Run}",
        "answer_id: {from: Run, parse: digest}",
        "parse: digest identifies records that hold lists",
    ),
    (
        SOUND,
        "source: t\nanswer_text: [a]\ntables: {study_domains: {domain: "
        "{from: d}}}\n",
        "answer_text needs tables.ai_answers.answer_id; add it",
    ),
    (
        "source: tracker",
        "source: tracker\ncontainers: [xls]",
        "containers[1] cannot be 'xls'; it can be csv, json",
    ),
    (
        "source: tracker",
        "source: tracker\ncontainers: [json]",
        "containers with json and items belong together",
    ),
    (
        "source: tracker",
        "source: tracker\ncontainers: [json]\nitems: ['a[b']",
        "items[1] cannot be 'a[b'",
    ),
    (
        "source: tracker",
        "source: tracker\nonly_with: {ai_references: score}",
        "only_with.ai_references: it fills no column score there",
    ),
    (
        "source: tracker",
        "source: tracker\nsource: other",
        "the key 'source' occurs twice in line 3",
    ),
    ("{from: Engine}", "{from: Engine", "it is not YAML: "),
    ("{from: Engine}", "{from: !!python/name:os.system x}", "it is not YAML: "),
    ("{from: Engine}", '{from: "a\\0b"}', "holds a character that cannot"),
    ("{from: Engine}", "&a [*a]", "platform is a list"),
    (SOUND, "[" * 10_000, "it is not YAML"),
    (SOUND, "x" * 100_001, "it has more than 100,000 bytes"),
    (SOUND, "", "the file says nothing"),
    (SOUND, "source: t\ntables: {}\n", "it fills no raw table"),
    (SOUND, "- a\n", "the file is a list"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_a_wrong_format_file_gets_one_sentence(
    raw: Any,
    write: Write,
    old: str,
    new: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert old in SOUND
    path = write(SOUND.replace(old, new, 1), "formats/wrong.yml")
    file = write(FILE)
    assert main(["load", str(file), "--raw", str(raw.path)]) == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith(f"linksignal: {path}: ")
    assert words in line
    assert not raw.path.exists()


def test_a_pattern_that_would_take_for_ever_does_not(
    raw: Any, write: Write
) -> None:
    fields = "every_row: {as_of: {from: d, file_name: '(a+)+$'}}"
    write(f"{SOUND}{fields}\n", "formats/slow.yml")
    name = f"{'a' * 40}b.csv"
    raw.load(write("Run,Engine,Site,d\n1,Grok,a.com,\n", name))
    assert raw.column("ai_answers", "platform") == ["grok"]


def test_bytes_that_are_no_text_are_told(raw: Any, write: Write) -> None:
    write(b"source: \xff", "formats/wrong.yml")
    with pytest.raises(LinksignalError, match="is not UTF-8 text"):
        find_formats(raw.path)


def test_what_a_format_says_is_never_run_as_sql(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    stolen = write("secret\nword\n", "secret.csv")
    attack = f"x\"') UNION SELECT * FROM read_csv('{stolen}') --"
    quoted = json.dumps(attack)
    write(
        "source: t\n"
        f"null_tokens: [{quoted}]\n"
        "tables:\n"
        "  ai_answers:\n"
        f"    answer_id: {{from: {quoted}}}\n"
        "    platform:\n"
        "      from: p\n"
        f"      choices: {{{quoted}: chatgpt}}\n"
        f"      patterns: {{{json.dumps(re_escaped(attack))}: gemini}}\n"
        f"    prompt: {{from: q, default: {quoted}}}\n"
        "lists:\n"
        "  l:\n"
        f"    split: {quoted}\n"
        "    tables:\n"
        "      ai_references:\n"
        f"        answer_id: {{from: {quoted}}}\n"
        "        kind: {value: citation}\n"
        f"        domain: {{from: [{json.dumps('.' + attack)}, .]}}\n",
        "formats/t.yml",
    )
    header = ",".join(
        f'"{n}"' for n in (attack.replace('"', '""'), "p", "q", "l")
    )
    raw.load(write(f"{header}\na1,{'ChatGPT'},,example.com\n"))
    (answer,) = raw.rows("ai_answers")
    assert (answer["answer_id"], answer["prompt"]) == ("a1", attack)
    assert raw.column("ai_references", "domain") == ["example.com"]


def re_escaped(text: str) -> str:
    return "".join(f"[{each}]" if each in "()*.[]" else each for each in text)


def test_the_schema_is_one_that_editors_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["formats", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema == format_schema()


def _said(value: Any) -> bool:
    validator = jsonschema.Draft202012Validator(format_schema())
    return not validator.is_valid(value)


@pytest.mark.parametrize("name", read_formats())
def test_an_editor_and_the_loader_agree(name: str) -> None:
    said = yaml.safe_load((FORMATS_DIR / f"{name}.yml").read_text("utf-8"))
    assert not _said(said)
    draws = random.Random(name)
    for _ in range(40):
        broken = _mutated(copy.deepcopy(said), draws)
        assert _said(broken) == bool(list(problems_of(broken)))


def _mutated(value: Any, draws: random.Random) -> Any:
    """Change one place of a format file, somewhere."""
    others = [None, True, 3, "x", "", [], ["a"], {}, {"a": "b"}, [{}]]
    if not isinstance(value, dict | list) or not value or draws.random() < 0.1:
        return draws.choice(others)
    if isinstance(value, list):
        at = draws.randrange(len(value))
        value[at] = _mutated(value[at], draws)
        return value
    key = draws.choice(sorted(value))
    change = draws.random()
    if change < 0.1:
        del value[key]
    elif change < 0.2:
        value[draws.choice(["x", "from", "value", "tables"])] = value.pop(key)
    else:
        value[key] = _mutated(value[key], draws)
    return value


def test_a_mutated_format_is_told_or_loads_and_never_breaks(
    raw_dirs: Callable[[str], Any], write: Write
) -> None:
    draws = random.Random(1)
    loaded = told = 0
    for number in range(120):
        name = draws.choice(sorted(SAMPLES))
        said = yaml.safe_load((FORMATS_DIR / f"{name}.yml").read_text("utf-8"))
        path = write(
            yaml.safe_dump(_mutated(said, draws), allow_unicode=True),
            f"formats{number}/mutated.yml",
        )
        try:
            read_own_format(path)
        except LinksignalError as error:
            assert str(error).startswith(f"{path}: ")
            told += 1
            continue
        if loaded < 25:
            file = write(SAMPLES[name][1], SAMPLES[name][0])
            try:
                raw_dirs(f"raw{number}").load(
                    file,
                    formats=path.parent,
                    format_name="mutated",
                    max_rejected=1.0,
                    domain=None,
                )
            except LinksignalError as error:
                assert str(error)
            loaded += 1
    assert loaded > 10
    assert told > 10
