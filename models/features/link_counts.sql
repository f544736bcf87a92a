with

links as not materialized (

    select * from {{ ref('stg_backlinks') }}

)

select
    snapshot_id,
    count(*) filter (where is_counted) as total_backlinks,
    count(*) filter (where is_counted and is_follow) as follow_links,
    {%- for kind in [
        'nofollow', 'text', 'image', 'form', 'frame', 'ugc', 'sponsored',
    ] %}
    count(*) filter (where is_counted and is_{{ kind }})
        as {{ kind }}_links,
    {%- endfor %}
    count(*) filter (where is_counted and is_nofollow is null)
        as follow_unknown_links,
    count(*) filter (where is_lost and not is_self_link) as lost_links,
    count(*) filter (where is_self_link) as self_links

from links
group by snapshot_id
