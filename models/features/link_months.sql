with

counts as (

    select * from {{ ref('link_month_counts') }}

),

-- One source for all domains: two do not see links at the same time.
chosen as (

    select
        source,
        link_grain

    from counts
    group by source, link_grain
    order by
        count(*) desc,
        link_grain = 'links' desc,
        list_position(
            {{ text_list('backlink_source_priority') }}, source
        ) nulls last,
        source
    limit 1

)

select
    domain,
    source as link_source,
    link_grain,
    month,
    new_referring_domains

from counts
semi join chosen using (source, link_grain)
