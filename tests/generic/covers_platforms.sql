{% test covers_platforms(model) %}

with

expected as (

    select platform
    from {{ ref('platform_sources') }}
    where outcome_source is not null
    union all
    select 'all' as platform
    where exists (select * from {{ ref('platform_sources') }})

),

found as (

    select distinct platform from {{ model }}

)

select
    expected.platform as missing_platform,
    found.platform as unexpected_platform
from expected
full join found using (platform)
where expected.platform is null or found.platform is null

{% endtest %}
