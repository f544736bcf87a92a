with

reference_rows as (

    select * from {{ ref('stg_ai_references') }}

),

brands as (

    select * from {{ ref('brand_domains') }}

),

named as (

    select
        reference_rows.source,
        reference_rows.answer_id,
        reference_rows.kind,
        coalesce(reference_rows.domain, brands.domain) as domain

    from reference_rows
    left join brands using (brand)

)

select
    source,
    answer_id,
    domain,
    bool_or(kind = 'citation') as is_cited,
    bool_or(kind = 'mention') as is_mentioned

from named
where domain is not null
group by source, answer_id, domain
