{%- set counts = [
    'total_backlinks', 'referring_domains', 'follow_links', 'nofollow_links',
    'text_links', 'image_links',
] -%}

with

profiles as (

    select * from {{ ref('stg_backlink_profiles') }}

),

links as (

    select * from {{ ref('domain_links') }}

),

compared as (

    {% for column in counts -%}
    select
        profiles.domain,
        profiles.source as profile_source,
        links.source as links_source,
        'profile_equals_links: {{ column }}' as check_name,
        profiles.{{ column }} as profile_count,
        links.{{ column }} as compared_count

    from profiles
    inner join links using (domain)
    union all
    {% endfor -%}
    select
        domain,
        source as profile_source,
        source as links_source,
        'follow_and_nofollow_make_total' as check_name,
        total_backlinks as profile_count,
        follow_links + nofollow_links as compared_count

    from profiles
    union all
    select
        domain,
        source as profile_source,
        source as links_source,
        'text_and_image_within_total' as check_name,
        total_backlinks as profile_count,
        greatest(text_links + image_links, total_backlinks) as compared_count

    from profiles

)

select
    domain,
    profile_source,
    links_source,
    check_name,
    profile_count,
    compared_count,
    abs(profile_count - compared_count)
    / greatest(profile_count, compared_count)::double as relative_difference

from compared
where
    abs(profile_count - compared_count)
    > {{ setting('link_count_tolerance') }}
    * greatest(profile_count, compared_count)
