{#- A name of more words is a text, not a name: it would make every prompt
    grow by its length. -#}
{%- set longest_alias_words = 10 -%}

with

prompts as (

    select
        prompt,
        row_number() over () as prompt_number,
        string_split({{ words('prompt') }}, ' ') as prompt_words

    from {{ ref('stg_ai_answers') }}
    where prompt is not null
    group by prompt

),

aliases as (

    select distinct {{ words('alias') }} as alias

    from (
        select unnest(brand_aliases) as alias
        from {{ ref('stg_study_domains') }}
    )
    where
        {{ words('alias') }} <> ''
        and len(string_split({{ words('alias') }}, ' '))
        <= {{ longest_alias_words }}

),

alias_lengths as (

    select distinct len(string_split(alias, ' ')) as word_count

    from aliases

),

-- Every run of words that is as long as some alias: equality instead of one
-- search per prompt and alias.
word_runs as (

    select
        prompt_number,
        unnest(list_transform(
            range(1, len(prompt_words) - word_count + 2),
            lambda first_word: array_to_string(
                prompt_words[first_word:first_word + word_count - 1], ' '
            )
        )) as word_run

    from prompts
    cross join alias_lengths

),

branded as (

    select distinct prompt_number

    from word_runs
    semi join aliases on word_runs.word_run = aliases.alias

)

select
    prompts.prompt,
    branded.prompt_number is not null as is_branded

from prompts
left join branded using (prompt_number)
where exists (select 1 from aliases)
