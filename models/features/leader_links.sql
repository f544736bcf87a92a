with

leaders as (

    select * from {{ ref('link_leaders') }}

),

links as not materialized (

    select * from {{ ref('stg_linking_domains' if reads_handover()
        else 'stg_backlinks') }}
    where is_counted

),

pairs as (

    select
        snapshot_id,
        source_domain as linking_domain,
        sum(link_count)::bigint as links,
        coalesce(
            sum(link_count) filter (where is_follow), 0
        )::bigint as follow_links,
        max(source_page_score) as highest_page_score

    from links
    semi join leaders using (snapshot_id)
    group by snapshot_id, source_domain

)

select
    leaders.category,
    leaders.domain,
    leaders.place,
    pairs.linking_domain,
    pairs.links,
    pairs.follow_links,
    pairs.highest_page_score

from pairs
inner join leaders using (snapshot_id)
qualify
    count(*) over (
        partition by leaders.category, pairs.linking_domain
    ) >= 2
