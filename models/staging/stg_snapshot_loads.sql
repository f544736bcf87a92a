{{ config(
    materialized='table',
    post_hook="{{ hand_over('snapshot_loads') }}",
) }}

with

ledger as (

    select distinct load_id from {{ raw('loads') }}

),

loads as (

    {% if reads_handover() -%}
    select
        target_domain,
        source,
        as_of,
        load_id,
        record_count,
        link_count

    from {{ handed_over('snapshot_loads') }}
    {%- else -%}
    select
        target_domain,
        source,
        as_of,
        load_id,
        count(*) as record_count,
        sum(coalesce(link_count, 1))::bigint as link_count

    from {{ raw('backlinks') }}
    group by target_domain, source, as_of, load_id
    {%- endif %}

)

select
    loads.target_domain,
    loads.source,
    loads.as_of,
    loads.load_id,
    loads.record_count,
    loads.link_count,
    row_number() over (
        partition by loads.target_domain, loads.source, loads.as_of
        order by loads.record_count desc, loads.load_id asc nulls last
    ) = 1 as is_largest,
    ledger.load_id is not null as is_in_ledger

from loads
left join ledger on loads.load_id = ledger.load_id
