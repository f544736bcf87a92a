with

source_counts as (

    select * from {{ ref('source_counts') }}

),

levels as (

    select * from {{ ref('rival_levels') }}

),

link_counts as (

    select distinct
        domain,
        found_count

    from {{ ref('missed_links') }}

),

statuses as (

    select * from {{ ref('statuses') }}

),

study as (

    select * from {{ ref('study') }}

),

counted as (

    select
        domain,
        'sources' as kind,
        rivals,
        found_count,
        case
            when category is null then 'no_category'
            when rivals = 0 then 'no_rivals'
            when not has_answers then 'no_answers'
            else 'ok'
        end as status

    from source_counts
    union all
    select
        levels.domain,
        'links' as kind,
        levels.rivals,
        coalesce(link_counts.found_count, 0) as found_count,
        case
            when levels.category is null then 'no_category'
            when levels.rivals = 0 then 'no_rivals'
            when levels.ai_mentions is null then 'value_unknown'
            when levels.better_rivals < 2 then 'no_better_rivals'
            when not levels.has_link_rows then 'no_link_rows'
            else 'ok'
        end as status

    from levels
    left join link_counts using (domain)

)

select
    counted.domain,
    counted.kind,
    counted.rivals,
    case when counted.status = 'ok' then counted.found_count end
        as found_count,
    counted.status,
    statuses.sentence as reason,
    study.is_simulated

from counted
left join statuses using (status)
cross join study
