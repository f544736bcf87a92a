with

settings as (

    select
        nullif(max(value) filter (where setting = 'study_name'), '')
            as study_name,
        nullif(max(value) filter (where setting = 'market'), '') as market

    from {{ ref('study_settings') }}

),

platforms as (

    select * from {{ ref('platform_sources') }}
    where is_in_all

),

answers as (

    select
        concat_ws(
            '; ',
            string_agg(distinct upper(country), ', ' order by upper(country)),
            string_agg(distinct language, ', ' order by language)
        ) as market

    from {{ ref('stg_ai_answers') }}

),

window_days as (

    select
        min(first_answer_date) as first_answer_date,
        max(last_answer_date) as last_answer_date

    from platforms

),

links as (

    select
        min(links_as_of) as first_links_as_of,
        max(links_as_of) as last_links_as_of

    from {{ ref('domain_features') }}

),

outcomes as (

    select
        count(ai_mentions) as known_domains,
        count(*) filter (where ai_mentions > 0) as named_domains

    from {{ ref('domain_visibility') }}
    where platform = 'all'

),

reference_sums as (

    select
        sum(reference_count)::bigint as reference_count,
        sum(outside_reference_count)::bigint as outside_reference_count

    from {{ ref('stg_reference_counts') }}
    semi join platforms using (platform)

)

select
    coalesce(
        settings.study_name,
        format('Study of {:,} domains', study.domain_count)
    ) as study_name,
    coalesce(settings.market, nullif(answers.market, '')) as market,
    window_days.first_answer_date,
    window_days.last_answer_date,
    links.first_links_as_of,
    links.last_links_as_of,
    study.domain_count,
    outcomes.known_domains,
    outcomes.named_domains,
    reference_sums.reference_count,
    reference_sums.outside_reference_count,
    study.is_simulated

from {{ ref('study') }} as study
cross join settings
cross join answers
cross join window_days
cross join links
cross join outcomes
cross join reference_sums
