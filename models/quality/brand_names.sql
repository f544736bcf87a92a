with

listed as (

    select
        brand,
        count(distinct row(source, answer_id)) as answer_count

    from {{ ref('stg_ai_references') }}
    where domain is null
    group by brand

),

brands as (

    select * from {{ ref('brand_domains') }}

)

select
    listed.brand,
    brands.domain,
    case
        when brands.domain is not null then 'matched'
        when brands.is_ambiguous then 'ambiguous'
        else 'unmatched'
    end as status,
    listed.answer_count

from listed
left join brands using (brand)
