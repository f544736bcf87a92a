{{ config(materialized='table') }}
{#- Kept records are counted in the staged tables, the others in raw, so that
    the identity between them can fail. Link rows are too many to count twice:
    what becomes of the kept ones is tested on domain_links. -#}
{%- set tables = {
    'backlink_profiles': {
        'inside': as_of_limit() ~ ' and ' ~ in_study('domain'),
        'key': 'domain, source',
    },
    'domain_scores': {
        'inside': as_of_limit(),
        'key': 'domain, source, scale, as_of',
    },
    'domain_signals': {
        'inside': as_of_limit() ~ ' and ' ~ in_study('domain'),
        'key': 'domain, source, ' ~ signal_key('signal'),
    },
    'ai_answers': {'inside': in_answer_window(), 'key': 'source, answer_id'},
    'ai_totals': {
        'inside': in_totals_window() ~ ' and ' ~ in_study('domain'),
        'key': 'domain, platform, source',
    },
} -%}

with

reference_rows as (

    select
        *,
        as_of = max(as_of) over (partition by source, answer_id) as is_newest,
        {{ is_study_reference() }} and row(source, answer_id) in (
            select row(source, answer_id) from {{ ref('stg_ai_answers') }}
        ) as is_inside

    from {{ raw('ai_references') }}

),

links as (

    select {{ 'coalesce(sum(record_count), 0)' if reads_handover()
        else 'count(*)' }} as raw_records
    from {{ handed_over('snapshot_loads') if reads_handover()
        else raw('backlinks') }}

),

superseded as (

    select {{ 'coalesce(sum(superseded_records), 0)' if reads_handover()
        else 'count(*)' }} as link_records
    from {{ ref('stg_domain_links' if reads_handover()
        else 'stg_superseded_links') }}

)

{% for table, rule in tables.items() -%}
select
    '{{ table }}' as raw_table,
    count(*) as raw_records,
    (select count(*) from {{ ref('stg_' ~ table) }}) as kept_records,
    count(*) filter (where not ({{ rule.inside }})) as outside_records,
    count(*) filter (where {{ rule.inside }})
    - count(distinct row({{ rule.key }})) filter (where {{ rule.inside }})
        as superseded_records

from {{ raw(table) }}
union all
{% endfor -%}
select
    'ai_references' as raw_table,
    count(*) as raw_records,
    (select count(*) from {{ ref('stg_ai_references') }}) as kept_records,
    count(*) filter (where not is_inside) as outside_records,
    count(*) filter (where is_inside) - count(
        distinct row(source, answer_id, kind, domain, brand, url, position)
    ) filter (where is_inside and is_newest) as superseded_records

from reference_rows
union all
select
    'backlinks' as raw_table,
    (select raw_records from links) as raw_records,
    coalesce(sum(record_count) filter (where is_in_study and is_newest), 0)
    - (select link_records from superseded)
        as kept_records,
    coalesce(sum(record_count) filter (
        where not (is_in_study and {{ as_of_limit() }})
    ), 0) as outside_records,
    coalesce(sum(record_count) filter (
        where is_in_study and {{ as_of_limit() }} and not is_newest
    ), 0)
    + (select link_records from superseded)
        as superseded_records

from {{ ref('stg_backlink_snapshots') }}
