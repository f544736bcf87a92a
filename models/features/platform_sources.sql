with

platforms as (

    select * from {{ ref('platforms') }}
    where is_study_platform

),

answers as (

    select
        platform,
        count(*) as answer_count,
        count(*) filter (where is_branded) as branded_answers,
        count(*) filter (where is_branded is null) as unknown_branding_answers,
        count(*) filter (where answered_at is null) as undated_answers,
        min(answered_at)::date as first_answer_date,
        max(answered_at)::date as last_answer_date

    from {{ ref('answer_branding') }}
    group by platform

),

-- Of several trackers with totals, the one that covers most study domains.
totals as (

    select
        platform,
        source as totals_source

    from {{ ref('stg_ai_totals') }}
    group by platform, source
    qualify
        row_number() over (
            partition by platform order by count(*) desc, source
        ) = 1

)

select
    platforms.platform,
    case
        when answers.platform is not null then 'answers'
        when totals.platform is not null then 'totals'
    end as outcome_source,
    totals.totals_source,
    coalesce(answers.answer_count, 0) as answer_count,
    coalesce(answers.branded_answers, 0) as branded_answers,
    coalesce(answers.unknown_branding_answers, 0) as unknown_branding_answers,
    coalesce(answers.undated_answers, 0) as undated_answers,
    answers.first_answer_date,
    answers.last_answer_date

from platforms
left join answers using (platform)
left join totals using (platform)
