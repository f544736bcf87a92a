-- How text becomes a value. A cast alone is too lenient ('10.9' becomes 11,
-- '0x1F' 31), so the form of the text is matched first. For each parse rule:
-- <rule>_value(form) is the value or NULL, and <rule>_reason(form, value, ...)
-- is NULL or the code of the reason to refuse it.

-- noqa: disable=layout.indent
-- (sqlfluff takes the body of a macro for the start of a statement.)

create macro stripped(raw) as trim(raw, {{ " \t\n\r\u00a0" | literal }});

-- What follows is the same for every text; plain ones, which most are, go by
-- a short way, since the long one costs several times as much. A value that
-- reads as the very text it was cast from needs no further look at its form.

create macro is_trimmed(raw) as
    raw between '!' and '~' and raw[-1] between '!' and '~';

create macro cleaned(raw) as
    case when is_trimmed(raw) then raw else nullif(stripped(raw), '') end;

create macro cleaned_word(raw) as
    case when raw = 'true' or raw = 'false' then raw else cleaned(raw) end;

-- The start of a text as it is shown. What stands before an @ may be a
-- password.
create macro shown_value(form) as
    left(regexp_replace(form, '^([^/]*//)?[^/?#]*@', '\1…@'), 100);

-- The place of a record of several files that are read together.
create macro file_number(place) as place >> 32;

create macro number_in_file(place) as place & 4294967295;

-- Numbers

-- Of the raw contract.
create macro highest_count() as {{ highest_count }};

create macro is_number(form) as
    regexp_full_match(
        form, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?'
    );

create macro is_plain_count(form) as
    regexp_full_match(form, '[+]?[0-9]+([.]0*)?');

-- 1e2 and 1.06831E+11: no more decimals than the exponent moves.
create macro is_power_count(form) as
    regexp_full_match(form, '[+]?[0-9]+([.][0-9]+)?[eE][+]?[0-9]{1,2}')
    and length(rtrim(regexp_extract(form, '[.]([0-9]+)', 1), '0'))
        <= try_cast(regexp_extract(form, '[eE][+]?([0-9]+)', 1) as integer);

create macro count_value(form) as
    case
        when try_cast(form as bigint)::varchar = form and form[1] <> '-'
            then try_cast(form as bigint)
        when is_plain_count(form)
            then try_cast(regexp_replace(form, '[.].*$', '') as bigint)
        when is_power_count(form)
            then try_cast(try_cast(form as hugeint) as bigint)
    end;

create macro count_reason(form, found, lowest, highest) as
    case
        when form is null then null
        when found < lowest or found > highest or found > highest_count()
            then 'out_of_range'
        when found is not null then null
        when not is_number(form) then 'not_a_number'
        when starts_with(form, '-') then 'negative'
        when is_plain_count(form) or is_power_count(form) then 'out_of_range'
        else 'not_an_integer'
    end;

create macro number_value(form) as
    case
        when try_cast(form as smallint)::varchar = form
            then try_cast(form as smallint)::double
        when is_number(form) and isfinite(try_cast(form as double))
            then try_cast(form as double)
    end;

create macro number_reason(form, found, lowest, highest) as
    case
        when form is null then null
        when found is null then 'not_a_number'
        when found < lowest or found > highest then 'out_of_range'
    end;

create macro lowest_score(scale) as
    case scale when 'rank' then 1 else 0 end;

create macro highest_score(scale) as
    case scale when '0-100' then 100 when '0-1000' then 1000 end;

-- Times: ISO 8601 with or without time and offset, or as spreadsheets write
-- them; the result is UTC, as is the zone of the session.

create macro is_time(form) as
    regexp_full_match(
        form,
        '[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]'
        || '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,9})?)?'
        || ' ?(?:Z|UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?'
    );

create macro is_plain_time(form) as
    strlen(form) = 19 and try_cast(form as timestamp)::varchar = form;

-- Spreadsheets write days as their country does. With dots the day comes first
-- everywhere; with slashes only a number beyond 12 tells which one it is.
create macro is_local_time(form) as
    regexp_full_match(
        form,
        '(?:[0-9]{1,2}/[0-9]{1,2}/|[0-9]{1,2}[.][0-9]{1,2}[.])[0-9]{4}'
        || '(?:,? (?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?)?'
    );

