{%- set counts = [
    'total_backlinks', 'referring_domains', 'follow_links', 'nofollow_links',
    'ugc_links', 'sponsored_links', 'text_links', 'image_links', 'form_links',
    'frame_links',
] -%}

with

profiles as (

    select * from {{ raw('backlink_profiles') }}
    where {{ as_of_limit() }}

),

study_domains as (

    select * from {{ ref('stg_study_domains') }}

)

select
    domain,
    source,
    as_of,
    {{ counts | join(', ') }}

from profiles
semi join study_domains using (domain)
-- Of one snapshot the larger row wins, in column order: never the later load.
qualify
    row_number() over (
        partition by domain, source
        order by as_of desc, {{ larger_first(counts) }}
    ) = 1
