{{ config(enabled=reads_handover()) }}

select
    snapshot_id,
    seen_month,
    new_referring_domains

from {{ handed_over('referrer_months') }}