-- Of a local time: both numbers may be the month.
create macro has_two_months(form) as
    contains(form, '/')
    and string_split(form, '/')[1]::smallint <= 12
    and string_split(form, '/')[2]::smallint <= 12
    and string_split(form, '/')[1]::smallint
    <> string_split(form, '/')[2]::smallint;

create macro is_ambiguous_time(form) as
    is_local_time(form) and has_two_months(form);

create macro local_timestamp_value(form) as
    case
        when not is_local_time(form) then null
        when has_two_months(form) then null
        when
            contains(form, '/') and string_split(form, '/')[2]::smallint > 12
            then
                try_strptime(
                    replace(form, ',', ''),
                    ['%m/%d/%Y', '%m/%d/%Y %H:%M', '%m/%d/%Y %H:%M:%S']
                )
        else
            try_strptime(
                replace(replace(form, ',', ''), '/', '.'),
                ['%d.%m.%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M:%S']
            )
    end;

-- What the other days of a file tell of one that could be two.
create macro day_first(form) as
    case
        when is_ambiguous_time(form) then replace(form, '/', '.')
        else form
    end;

create macro month_first(form) as
    case
        when is_ambiguous_time(form)
            then
                regexp_replace(form, '^([0-9]+)/([0-9]+)/', '\2.\1.')
        else form
    end;

create macro timestamp_value(form) as
    case
        when is_plain_time(form) then try_cast(form as timestamp)
        when is_time(form)
            then
                timezone(
                    'UTC',
                    try_cast(
                        regexp_replace(form, ' ([+-])', '\1') as timestamptz
                    )
                )
        when form is not null then local_timestamp_value(form)
    end;

create macro timestamp_reason(form, found, today) as
    case
        when form is null then null
        when found::date > today then 'future_date'
        when found is not null then null
        when is_ambiguous_time(form) then 'ambiguous_date'
        when is_time(form) or is_local_time(form) then 'impossible_date'
        else 'not_a_date'
    end;

create macro date_value(form) as timestamp_value(form)::date;

create macro date_reason(form, found, today) as
    timestamp_reason(form, found, today);

-- Programs write parts of a second too, and milliseconds.
create macro unix_timestamp_value(form) as
    case
        when regexp_full_match(form, '[0-9]{1,11}')
            then make_timestamp(try_cast(form as bigint) * 1000000)
        when regexp_full_match(form, '[0-9]{1,11}[.][0-9]{1,9}')
            then
                make_timestamp(
                    (try_cast(form as decimal(20, 9)) * 1000000)::bigint
                )
        when regexp_full_match(form, '[0-9]{13}')
            then make_timestamp(try_cast(form as bigint) * 1000)
        else timestamp_value(form)
    end;

create macro unix_timestamp_reason(form, found, today) as
    timestamp_reason(form, found, today);

-- A release of Common Crawl's web graph, such as cc-main-2023-24-sep-nov-feb,
-- ends with its last month, in its last year.
create macro release_parts(form) as
    regexp_extract(
        form,
        '^cc-main-([0-9]{2})([0-9]{2})(?:-([0-9]{2}))?'
        || '(?:-[a-z]{3})*-([a-z]{3})$',
        ['century', 'first_year', 'last_year', 'last_month']
    );

create macro common_crawl_release_value(form) as
    last_day(
        try_cast(
            release_parts(form).century
            || coalesce(
                nullif(release_parts(form).last_year, ''),
                release_parts(form).first_year
            )
            || '-' || lpad(
                list_position(
                    [
                        'jan', 'feb', 'mar', 'apr', 'may', 'jun',
                        'jul', 'aug', 'sep', 'oct', 'nov', 'dec'
                    ],
                    release_parts(form).last_month
                )::varchar, 2, '0'
            ) || '-01' as date
        )
    );

create macro common_crawl_release_reason(form, found, today) as
    case
        when form is null then null
        when found is null then 'not_a_release'
        when found > today then 'future_date'
    end;

-- Identifiers: a spreadsheet rounds long numbers and writes 1.23457E+17, a
-- data frame writes whole numbers with .0, and programs write what is no id.

