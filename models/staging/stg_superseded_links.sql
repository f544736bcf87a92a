{#- Where several loads make up a snapshot, one link may stand in several
    records: the newest state wins, then the larger in column order, never the
    later load. Within a load of the ledger a link stands once: of such loads
    the hashes in all but the largest tell what may stand twice. Where the
    ledger lacks a load, hashes are counted. The columns themselves decide. -#}
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

{{ config(materialized='table', enabled=not reads_handover()) }}

with

backlinks as {{ inlined() }} (

    select * from {{ raw('backlinks') }}

),

loads as (

    select * from {{ ref('stg_snapshot_loads') }}

),

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_newest and is_in_study and is_several_loads

),

links as {{ inlined() }} (

    select
        backlinks.*,
        snapshots.snapshot_id,
        snapshots.is_in_ledger,
        {{ row_hash(link) }} as link_hash

    from backlinks
    inner join snapshots using (target_domain, source, as_of)

),

repeated as (

    select
        links.snapshot_id,
        links.link_hash

    from links
    inner join loads using (target_domain, source, as_of, load_id)
    where links.is_in_ledger and not loads.is_largest
    union all
    select
        snapshot_id,
        link_hash

    from links
    where not is_in_ledger
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
