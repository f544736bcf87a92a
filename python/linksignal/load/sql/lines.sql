-- Every line of a text file that fits the dialect, all values as texts (or
-- truth values): which value is too long, or {{ bare }} where there is none;
-- the sites of addresses beside them.
create table line_values as
select
    {% for name, sql in kept.items() %}
    {{ sql }} as {{ name }},
    {% endfor %}
    {% if any_value or looked_at %}
    case
        {% if any_value %}
        when coalesce({{ any_value | join("::varchar, ") }}::varchar) is null
            then {{ bare }}
        {% endif %}
        {% for position in looked_at %}
        when strlen(value_{{ position }}) > {{ longest_value }}
            then {{ position }}
        {% endfor %}
    end as too_long
    {% else %}
    null::integer as too_long
    {% endif %}
from
    read_csv(
        {{ path | literal }},
        auto_detect = false,
        columns = struct_pack(
            {%- for name, kind in types.items() %}
            {{ name }} := {{ kind | literal }}{{ "," if not loop.last }}
            {%- endfor %}
        ),
        header = {{ has_header }},
        delim = {{ delimiter | literal }},
        quote = {{ quote | literal }},
        escape = {{ quote | literal }},
        compression = {{ compression | literal }},
        strict_mode = true,
        parallel = {{ is_parallel }},
        max_line_size = {{ longest_record }},
        buffer_size = {{ 2 * longest_record }},
        store_rejects = true,
        rejects_table = 'engine_faults',
        rejects_scan = 'engine_scans',
        rejects_limit = {{ most_faults }}
    );

create view lines as
select
    rowid + 1 as place,
    *
from line_values;
