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

candidates as (

    select
        domain,
        source as link_source,
        'profile' as link_grain,
        as_of as links_as_of,
        {{ counts | join(', ') }}

    from profiles
    union all
    select
        domain,
        source as link_source,
        'links' as link_grain,
        as_of as links_as_of,
        {{ counts | join(', ') }}

    from links

)

select * from candidates
-- One block per domain: sources that know all links before those of referring
-- domains alone, a profile before link rows, then the preferred source.
qualify
    row_number() over (
        partition by domain
        order by
            total_backlinks is not null desc,
            link_grain = 'profile' desc,
            list_position(
                {{ text_list('backlink_source_priority') }}, link_source
            ) nulls last,
            link_source
    ) = 1
