{#- Rivals that others are held against: who would look at more? -#}
{%- set most_leaders = 20 -%}

with

links as (

    select * from {{ ref('domain_links') }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

),

visibility as (

    select * from {{ ref('domain_visibility') }}
    where platform = 'all'

),

-- One tool for all: what it lacks of one domain it would lack of another.
chosen as (

    select source

    from links
    group by source
    order by count(*) desc, source asc
    limit 1

),

linked as (

    select
        links.domain,
        links.source,
        links.snapshot_id,
        study_domains.category,
        visibility.ai_mentions

    from links
    semi join chosen using (source)
    inner join study_domains using (domain)
    inner join visibility using (domain)

)

select
    *,
    row_number() over (
        partition by category order by ai_mentions desc, domain asc
    ) as place

from linked
where
    ai_mentions > 0
    and category is not null
qualify place <= {{ most_leaders }}
