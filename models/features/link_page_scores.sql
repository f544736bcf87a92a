{{ config(enabled=not reads_handover()) }}

with

links as {{ inlined() }} (

    select * from {{ ref('stg_backlinks') }}
    where is_counted and source_page_score is not null

),

histogram as (

    select
        snapshot_id,
        source_page_score,
        count(*) as link_count

    from links
    group by snapshot_id, source_page_score

),

cumulated as (

    select
        snapshot_id,
        source_page_score,
        sum(link_count) over (
            partition by snapshot_id order by source_page_score
        ) as links_up_to,
        sum(link_count) over (partition by snapshot_id) as scored_links

    from histogram

)

select
    {%- for name, level in [('p25', 0.25), ('median', 0.5), ('p75', 0.75)] %}
    min(source_page_score) filter (
        where links_up_to >= {{ level }} * scored_links
    ) as {{ name }}_page_score,
    {%- endfor %}
    max(scored_links)::bigint as scored_links,
    snapshot_id

from cumulated
group by snapshot_id
