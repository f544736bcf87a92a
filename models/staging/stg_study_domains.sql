{{ config(
    materialized='table',
    pre_hook='{{ check_package_settings() }}',
) }}

with

listed as (

    select
        domain,
        source,
        max_by(category, (as_of, category)) filter (
            where category is not null
        ) as category,
        max_by(owner, (as_of, owner)) filter (
            where owner is not null
        ) as owner,
        {{ distinct_items('brand_aliases') }} as brand_aliases

    from {{ raw('study_domains') }}
    group by domain, source

),

linked as (

    select
        target_domain as domain,
        source

    from {{ handed_over('snapshot_loads') if reads_handover()
        else raw('backlinks') }}
    where {{ as_of_limit() }}
    union
    select
        domain,
        source

    from {{ raw('backlink_profiles') }}
    where {{ as_of_limit() }}

),

study_domains as (

    select
        domain,
        source,
        category,
        owner,
        brand_aliases,
        true as is_listed

    from listed
    union all
    select
        domain,
        source,
        null as category,
        null as owner,
        {{ no_text_items() }} as brand_aliases,
        false as is_listed

    from linked
    where not exists (select 1 from listed)

)

select
    domain,
    nullif(trim(max(category)), '') as category,
    max(owner) as owner,
    {{ distinct_items('brand_aliases') }} as brand_aliases,
    bool_or(is_listed) as is_listed,
    bool_and(source = 'simulated') as is_simulated

from study_domains
group by domain
