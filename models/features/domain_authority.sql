with

scores as (

    select * from {{ ref('stg_domain_scores') }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

-- Scales without a top have no meaning of their own: their percentile among
-- all domains that the source scored on that date takes their place.
ranked as (

    select
        *,
        count(*) over same_list as list_size,
        rank() over (
            partition by source, scale, as_of order by score
        ) - 1 as below_count,
        count(*) over (
            partition by source, scale, as_of, score
        ) as equal_count

    from scores
    window same_list as (partition by source, scale, as_of)

),

scored as (

    select
        domain,
        source as authority_source,
        as_of as authority_as_of,
        scale as authority_scale,
        score as delivered_score,
        case scale
            when '0-100' then score
            when 'rank'
                then 100 * (1 - (below_count + equal_count / 2) / list_size)
            else 100 * (below_count + equal_count / 2) / list_size
        end as authority_score

    from ranked
    semi join study_domains using (domain)
    where is_newest

),

chosen as (

    select
        authority_source,
        authority_scale

    from scored
    {% if setting('authority_source') -%}
    where authority_source = '{{ setting("authority_source") }}'
    {% endif -%}
    group by authority_source, authority_scale
    order by
        count(*) desc,
        authority_source,
        authority_scale = '0-100' desc,
        authority_scale
    limit 1

)

select scored.*

from scored
semi join chosen using (authority_source, authority_scale)
