with

levels as (

    select distinct
        category,
        better_rivals

    from {{ ref('rival_levels') }}
    where has_link_rows and better_rivals >= 2

),

leader_links as (

    select * from {{ ref('leader_links') }}

),

-- Who is named better differs by how often a domain is named, so that all
-- domains of one level share one list.
listed as (

    select
        levels.category,
        levels.better_rivals,
        leader_links.linking_domain,
        count(*) as rivals,
        sum(leader_links.links)::bigint as links,
        sum(leader_links.follow_links)::bigint as follow_links,
        max(leader_links.highest_page_score) as highest_page_score

    from levels
    inner join leader_links
        on
            levels.category = leader_links.category
            and levels.better_rivals >= leader_links.place
    group by all
    having count(*) >= 2

)

select
    *,
    row_number() over (
        partition by category, better_rivals
        order by
            rivals desc,
            highest_page_score desc nulls last,
            linking_domain asc
    ) as place,
    count(*) over (partition by category, better_rivals) as list_size

from listed
