{{ config(enabled=reads_handover()) }}

select
    snapshot_id,
    target_domain,
    source_domain,
    is_follow,
    link_count,
    source_page_score,
    true as is_counted

from {{ handed_over('linking_domains') }}
