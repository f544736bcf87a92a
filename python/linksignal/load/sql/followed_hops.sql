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

-- Step by step: a macro repeats the whole expression of its argument.
wrapped as (
    select
        *,
        case found
            {% for number, target in targets.items() %}
            when {{ number }}
                then nullif(regexp_extract(rest, {{ target | literal }}, 1), '')
            {% endfor %}
        end as spelled
    from ruled
),

led as (
    select
        *,
        case
            {% for decode, numbers in decoders.items() %}
            when found in ({{ numbers | join(", ") }})
                then {{ decode }}
            {% endfor %}
            else spelled
        end as led_to
    from wrapped
),

targets as (
    select
        *,
        web_address(led_to) as target
    from led
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
