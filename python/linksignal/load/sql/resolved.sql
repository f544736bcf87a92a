-- The records (and elements) with targets in the place of redirectors.
create table resolved as
with {% for each in redirects %}
at_{{ each.redirect }} as (
    select
        address,
        redirects as {{ each.redirect }}
    from redirects
),
{% endfor %}

replaced as (
    select
        {% for each in redirects %}
        at_{{ each.redirect }}.{{ each.redirect }},
        {% endfor %}
        {{ relation }}.* replace (
            {%- for name, sql in columns.items() %}
            {{ sql }} as {{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        )
    from {{ relation }}
    {% for each in redirects %}
    left join at_{{ each.redirect }}
        on at_{{ each.redirect }}.address = {{ each.address }}
    {% endfor %}
),

told as (
    select
        * exclude ({{ redirects | join(", ", attribute="redirect") }}),
        (
            {%- for each in redirects %}
            {{ "or" if not loop.first }} (
                {{ each.redirect }} is not null
                and not {{ each.redirect }}.is_placeholder
            )
            {%- endfor %}
        ) as is_behind,
        (
            {%- for each in redirects %}
            {{ "or" if not loop.first }} {{ each.address }} is not null
            {%- endfor %}
        ) as has_source
    from replaced
)

select
    * exclude (is_behind, has_source),
    is_behind and not has_source as is_redirector,
    is_behind and has_source as is_resolved
from told;

drop table redirects;
