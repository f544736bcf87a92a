-- One row per record (and element): what each field of the format finds in
-- it, before it is read. Sites are cut off the finished texts: a macro repeats
-- the whole expression of its argument, and a plan is made of every copy.
create {{ "table" if is_small else "view" }} texts as
with found as (
    select
        {% for name, sql in columns.items() %}
        {{ sql }} as {{ name | identifier }},
        {% endfor %}
        place
    from {{ relation }}
)

select
    {% for number in sites %}
    address_site(text_{{ number }})
        as site_{{ number }},
    {% endfor %}
    *
from found;
