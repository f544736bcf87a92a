{#- Linking domains of a domain, those first that link to most rivals. -#}
{%- set most_links = 20 -%}

with

domains as (

    select * from {{ ref('rival_levels') }}
    where has_link_rows and better_rivals >= 2

),

shared_linkers as (

    select * from {{ ref('shared_linkers') }}

),

ranked as (

    select * from {{ ref('rival_linkers') }}

),

-- A domain's own site, and those that link to it already.
taken as (

    select
        domains.domain,
        ranked.linking_domain

    from domains
    inner join shared_linkers using (domain)
    inner join ranked using (category, better_rivals, linking_domain)
    union
    select
        domains.domain,
        domains.domain as linking_domain

    from domains
    inner join ranked
        on
            domains.category = ranked.category
            and domains.better_rivals = ranked.better_rivals
            and domains.domain = ranked.linking_domain

),

taken_counts as (

    select
        domain,
        count(*) as taken_count

    from taken
    group by domain

)

select
    domains.domain,
    domains.category,
    ranked.* exclude (category, better_rivals, place, list_size),
    ranked.list_size - coalesce(taken_counts.taken_count, 0) as found_count

from domains
left join taken_counts using (domain)
inner join ranked
    on
        domains.category = ranked.category
        and domains.better_rivals = ranked.better_rivals
        and ranked.place
        <= {{ most_links }} + coalesce(taken_counts.taken_count, 0)
anti join taken
    on
        domains.domain = taken.domain
        and ranked.linking_domain = taken.linking_domain
qualify
    row_number() over (partition by domains.domain order by ranked.place)
    <= {{ most_links }}
