{%- set counts = [
    'total_backlinks', 'follow_links', 'nofollow_links', 'text_links',
    'image_links', 'form_links', 'frame_links', 'ugc_links', 'sponsored_links',
    'follow_unknown_links', 'lost_links', 'self_links', 'link_records',
] -%}

{{ config(post_hook="{{ hand_over('domain_links') }}") }}

{% if on_spark() and not execute -%}
-- Handed over with this table, which is the last:
-- depends_on: {{ ref('linking_domains') }}
-- depends_on: {{ ref('referrer_months') }}

{% endif -%}
with

snapshots as (

    select * from {{ ref('stg_backlink_snapshots') }}
    where is_newest and is_in_study

),

superseded as (

    {% if reads_handover() -%}
    select * from {{ ref('stg_domain_links') }}
    {%- else -%}
    select
        snapshot_id,
        count(*) as superseded_records,
        sum(link_count)::bigint as superseded_links

    from {{ ref('stg_superseded_links') }}
    group by snapshot_id
    {%- endif %}

),

link_counts as (

    select * from {{ ref('stg_domain_links' if reads_handover()
        else 'link_counts') }}

),

referrers as (

    select * from {{ ref('stg_domain_links' if reads_handover()
        else 'link_referrers') }}

),

page_scores as (

    select * from {{ ref('stg_domain_links' if reads_handover()
        else 'link_page_scores') }}

)

select
    snapshots.target_domain as domain,
    snapshots.source,
    snapshots.as_of,
    snapshots.record_count,
    snapshots.link_count,
    snapshots.is_several_loads,
    coalesce(superseded.superseded_records, 0) as superseded_records,
    coalesce(superseded.superseded_links, 0) as superseded_links,
    snapshots.snapshot_id,
    {%- for count in counts %}
    link_counts.{{ count }},
    {%- endfor %}
    {%- for kind in ['', 'follow_', 'text_', 'image_'] %}
    coalesce(referrers.{{ kind }}referring_domains, 0)
        as {{ kind }}referring_domains,
    {%- endfor %}
    coalesce(referrers.referring_pages, 0) as referring_pages,
    coalesce(page_scores.scored_links, 0) as scored_links,
    page_scores.p25_page_score,
    page_scores.median_page_score,
    page_scores.p75_page_score

from snapshots
left join superseded using (snapshot_id)
left join link_counts using (snapshot_id)
left join referrers using (snapshot_id)
left join page_scores using (snapshot_id)
