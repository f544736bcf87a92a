{#- Where several loads make up a snapshot, one link may stand in several
    records: the newest state wins, then the larger in column order, never the
    later load. Found once, on hashes of the few columns that identify a link;
    only where a hash occurs twice are the columns themselves compared. -#}
{%- set link = [
    'source_url', 'target_url', 'anchor', 'link_kind',
    'coalesce(is_image, false)', 'coalesce(is_form, false)',
    'coalesce(is_frame, false)',
] -%}
{%- set state = [
    'last_seen', 'is_lost', 'first_seen', 'link_count', 'is_nofollow',
    'is_ugc', 'is_sponsored', 'is_text', 'source_page_score', 'source_domain',
    'is_image', 'is_form', 'is_frame',
] -%}

{{ config(materialized='table') }}

with

backlinks as not materialized (

    select * from {{ raw('backlinks') }}

),

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_newest and is_in_study and is_several_loads

),

links as not materialized (

    select
        backlinks.*,
        snapshots.snapshot_id,
        hash(row({{ link | join(', ') }})) as link_hash

    from backlinks
    inner join snapshots using (target_domain, source, as_of)

),

repeated as (

    select
        snapshot_id,
        link_hash

    from links
    group by snapshot_id, link_hash
    having count(*) > 1

),

ranked as (

    select
        load_id,
        record_number,
        snapshot_id,
        coalesce(link_count, 1) as link_count,
        row_number() over (
            partition by snapshot_id, {{ link | join(', ') }}
            order by {{ larger_first(state) }}, load_id, record_number
        ) as state_rank

    from links
    semi join repeated using (snapshot_id, link_hash)

)

select
    load_id,
    record_number,
    snapshot_id,
    link_count

from ranked
where state_rank > 1
