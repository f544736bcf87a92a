with

names as (

    select
        brand,
        {{ words('brand') }} as name_words

    from {{ ref('stg_ai_references') }}
    where domain is null
    group by brand

),

-- A domain is a name of its own.
aliases as (

    select
        domain,
        {{ words('alias') }} as name_words

    from (
        select
            domain,
            unnest(list_append(coalesce(brand_aliases, []), domain)) as alias

        from {{ ref('stg_study_domains') }}
    )

),

named as (

    select
        name_words,
        min(domain) as domain,
        min(domain) <> max(domain) as is_ambiguous

    from aliases
    where name_words <> ''
    group by name_words

)

select
    names.brand,
    case when not named.is_ambiguous then named.domain end as domain,
    coalesce(named.is_ambiguous, false) as is_ambiguous

from names
left join named using (name_words)
