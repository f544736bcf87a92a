{{ config(post_hook="{{ hand_over('referrer_months') }}") }}

{% if reads_handover() -%}
select
    snapshot_id,
    seen_month,
    new_referring_domains

from {{ ref('stg_referrer_months') }}
where (
    select count(*) > 0 from {{ ref('panel_windows') }}
    where months >= fewest_months
)
{%- else -%}
with

referrers as {{ inlined() }} (

    select * from {{ ref('stg_referrers') }}

),

snapshots as (

    select
        snapshot_id,
        as_of,
        min(snapshot_id) over (
            partition by target_domain, source
        ) as first_snapshot_id

    from {{ ref('stg_backlink_snapshots') }}
    where is_in_study and {{ as_of_limit() }}

),

-- Of a referring domain its hash is enough.
pairs as (

    select
        snapshots.first_snapshot_id,
        min(referrers.first_seen) as first_seen,
        min(referrers.snapshot_id) as snapshot_id

    from referrers
    inner join snapshots using (snapshot_id)
    {% if not on_spark() -%}
    -- Without months to hold gains against, nobody reads the links again.
    where (
        select count(*) > 0 from {{ ref('panel_windows') }}
        where months >= fewest_months
    )
    {% endif -%}
    group by
        snapshots.first_snapshot_id,
        {{ row_hash(['referrers.source_domain']) }}

),

dated as (

    select
        snapshots.snapshot_id,
        case
            when pairs.first_seen is not null
                then date_trunc(
                        'month', least(pairs.first_seen::date, snapshots.as_of)
                    )::date
        end as seen_month

    from pairs
    inner join snapshots using (snapshot_id)

)

select
    snapshot_id,
    seen_month,
    count(*) as new_referring_domains

from dated
group by snapshot_id, seen_month
{%- endif %}
