with

counts as (

    select * from {{ ref('stg_record_counts') }}

)

select
    raw_table,
    raw_records::bigint as raw_records,
    kept_records::bigint as kept_records,
    outside_records::bigint as outside_records,
    superseded_records::bigint as superseded_records,
    (
        raw_records - kept_records - outside_records - superseded_records
    )::bigint as unaccounted_records

from counts