create macro identifier_value(form) as
    case
        when ends_with(form, '.0')
            and regexp_full_match(form, '[0-9]{1,15}[.]0')
            then left(form, -2)
        else form
    end;

create macro identifier_reason(form) as
    case
        when regexp_full_match(
            form,
            '[+-]?[0-9]+([.,][0-9]+)?[eE][+-][0-9]+'
            || '|[+-]?[0-9]+[.,][0-9]+[eE][0-9]+|[0-9]{16,}[.]0+'
        ) then 'rounded_number'
        when lower(form) in (
            'nan', 'null', 'none', 'undefined', 'true', 'false', 'inf', '-inf',
            'infinity', '-infinity', '[object object]'
        ) then 'not_an_identifier'
        when form[1] in ('{', '[') and json_valid(form)
            then 'not_an_identifier'
    end;

create macro is_date_like(form) as
    regexp_full_match(
        form,
        '[0-9]{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
        || '|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2}'
    );

-- Control characters but for tabs and line ends: they drive terminals, end
-- texts early and break files that are made of them.
create macro has_control(raw) as
    regexp_matches(
        raw, '[\x{0}-\x{8}\x{b}\x{c}\x{e}-\x{1f}\x{7f}-\x{9f}]'
    );

create macro without_controls(raw) as
    regexp_replace(
        raw, '[\x{0}-\x{8}\x{b}\x{c}\x{e}-\x{1f}\x{7f}-\x{9f}]', ' ', 'g'
    );

-- Words

-- A value, in JSON or as people write it, that is neither empty nor false.
create macro says_yes(raw) as
    coalesce(
        lower(stripped(raw)) not in (
            '', '[]', '{}', 'null', 'none', 'false', 'f', 'no', 'n', '0', '0.0'
        ),
        false
    );

-- A name as it is compared: its letters and digits, in lower case. A plus at
-- its end is told apart.
create macro folded_name(form) as
    regexp_replace(
        regexp_replace(lower(form), '[+]$', 'plus'),
        '[^\p{L}\p{N}]+', '', 'g'
    );

create macro split_list(form) as
    case
        when starts_with(form, '[') and json_valid(form)
            then from_json(form, '["VARCHAR"]')
        else
            [
                trim(item) for item in string_split(form, '|')
                if trim(item) <> ''
            ]
    end;

-- The first key that stands twice in one of several lists of keys.
create macro repeated_key(key_lists) as
    list_filter(
        list_transform(
            key_lists,
            lambda names: list_filter(
                names,
                lambda name: len(list_filter(names, lambda n: n = name)) > 1
            )[1]
        ),
        lambda name: name is not null
    )[1];

-- The elements of a list as JSON: of an array, or of a separated text.
create macro list_elements(raw, separator) as
    case
        when raw is null or stripped(raw) = '' then null
        when starts_with(stripped(raw), '[') and json_valid(raw)
            then json_extract(raw, '$[*]')
        when separator = '' then [to_json(raw)]
        else
            [
                to_json(stripped(item)) for item in string_split(raw, separator)
                if stripped(item) <> ''
            ]
    end;

-- Values found within a value: texts, and what lists hold.
create macro deep_elements(found) as
    flatten(
        list_transform(
            found,
            lambda value: case json_type(value)
                when 'ARRAY' then json_extract(value, '$[*]')
                when 'VARCHAR' then [value]
                else []
            end
        )
    );

-- Texts of answers, in which the names of brands are looked for. The words of
-- a name are those of macros/words.sql, which tells whose name it is.
create macro name_words(form) as
    trim(
        regexp_replace(
            lower(nfc_normalize(form)), '[^\p{L}\p{M}\p{N}]+', ' ', 'g'
        )
    );

-- Several texts of one answer stand in a list.
create macro text_of(raw) as
    case
        when starts_with(raw, '["') and json_valid(raw)
            then array_to_string(from_json(raw, '["VARCHAR"]'), chr(10))
        else raw
    end;

-- The address of a cited page, and the host that links to it by name, are no
-- words of the answer.
create macro without_links(raw) as
    regexp_replace(
        regexp_replace(
            raw,
            '[[][^\s[\]()]+[.][^\s[\]()]+[\]][(][^()\s]*[)]', ' ', 'g'
        ),
        '[\]][(][^()\s]*[)]|(?i)(https?://|www[.])[^\s<>"]+', ' ', 'g'
    );

