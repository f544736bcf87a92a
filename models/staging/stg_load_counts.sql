{#- What the ledger says of each load, beside the rows that are there. Where
    there is a ledger, rows of a load that it lacks stand here too. -#}
{%- set tables = [
    'study_domains', 'backlink_profiles', 'domain_scores', 'domain_signals',
    'ai_answers', 'ai_references', 'ai_totals',
] -%}

with

loads as (

    select * from {{ raw('loads') }}

),

rejected as (

    select
        load_id,
        count(*) as rejected_found

    from {{ raw('rejected_records') }}
    group by load_id

),

rows_by_table as (

    {% for table in tables -%}
    select
        load_id,
        count(*) as row_count

    from {{ raw(table) }}
    group by load_id
    union all
    {% endfor -%}
    select
        load_id,
        sum(record_count) as row_count

    from {{ ref('stg_snapshot_loads') }}
    group by load_id

),

found as (

    select
        load_id,
        sum(row_count) as rows_found

    from rows_by_table
    group by load_id

)

select
    load_id,
    loads.file,
    loads.format,
    loads.loaded_at,
    loads.records_read,
    loads.records_landed,
    loads.records_rejected,
    loads.records_skipped,
    loads.duplicates,
    loads.rows_landed,
    loads.completeness,
    loads.records_expected,
    coalesce(found.rows_found, 0)::bigint as rows_found,
    coalesce(rejected.rejected_found, 0)::bigint as rejected_found,
    loads.load_id is not null as is_in_ledger

from loads
full join found using (load_id)
full join rejected using (load_id)
where (select max(ledger.load_id) from loads as ledger) is not null
