{%- set kinds = {
    'total_backlinks': 'is_counted',
    'follow_links': 'is_counted and is_follow',
    'nofollow_links': 'is_counted and is_nofollow',
    'text_links': 'is_counted and is_text',
    'image_links': 'is_counted and is_image',
    'form_links': 'is_counted and is_form',
    'frame_links': 'is_counted and is_frame',
    'ugc_links': 'is_counted and is_ugc',
    'sponsored_links': 'is_counted and is_sponsored',
    'follow_unknown_links': 'is_counted and is_nofollow is null',
    'lost_links': 'is_lost and not is_self_link',
    'self_links': 'is_self_link',
} -%}

{{ config(enabled=not reads_handover()) }}

with

links as {{ inlined() }} (

    select * from {{ ref('stg_backlinks') }}

)

select
    snapshot_id,
    {%- for name, condition in kinds.items() %}
    coalesce(sum(link_count) filter (where {{ condition }}), 0)::bigint
        as {{ name }},
    {%- endfor %}
    count(*) as link_records

from links
group by snapshot_id
