-- Every address one redirector further. A rule is the row of redirectors.csv
-- that the address has matched, NULL once it leads no further.
create or replace table hops as
with parts as (
    select
        *,
        site_host(address_site(current)) as host,
        address_rest(current) as rest
    from hops
),

ruled as (
    select
        *,
        case
            {% for number, each in rules.items() %}
            when
                regexp_full_match(host, {{ each.host | literal }})
                and regexp_matches(rest, {{ each.page | literal }})
                then {{ number }}
            {% endfor %}
        end as found
    from parts
),

targets as (
    select
        *,
        web_address(
            case found
                {% for number, target in targets.items() %}
                when {{ number }} then {{ target }}
                {% endfor %}
            end
        ) as target
    from ruled
)

select
    address,
    coalesce(target, current) as current,
    target is not null as is_moved,
    found as rule,
    is_titled or coalesce(
        found in ({{ titled | join(", ") }}), false
    ) as is_titled
from targets;
