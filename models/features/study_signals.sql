with

-- Whole in dbt build --empty too: the statistics have rows for every signal.
known as (

    select * from {{ ref('signals').render() }}

),

delivered as (

    select
        signal,
        min(value) as lowest_value,
        replace(signal, '_', ' ') as signal_words

    from {{ ref('stg_domain_signals') }}
    group by signal

)

select
    signal,
    coalesce(
        known.label,
        upper(left(delivered.signal_words, 1))
        || substr(delivered.signal_words, 2)
    ) as label,
    known.unit,
    -- Counts, visits and the like have long tails; what can be negative has
    -- no logarithm.
    coalesce(
        known.transform,
        if(delivered.lowest_value < 0, 'none', 'log1p')
    ) as transform,
    known.expression is null as is_delivered,
    row_number() over (order by known.sort_order nulls last, signal)
        as sort_order

from known
full join delivered using (signal)
where known.expression is not null or delivered.signal is not null
