with

referenced as (

    select * from {{ ref('answer_references') }}

),

answers as (

    select * from {{ ref('answer_branding') }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

)

-- Whoever asks about a brand is told of that brand: others are not absent.
select
    referenced.source,
    referenced.answer_id,
    referenced.domain,
    study_domains.category,
    answers.platform

from referenced
inner join answers using (source, answer_id)
inner join study_domains using (domain)
where
    answers.is_branded is not true
    and study_domains.category is not null
