"""What the loader's SQL templates are filled in with to be linted.

sqlfluff takes the names of this module for those of the templates, which it
finds by ``python/linksignal/load/sql/.sqlfluff``.
"""

from linksignal.load.engine import FILTERS

SQLFLUFF_JINJA_FILTERS = FILTERS

highest_count = 9007199254740992
key = "place, part"
relation = "records"
condition = "refusal is null and skip is null"
conditions = {"rejected_parts": "part = 0", "rejected_elements": "part > 0"}
tables = ["ai_answers", "ai_references"]
columns = {"text_0": "cleaned(answer_id)", "text_1": "cleaned(platform)"}
constants = {"source": "'semrush'"}
notes = ["redirector", "control_characters"]
is_per_record = True

digest = "hash(answer_id)"
repeats = "repeats:ai_answers"
rows = "rows:ai_answers"
content = ["answer_id", "as_of"]
order = ["answered_at desc nulls last", "place"]
has_suspects = True

numbers = host_numbers = [0, 3]
number = 3
is_apart = True
most_labels = 4

has_lists = True
readings = [
    {
        "form": "text_0",
        "value": "value_0",
        "reason": "reason_0",
        "skip": "skip_0",
        "is_fixed": False,
        "refusal": "count_reason(text_0, value_0, 0, 100)",
        "skipped": "null",
        "parsed": {"value": "count_value(text_0)"},
        "text": {"shown_as": "Total backlinks"},
    }
]
refusals = {"": readings, "sources": readings}
skips = {"": ["empty", "skip_0"], "sources": ["skip_0"]}

digests = {"digest of prompt": ["cleaned(prompt)", "null::varchar"]}
own_columns = {"prompt": "prompt", "sources[].url": "null::varchar"}
lists = [
    {
        "name": "sources",
        "column": "sources",
        "split": ";",
        "unless": ["citations"],
        "columns": {
            "prompt": "null::varchar",
            "sources[].url": "json_extract_string(element, '$.url')",
        },
    }
]
is_wanted = "true"

paths = ["first.parquet", "second.parquet"]
