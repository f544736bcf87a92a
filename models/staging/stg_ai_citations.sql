with

reference_rows as (

    select * from {{ raw('ai_references') }}

),

answers as (

    select * from {{ ref('stg_ai_answers') }}

),

newest as (

    select
        source,
        answer_id,
        max(as_of) as as_of

    from reference_rows
    group by source, answer_id

)

select distinct
    reference_rows.source,
    reference_rows.answer_id,
    reference_rows.domain as cited_domain

from reference_rows
inner join newest using (source, answer_id, as_of)
semi join answers using (source, answer_id)
where
    reference_rows.kind = 'citation'
    and reference_rows.domain is not null
