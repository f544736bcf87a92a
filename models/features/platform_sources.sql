with

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

),

-- The study's own platforms stand here even when nothing was loaded of them.
platforms as (

    select
        lookup.platform,
        lookup.is_study_platform,
        case
            when answers.platform is not null then 'answers'
            when totals.platform is not null then 'totals'
        end as outcome_source

    from {{ ref('platforms') }} as lookup
    left join answers using (platform)
    left join totals using (platform)
    where
        lookup.is_study_platform
        or answers.platform is not null
        or totals.platform is not null

)

select
    platforms.platform,
    platforms.is_study_platform,
    platforms.outcome_source,
    -- Answers are never added to totals, nor the study's five to others: the
    -- best kind there is makes up `all`.
    coalesce(
        dense_rank() over (
            order by
                platforms.outcome_source asc nulls last,
                platforms.is_study_platform desc
        ) = 1 and platforms.outcome_source is not null,
        false
    ) as is_in_all,
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
