with

sentences as (

    select * from {{ ref('joint_sentences') }}

),

study as (

    select * from {{ ref('study') }}

)

select
    sentences.*,
    study.is_simulated

from sentences
cross join study
