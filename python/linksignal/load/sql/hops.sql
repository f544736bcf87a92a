-- One row per cited address on such a site, before any redirector is followed.
create table hops as
with addresses as (
    select null::varchar as address
    where false
    {%- for address, site in cited.items() %}
    union
    select {{ address }} as address
    from {{ relation }}
    where {{ site }} in (select site from redirector_sites)
    {%- endfor %}
)

select
    address,
    coalesce(unmarked(address), address) as current,
    null::integer as rule,
    false as is_titled,
    false as is_moved
from addresses;
