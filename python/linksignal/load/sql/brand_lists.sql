-- The brands that the text of each record names, as the study spells them.
-- Every run of words that is as long as some name is looked up: equality
-- instead of one search per text and name.
create table brand_lists as
with texts as (
    select
        place,
        string_split(
            name_words(
                without_links(
                    {% for column in columns %}
                    coalesce(text_of({{ column | file_column }}) || ' ', '')
                    {{ "||" if not loop.last }}
                    {% endfor %}
                )
            ),
            ' '
        ) as words
    from records
),

brands as (
    select
        brand,
        name_words(brand) as name
    from brand_names
    where name_words(brand) <> ''
),

lengths as (
    select distinct len(string_split(name, ' ')) as word_count
    from brands
),

runs as (
    select
        texts.place,
        unnest(list_distinct(list_transform(
            range(1, len(texts.words) - lengths.word_count + 2),
            lambda first_word: array_to_string(
                texts.words[first_word:first_word + lengths.word_count - 1],
                ' '
            )
        ))) as name
    from texts
    cross join lengths
)

select
    runs.place,
    to_json(list(distinct brands.brand order by brands.brand))::varchar
        as {{ list_name | file_column }}
from runs
inner join brands on runs.name = brands.name
group by runs.place;
