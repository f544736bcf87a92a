with

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

leaders as (

    select * from {{ ref('link_leaders') }}

),

visibility as (

    select * from {{ ref('domain_visibility') }}
    where platform = 'all'

),

links as (

    select * from {{ ref('domain_links') }}

),

-- Of the tool whose links of the leaders are looked at.
linked as (

    select distinct links.domain

    from links
    inner join leaders using (source)

),

category_sizes as (

    select
        category,
        count(*) - 1 as rivals

    from study_domains
    where category is not null
    group by category

)

select
    study_domains.domain,
    study_domains.category,
    category_sizes.rivals,
    visibility.ai_mentions,
    linked.domain is not null as has_link_rows,
    count(leaders.domain) as better_rivals

from study_domains
left join category_sizes using (category)
left join visibility using (domain)
left join linked using (domain)
left join leaders
    on
        study_domains.category = leaders.category
        and visibility.ai_mentions < leaders.ai_mentions
group by all
