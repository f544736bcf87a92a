with

by_platform as (

    select * from {{ ref('platform_visibility') }}

),

-- Totals cover another period and other prompts: never added to answers. A
-- domain that one platform's totals leave out has no sum over all of them.
all_platforms as (

    select
        domain,
        'all' as platform,
        outcome_source,
        {%- for column in [
            'ai_mentions', 'cited_answers', 'mentioned_answers',
            'unbranded_mentions',
        ] %}
        case
            when count({{ column }}) = count(*)
                then sum({{ column }})::bigint
        end as {{ column }},
        {%- endfor %}
        case
            when outcome_source = 'answers' or count(share_of_voice) = count(*)
                then round(avg(share_of_voice order by platform), 12)
        end as share_of_voice

    from by_platform
    group by domain, outcome_source
    qualify
        row_number() over (
            partition by domain order by outcome_source nulls last
        ) = 1

)

select * from by_platform
union all
select * from all_platforms
