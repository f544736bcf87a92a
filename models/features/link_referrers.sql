{#- Distinct counts come from pairs of the narrow snapshot_id and a 64-bit hash
    of the referrer, with one byte that says in which kinds of link the pair
    occurs: exact but for hash collisions, and far cheaper than one
    count(distinct) per kind. -#}
{%- set follow, text, image = 1, 2, 4 -%}

{{ config(enabled=not reads_handover()) }}

with

links as {{ inlined() }} (

    select * from {{ ref('stg_backlinks') }}
    where is_counted

),

domain_pairs as (

    select
        snapshot_id,
        bit_or((
            is_follow::tinyint * {{ follow }}
            + coalesce(is_text, false)::tinyint * {{ text }}
            + coalesce(is_image, false)::tinyint * {{ image }}
        )::tinyint) as kinds

    from links
    group by snapshot_id, {{ row_hash(['source_domain']) }}

),

page_pairs as (

    select snapshot_id

    from links
    group by snapshot_id, {{ row_hash(['source_url']) }}

),

domains as (

    select
        snapshot_id,
        count(*) as referring_domains,
        count(*) filter (where kinds & {{ follow }} > 0)
            as follow_referring_domains,
        count(*) filter (where kinds & {{ text }} > 0)
            as text_referring_domains,
        count(*) filter (where kinds & {{ image }} > 0)
            as image_referring_domains

    from domain_pairs
    group by snapshot_id

),

pages as (

    select
        snapshot_id,
        count(*) as referring_pages

    from page_pairs
    group by snapshot_id

)

select *
from domains
inner join pages using (snapshot_id)