-- A value beside an answer. Of a list of messages, as requests hold them, it is
-- the text of the last; an object is none.
create macro plain_value(raw) as
    case
        when raw is null or raw[1] not in ('[', '{') or not json_valid(raw)
            then raw
        when raw[1] = '['
            then coalesce(
                json_extract_string(raw, '$[#-1].content[0].text'),
                json_extract_string(raw, '$[#-1].parts[0].text'),
                case json_type(raw, '$[#-1].content')
                    when 'VARCHAR'
                        then json_extract_string(raw, '$[#-1].content')
                end,
                case json_type(raw, '$[#-1]')
                    when 'VARCHAR' then json_extract_string(raw, '$[#-1]')
                end
            )
    end;

-- An element of a list, such as the rel attributes of a link, is one of words.
create macro holds_value(form, words) as
    list_has_any([lower(item) for item in split_list(form)], words);

create macro difference_value(form) as
    count_value(split_part(form, '-', 1))
    - count_value(split_part(form, '-', 2));

-- Other identifiers: the same contents have the same one.
create macro digest(contents) as md5(to_json(contents)::varchar);

create macro country_value(form) as
    case
        when regexp_full_match(form, '[A-Za-z]{2}') then lower(form)
    end;

create macro language_value(form) as
    case
        when regexp_full_match(form, '[A-Za-z]{2}([-_][A-Za-z]{2})?')
            then lower(left(form, 2))
    end;

create macro source_value(form) as
    case
        when regexp_full_match(form, '[A-Za-z0-9][A-Za-z0-9_.-]{0,63}')
            then lower(form)
    end;

-- Addresses: the authority is read in Python, once per distinct one.

create macro is_web_link(form) as
    starts_with(form, 'https://') or starts_with(form, 'http://');

-- The site is the authority in its own spelling, and, where no slash follows,
-- what does: cheap to cut off, and the same for many links.
create macro address_site(form) as
    case
        when is_web_link(form) then string_split(form, '/')[3]
        when not contains(form, '/') and not contains(form, '?')
            and not contains(form, '#') then form
        else
            regexp_extract(
                form, '^(?:[A-Za-z][A-Za-z0-9+.-]*://|//)?([^/?#]*)', 1
            )
    end;

create macro site_of(raw) as
    case
        when raw like 'https://%/%' then string_split(raw, '/')[3]
        else address_site(cleaned(raw))
    end;

create macro is_authority(site) as
    not contains(site, '?') and not contains(site, '#')
    and site = lower(site);

create macro site_authority(site) as
    lower(regexp_extract(site, '^[^?#]*'));

-- A host that needs no more than the list of public suffixes. No label, and
-- no name, of so few characters is too long.
create macro is_plain_host(authority) as
    length(authority) <= 63
    and regexp_full_match(authority, '[a-z0-9_-][a-z0-9_.-]*[.][a-z]+')
    and not contains(authority, '..') and not contains(authority, 'xn--')
    and not ends_with(authority, '.localhost');

create macro address_rest(form) as
    regexp_extract(
        form, '(?s)^(?:[A-Za-z][A-Za-z0-9+.-]*://|//)?[^/?#]*(.*)$', 1
    );

create macro address_reason(form, host_reason) as
    case
        when form is null then null
        when is_web_link(form) then host_reason
        when regexp_matches(form, '^[Hh][Tt][Tt][Pp][Ss]?://')
            then host_reason
        -- A port is no scheme.
        when regexp_matches(form, '^[A-Za-z0-9.-]+:[0-9]+(/|$)')
            then host_reason
        when regexp_matches(form, '^[A-Za-z][A-Za-z0-9+.-]*:')
            then 'not_a_web_link'
        else host_reason
    end;

-- The www. host is the domain itself; any other host or a path is not.
create macro address_grain(form, host, domain) as
    case
        when address_rest(form) not in ('', '/') then 'path'
        when host not in (domain, 'www.' || domain) then 'subdomain'
    end;

