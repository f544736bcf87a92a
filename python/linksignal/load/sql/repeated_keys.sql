-- How many forms of a line have a key that stands twice in an object. The
-- keys of most lines are the same, so they are looked at once.
with found as (
    select {{ keys }} as keys
    from lines
    where json_valid(value_0)
),

forms as (
    select any_value(keys) as keys
    from found
    group by keys::varchar
)

select count(*) as form_count
from forms
where repeated_key(keys) is not null;
