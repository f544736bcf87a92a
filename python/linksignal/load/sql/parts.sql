-- Records and the elements of their lists, one row each. An element takes the
-- digest of its record along, not its long texts. Every element has a number
-- of its own among all lists of its record.
create {{ "table" if is_small else "view" }} digested as
with told as (
    select
        {% for name, texts in digests.items() %}
        [{{ texts | join(", ") }}] as texts_{{ loop.index0 }},
        {% endfor %}
        true as is_told,
        *
    from records
    {% if has_brands %}left join brand_lists using (place){% endif %}
)

select
    {% for name in digests %}
    case
        when list_count(texts_{{ loop.index0 }}) > 0
            then digest(texts_{{ loop.index0 }})
    end as {{ name | file_column }},
    {% endfor %}
    * exclude (
        is_told
        {%- for name in digests -%}
        , texts_{{ loop.index0 }}
        {%- endfor -%}
    )
from told;

create table parts as
with own as (
    select
        {% for name, sql in own_columns.items() %}
        {{ sql }} as {{ name | file_column }},
        {% endfor %}
        place,
        0 as part,
        null::varchar as list
    from digested
){% for each in lists %},

elements_{{ loop.index0 }} as (
    select
        *,
        list_elements(
            {{ each.column | file_column }}, {{ each.split | literal }}
        ) as elements
    from digested
    where
        {{ is_wanted }}
        {% for column in each.unless %}
        and not says_yes({{ column | file_column }})
        {% endfor %}
),

numbered_{{ loop.index0 }} as (
    select
        *,
        unnest(elements) as element,
        generate_subscripts(elements, 1) as element_number
    from elements_{{ loop.index0 }}
){% endfor %}

select * from own
{%- for each in lists %}
union all
select
    {% for name, sql in each.columns.items() %}
    {{ sql }} as {{ name | file_column }},
    {% endfor %}
    place,
    {{ lists | length }} * element_number + {{ loop.index0 }} as part,
    {{ each.name | literal }} as list
from numbered_{{ loop.index0 }}
{%- endfor %};
