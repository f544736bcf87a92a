with

loads as (

    select * from {{ ref('stg_load_counts') }}

)

select
    *,
    records_read
    - records_landed - records_rejected - records_skipped - duplicates
        as unaccounted_records,
    rows_landed - rows_found as missing_rows,
    records_rejected - rejected_found as missing_rejected_records

from loads
