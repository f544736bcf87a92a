with

study_domains as (

    select
        domain,
        brand_aliases,
        split_part(domain, '.', 1) as label

    from {{ ref('stg_study_domains') }}

),

-- A label of one or two letters, or the first number of an address, is
-- nobody's name.
all_names as (

    select
        domain,
        unnest(list_append(
            list_transform(
                coalesce(brand_aliases, []),
                lambda alias: nullif({{ words('alias') }}, '')
            ),
            case
                when
                    length(label) > 2
                    and not regexp_matches(domain, '^[0-9.]+$')
                    then concat('label: ', label)
            end
        )) as shared_name

    from study_domains

),

distinct_names as (

    select distinct
        domain,
        shared_name

    from all_names
    where shared_name is not null

)

select * from distinct_names
qualify count(*) over (partition by shared_name) > 1
