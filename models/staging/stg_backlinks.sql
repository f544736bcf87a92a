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
        target_domain,
        source,
        as_of,
        {{ content | join(',\n        ') }},
        snapshot_id

    from newest
    where not is_several_loads
    union all
    select
        {%- for column in ['target_domain', 'source', 'as_of'] + content %}
        any_value({{ column }}) as {{ column }},
        {%- endfor %}
        snapshot_id

    from newest
    where is_several_loads
    group by
        snapshot_id,
        hash(row({{ content | join(', ') }})),
        hash(row({{ content | reverse | join(', ') }}, 1))

)

select
    *,
    not coalesce(is_nofollow, false) as is_follow,
    coalesce(source_domain = target_domain, false) as is_self_link,
    not coalesce(is_lost or source_domain = target_domain, false) as is_counted

from links
