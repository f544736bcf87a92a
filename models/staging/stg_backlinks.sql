{%- set content = [
    'source_url', 'source_domain', 'target_url', 'anchor', 'link_kind',
    'is_text', 'is_image', 'is_form', 'is_frame', 'is_nofollow', 'is_ugc',
    'is_sponsored', 'source_page_score', 'first_seen', 'last_seen', 'is_lost',
] -%}

with

backlinks as not materialized (

    select * from {{ raw('backlinks') }}

),

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_newest and is_in_study

),

newest as not materialized (

    select
        snapshots.snapshot_id,
        snapshots.is_several_loads,
        backlinks.*

    from backlinks
    inner join snapshots using (target_domain, source, as_of)

),

-- A record can only stand twice where several loads make up a snapshot: within
-- one load the raw contract has none. Two hashes make a collision impossible
-- in practice.
links as not materialized (

    select
        snapshot_id,
        target_domain,
        source,
        as_of,
        {{ content | join(',\n        ') }}

    from newest
    where not is_several_loads
    union all
    select
        snapshot_id,
        any_value(target_domain) as target_domain,
        any_value(source) as source,
        any_value(as_of) as as_of,
        {%- for column in content %}
        any_value({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from newest
    where is_several_loads
    group by
        snapshot_id,
        hash(row({{ content | join(', ') }})),
        hash(row({{ content | reverse | join(', ') }}, 1))

)

select
    *,
    is_nofollow is not true as is_follow,
    source_domain is not distinct from target_domain as is_self_link,
    is_lost is not true
    and source_domain is distinct from target_domain as is_counted

from links
