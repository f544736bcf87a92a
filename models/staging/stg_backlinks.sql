{{ config(enabled=not reads_handover()) }}

with

backlinks as {{ inlined() }} (

    select * from {{ raw('backlinks') }}

),

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_newest and is_in_study

),

superseded as (

    select * from {{ ref('stg_superseded_links') }}

),

links as {{ inlined() }} (

    select
        backlinks.*,
        snapshots.snapshot_id

    from backlinks
    inner join snapshots using (target_domain, source, as_of)
    anti join superseded using (load_id, record_number)

)

select
    snapshot_id,
    target_domain,
    source,
    as_of,
    source_url,
    source_domain,
    target_url,
    anchor,
    link_kind,
    coalesce(link_count, 1) as link_count,
    is_text,
    is_image,
    is_form,
    is_frame,
    is_nofollow,
    is_ugc,
    is_sponsored,
    source_page_score,
    first_seen,
    last_seen,
    is_lost,
    not coalesce(is_nofollow, false) as is_follow,
    coalesce(source_domain = target_domain, false) as is_self_link,
    not coalesce(is_lost or source_domain = target_domain, false) as is_counted

from links
