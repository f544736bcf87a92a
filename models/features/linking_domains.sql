{{ config(
    enabled=on_spark(),
    post_hook="{{ hand_over('linking_domains') }}",
) }}

with

links as {{ inlined() }} (

    select * from {{ ref('stg_backlinks') }}
    where is_counted

),

-- Nobody asks for the links of a domain that links to one domain alone.
shared as (

    select source_domain

    from links
    group by source_domain
    having min(snapshot_id) < max(snapshot_id)

)

select
    snapshot_id,
    target_domain,
    source_domain,
    is_follow,
    sum(link_count)::bigint as link_count,
    max(source_page_score) as source_page_score

from links
semi join shared using (source_domain)
group by snapshot_id, target_domain, source_domain, is_follow
