-- Rejected records of a load by reason, the most frequent first, and the first
-- of them.
select
    reason,
    "column",
    count(*) as record_count,
    min_by(
        struct_pack(number := record_number, value := value_prefix),
        record_number,
        {{ examples }}
    ) as first_records
from read_parquet($1, hive_partitioning = false)
group by all
order by record_count desc, reason asc;
