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
records, elements, skipped = "part = 0", "part > 0", "skip is not null"
conditions = {"rejected_parts": "part = 0", "rejected_elements": "part > 0"}
tables = ["ai_answers", "ai_references"]
columns = {"text_0": "cleaned(answer_id)", "text_1": "cleaned(platform)"}
constants = {"source": "'semrush'"}
notes = ["redirector", "control_characters"]
is_per_record = True
file_number = "file_number(place)"
file_numbers = [1, 3]
first_rows = [0, 2]
load_ids = ["ai_answers-0123456789ab", "ai_answers-ab0123456789"]

digest = "hash(answer_id)"
repeats = "repeats:ai_answers"
rows = "rows:ai_answers"
content = ["answer_id", "as_of"]
order = ["answered_at desc nulls last", "place"]
has_repeats = True

numbers = host_numbers = [0, 3]
number = 3
is_apart = True
is_shared = False
most_labels = 4
most_links = 10_000

domain = "backlink_profiles.domain"
sums = ["backlink_profiles.total_backlinks"]
counted = "backlink_profiles.referring_domains"
has_lists = True
empty_codes = ["not_fetched"]
readings = [
    {
        "form": "text_0",
        "value": "value_0",
        "reason": "reason_0",
        "skip": "skip_0",
        "place": 0,
        "is_fixed": False,
        "refusal": "count_reason(text_0, value_0, 0, 100)",
        "skipped": "null",
        "parsed": {"value": "count_value(text_0)"},
        "column": "'Total backlinks'",
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
has_brands = True
list_name = "brands in the text"

sites = ["address_site(url)"]
hosts = "(?:vertexaisearch[.]cloud[.]google[.]com)"
addresses = ["cleaned(url)"]
cited = {"cleaned(url)": "address_site(url)"}
is_small = False
rules = {0: {"host": "google[.]com", "page": "^/url"}}
targets = {0: "[?&]q=([^&#]*)"}
decoders = {"percent_decoded(spelled)": [0]}
titled = [0]
redirects = [{"redirect": "redirect_0", "address": "cleaned(url)"}]

names = ["Total", "Follow"]
values = {"url": "value_0", "domain": "value_1"}
is_one_column = True
key_twice = "repeated_key([json_keys(value_0)])"
keys = "[json_keys(value_0)]"
paths = ["first", "second"]
plain_paths = ["third", "outer.third"]
is_distinct = False
key_twice_mark = "key twice: "
path = "input.csv"
longest = longest_value = 2000000
longest_record = 16000000
nested = {"url": False, "sources": True}
types = {"value_0": "VARCHAR", "value_1": "BOOLEAN"}
kept = {"value_0": "value_0", "site_0": "site_of(value_0)"}
has_header = "true"
delimiter = ","
quote = '"'
compression = "none"
is_parallel = "true"
looked_at = [0]
any_value = ["value_0", "value_1"]
bare = -1
most_faults = 1000000
first_slot = 1
reasons = {"MISSING COLUMNS": "too_few_columns"}
about = "coalesce(target, '')"
expected = "total_count"
column = "mode"
examples = 3
has_shifts = True
contracted = ["load_id::varchar as load_id", "domain::varchar as domain"]
whole = ["'as_is'"]
