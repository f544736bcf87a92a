-- One row per line that is not blank: the values of its object, or its fault.
create table records as
with objects as (
    select
        place,
        case
            when json_valid(value_0) and json_type(value_0) = 'OBJECT'
                then value_0
        end as object,
        left(value_0, 100) as value_prefix,
        {{ key_twice or "null::varchar" }} as key_twice
    from lines
    where too_long is null and stripped(value_0) <> ''
),

extracted as (
    select
        *,
        json_extract_string(
            object,
            [
                {%- for path in paths %}
                {{ path | literal }}{{ "," if not loop.last }}
                {%- endfor %}
            ]::varchar[]
        ) as found,
        -- A macro repeats its argument: in a list it stands once for all keys.
        list_transform(
            json_extract_string(
                object,
                [
                    {%- for path in plain_paths %}
                    {{ path | literal }}{{ "," if not loop.last }}
                    {%- endfor %}
                ]::varchar[]
            ),
            lambda raw: cleaned(plain_value(raw))
        ) as found_plain
    from objects
)

select
    {% for name, sql in columns.items() %}
    {{ sql }} as {{ name | file_column }},
    {% endfor %}
    place,
    case
        when key_twice is not null
            or starts_with(value_prefix, {{ key_twice_mark | literal }})
            then 'key_twice'
        when object is null then 'bad_json'
    end as fault,
    coalesce(key_twice, value_prefix) as value_prefix
from extracted;