-- What chatbots write where a source was: cite:1, turn0search3, oaicite:0,
-- 【4†source】 or the bare number of a footnote.
create macro is_placeholder(form) as
    regexp_full_match(
        form,
        '(?i)[^a-z0-9]*(file)?cite(turn[0-9]+[a-z]+[0-9]+|[^a-z0-9.]*)*'
        || '[0-9]*[^a-z0-9.]*'
        || '|turn[0-9]+[a-z]+[0-9]+'
        || '|(:contentReference[[])?oaicite:[0-9]+([]]([{]index=[0-9]+[}])?)?'
        || '|【[^】]*】|[[(]?[0-9]{1,3}[])]?'
    );

-- A text that was meant as an address, whatever is wrong with it.
create macro is_address(form) as
    regexp_matches(form, '^([A-Za-z][A-Za-z0-9+.-]*:|//)')
    or regexp_matches(form, '^[^\s/?#]+[.][^\s/?#]+([/?#]|$)');

create macro address_or_null(form) as
    case when is_address(form) then form end;

-- Redirectors: pages that lead elsewhere, cited in place of where they lead.

-- People and tools paste links in the way of Markdown: [text](url), <url>.
create macro unmarked(form) as
    case
        when form[1] = '['
            then nullif(
                regexp_extract(
                    form, '[]][(]\s*<?([^\s<>]+?)>?(\s+"[^"]*")?\s*[)]$', 1
                ),
                ''
            )
        when form[1] = '<'
            then nullif(regexp_extract(form, '^<([^<>\s]+)>$', 1), '')
    end;

-- The host of a site as redirectors name it: without www. and port.
create macro site_host(site) as
    regexp_replace(site_authority(site), '^www[.]|[.]?(:[0-9]*)?$', '', 'g');

create macro percent_decoded(found) as
    case
        when regexp_matches(found, '^https?:/') then found
        else try(url_decode(found))
    end;

create macro base64_decoded(found) as
    percent_decoded(
        try(
            decode(
                from_base64(
                    rpad(
                        translate(rtrim(found, '='), '-_', '+/'),
                        ((length(rtrim(found, '=')) + 3) // 4 * 4)::integer,
                        '='
                    )
                )
            )
        )
    );

create macro proofpoint_decoded(found) as
    percent_decoded(replace(replace(found, '-', '%'), '_', '/'));

-- a-b--c.translate.goog stands for a.b-c.
create macro translated_host(host) as
    replace(
        replace(
            replace(regexp_extract(host, '^[^.]*'), '--', chr(1)), '-', '.'
        ),
        chr(1), '-'
    );

create macro translated_rest(rest) as
    regexp_replace(
        regexp_replace(
            regexp_replace(rest, '_x_tr_[a-z_]+=[^&#]*&?', '', 'g'),
            '[?&](#|$)', '\1'
        ),
        '^$', '/'
    );

-- A target as an address of the web, NULL where it is none. Archives write
-- one slash where an address has two.
create macro web_address(found) as
    case
        when regexp_matches(found, '(?i)^https?:/+[^/\s]+[.][^/\s]')
            then regexp_replace(found, '^([A-Za-z]+):/+', '\1://')
        when regexp_matches(
            found, '(?i)^(//)?[a-z0-9-]+([.][a-z0-9-]+)+([:/?#]|$)'
        )
            then 'https://' || ltrim(found, '/')
    end;

-- A domain column that repeats the host of the address beside it, or the
-- domain of that host.
create macro is_host_of(domain, address) as
    ends_with(
        '.' || site_host(address_site(address)),
        '.' || site_host(address_site(domain))
    );

create macro titled_domain(redirect, title) as
    case
        when redirect.is_titled
            and regexp_full_match(lower(title), '([a-z0-9-]+[.])+[a-z]{2,}')
            then title
    end;

create macro cited_source(raw, redirect, title) as
    case
        when redirect is null then raw
        else coalesce(redirect.target, titled_domain(redirect, title))
    end;

create macro cited_domain(domain, address, redirect, own_redirect, title) as
    case
        when redirect.target is not null then redirect.target
        when redirect is null and own_redirect is null then domain
        when redirect is null then own_redirect.target
        when own_redirect is null and not is_host_of(domain, address)
            then domain
        else titled_domain(redirect, title)
    end;

create macro host_first(form) as
    array_to_string(list_reverse(string_split(form, '.')), '.');
