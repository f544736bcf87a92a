with

referenced as (

    select * from {{ ref('answer_references') }}

),

windows as (

    select * from {{ ref('panel_windows') }}

),

answers as (

    select answers.*

    from {{ ref('panel_answers') }} as answers
    inner join windows
        on
            answers.platform = windows.platform
            and answers.month between windows.first_month and windows.last_month

),

askings as (

    select
        platform,
        question,
        month,
        count(*) as askings

    from answers
    group by platform, question, month

),

-- Asked in every month, a question counts in each as often as in the month in
-- which it was asked least.
weights as (

    select
        askings.platform,
        askings.question,
        askings.month,
        min(askings.askings) over question_months
        / askings.askings as weight

    from askings
    inner join windows using (platform)
    window
        question_months as (
            partition by askings.platform, askings.question
        )
    qualify count(*) over question_months = windows.months

)

select
    answers.platform,
    referenced.domain,
    answers.month,
    -- The last digits of a sum depend on its order.
    round(sum(weights.weight), 9) as mentions

from answers
inner join weights using (platform, question, month)
inner join referenced using (source, answer_id)
group by answers.platform, referenced.domain, answers.month
