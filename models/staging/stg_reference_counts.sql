{{ config(materialized='table') }}

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

),

-- An answer refers to a domain once, however often it names or cites it.
referred as (

    select distinct
        answers.platform,
        reference_rows.source,
        reference_rows.answer_id,
        reference_rows.domain

    from reference_rows
    inner join newest using (source, answer_id, as_of)
    inner join answers using (source, answer_id)
    where
        reference_rows.domain is not null
        and reference_rows.kind <> 'retrieval'

),

judged as (

    select
        platform,
        {{ in_study('domain') }} as is_in_study

    from referred

)

select
    platform,
    count(*) as reference_count,
    count(*) filter (where not is_in_study) as outside_reference_count

from judged
group by platform
