#include "formats/redaction/rules/trigger_filter.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::uint64_t small_letters = 0x2020202020202020;
constexpr std::size_t npos = std::string_view::npos;

bool in_word(char c) { return is_alnum(c) || c == '-' || c == '_'; }

// A blank at the end of a trigger stands for a tab as well.
std::string_view without_blank(const std::string& text) {
    return text.back() == ' ' ? std::string_view(text).substr(0, text.size() - 1) : text;
}

// Where a word starts in it: behind punctuation or a blank if there is such a word, because what
// stands before the first one is not known.
std::size_t anchor_of(const Trigger& trigger) {
    const std::string& text = trigger.text;
    if (trigger.whole_word) return 0;
    for (std::size_t i = 1; i < text.size(); ++i)
        if (is_letter(text[i]) && !is_alnum(text[i - 1])) return i;
    return 0;
}

// Calls `take` with the bytes that the trigger can have so far behind its anchor.
template <class Take>
void each_allowed(const Trigger& trigger, std::size_t anchor, std::size_t position, Take take) {
    const std::string_view text = without_blank(trigger.text);
    const std::size_t i = anchor + position;
    if (i < text.size()) {
        take(text[i]);
        if (is_letter(text[i])) take(static_cast<char>(text[i] - 'a' + 'A'));
        return;
    }
    const bool blank = i == text.size() && text.size() < trigger.text.size();
    const bool anything = !trigger.whole_word || !in_word(trigger.text.back()) || i > text.size();
    for (unsigned byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        // The byte behind a whole word: the abbreviated one goes on, or it has ended.
        if (blank ? is_blank(c) : anything || !in_word(c) || (i < trigger.word.size() && lower(c) == trigger.word[i]))
            take(c);
    }
}

// Whether the trigger stands at `at`; its first `known` bytes have been compared.
bool is_there(const Trigger& trigger, std::string_view text, std::size_t at, std::size_t known) {
    const std::string_view wanted = without_blank(trigger.text);
    if (wanted.size() > known &&
        (text.size() < at + known || !starts_with_folded(text.substr(at + known), wanted.substr(known))))
        return false;
    std::size_t behind = at + wanted.size();
    if (wanted.size() < trigger.text.size()) return behind < text.size() && is_blank(text[behind]);
    if (!trigger.whole_word) return true;
    for (std::size_t i = wanted.size(); i < trigger.word.size() && behind < text.size(); ++i, ++behind)
        if (lower(text[behind]) != trigger.word[i]) break;
    if (behind < text.size() && in_word(text[behind]) && in_word(wanted.back())) return false;
    if (trigger.next.empty()) return true;
    const std::size_t word = text.find_first_not_of(" \t", behind);
    if (word == npos || word == behind) return false;
    return std::any_of(trigger.next.begin(), trigger.next.end(),
                       [&](const std::string& next) { return starts_with_folded(text.substr(word), next); });
}

}  // namespace

TriggerFilter::TriggerFilter(std::vector<Trigger> triggers) {
    for (Trigger& trigger : triggers) {
        const std::string& text = trigger.text;
        if (trigger.assigned) {
            names_.push_back({text, trigger.kinds, false});
        } else if (!trigger.whole_word && text.back() == ':') {
            names_.push_back({text.substr(0, text.size() - 1), trigger.kinds, true});
        } else if (std::string_view("@$<\t").find(text[0]) != npos) {
            signs_[static_cast<unsigned char>(text[0])] = Sign::opening;
            openings_.push_back({text, trigger.kinds});
        } else {
            const std::size_t anchor = anchor_of(trigger);
            assert(is_letter(text[anchor]));
            anchored_.push_back({std::move(trigger), anchor});
        }
    }
    signs_['='] = Sign::equals;
    signs_['#'] = Sign::prompt;
    for (const char sign : {':', '"', '\''}) signs_[static_cast<unsigned char>(sign)] = Sign::behind_name;
    for (const Name& name : names_) name_endings_[pair_slot(name.text.end()[-2], name.text.back())] = true;

    // What shares a bucket shares its tables, so a bucket stays selective when its triggers begin
    // alike.
    const auto begins = [](const Anchored& one) { return std::string_view(one.trigger.text).substr(one.anchor); };
    // Those of the forms come first: once one of them is found, only the others are looked for.
    const auto is_for_forms = [](const Anchored& one) { return one.trigger.kinds == for_forms; };
    std::sort(anchored_.begin(), anchored_.end(), [&](const Anchored& a, const Anchored& b) {
        if (is_for_forms(a) != is_for_forms(b)) return is_for_forms(a);
        return begins(a) < begins(b);
    });
    anchored_.erase(std::unique(anchored_.begin(), anchored_.end(),
                                [](const Anchored& a, const Anchored& b) { return a.trigger == b.trigger; }),
                    anchored_.end());
    for (std::size_t bucket = 0; bucket < bucket_begins_.size(); ++bucket)
        bucket_begins_[bucket] = static_cast<std::uint16_t>(bucket * anchored_.size() / (bucket_begins_.size() - 1));
    for (std::size_t bucket = 0; bucket + 1 < bucket_begins_.size(); ++bucket)
        for (std::size_t i = bucket_begins_[bucket]; i < bucket_begins_[bucket + 1]; ++i) {
            add_to_tables(anchored_[i], bucket);
            if (!is_for_forms(anchored_[i])) not_only_forms_ |= std::uint64_t{1} << bucket;
        }
}

void TriggerFilter::add_to_tables(const Anchored& anchored, std::size_t bucket) {
    const std::string_view known = without_blank(anchored.trigger.text).substr(anchored.anchor, sizeof(std::uint64_t));
    std::uint64_t value = 0, mask = 0;
    std::memcpy(&value, known.data(), known.size());
    std::memset(&mask, 0xff, known.size());
    first_bytes_.push_back({(value | small_letters) & mask, mask});
    const std::uint64_t bit = std::uint64_t{1} << bucket;
    for (std::size_t position = 1; position < 2 + tables_.size(); ++position)
        each_allowed(anchored.trigger, anchored.anchor, position, [&](char c) {
            if (position == 1)
                pairs_[pair_slot(known[0], c)] |= bit;
            else
                tables_[position - 2][static_cast<unsigned char>(c)] |= bit;
        });
}

unsigned TriggerFilter::kinds(const ByteMap& map, std::string_view text, std::size_t begin, std::size_t end) const {
    unsigned found = 0;
    // Places near the end of the text are left to at_word.
    constexpr std::size_t looked_at = sizeof(std::uint64_t);
    const std::size_t safe = text.size() < looked_at ? 0 : text.size() - looked_at + 1;
    std::uint64_t wanted = ~std::uint64_t{0};
    map.each_word(begin, end, [&](std::size_t at) {
        const std::uint64_t buckets = wanted & (at < safe ? buckets_at(text.data() + at) : ~std::uint64_t{0});
        if (buckets == 0) return;
        found |= at_word(text, at, buckets, found);
        if ((found & for_forms) != 0) wanted = not_only_forms_;
    });
    map.each_sign(begin, end, [&](std::size_t at) {
        switch (signs_[static_cast<unsigned char>(text[at])]) {
            case Sign::none: break;
            case Sign::opening: found |= at_opening(text, at, begin, end); break;
            case Sign::prompt:
                if (at > begin && text[at - 1] == ')') found |= for_forms;
                break;
            case Sign::equals: {
                std::size_t behind = at;
                while (behind > begin && is_blank(text[behind - 1])) --behind;
                if (behind == at && behind > begin && text[behind - 1] == ':')  // `NAME := VALUE`
                    for (--behind; behind > begin && is_blank(text[behind - 1]);) --behind;
                found |= names_before(text, begin, behind, false);
                break;
            }
            case Sign::behind_name:
                if (at >= begin + 3 && text[at - 1] == '\\')  // \"NAME\"
                    found |= names_before(text, begin, at - 1, false);
                else if (at >= begin + 2 && name_endings_[pair_slot(text[at - 2], text[at - 1])])
                    found |= names_before(text, begin, at, text[at] == ':');
                break;
        }
    });
    return found;
}

// `buckets`: those that can have a trigger here; more are looked at near the end of the text.
unsigned TriggerFilter::at_word(std::string_view text, std::size_t at, std::uint64_t buckets, unsigned found) const {
    std::array<char, sizeof(std::uint64_t)> bytes;
    if (text.size() - at >= bytes.size()) {
        std::memcpy(bytes.data(), text.data() + at, bytes.size());
    } else {
        bytes.fill('\n');
        std::memcpy(bytes.data(), text.data() + at, text.size() - at);
        buckets &= buckets_at(bytes.data());
    }
    std::uint64_t eight;
    std::memcpy(&eight, bytes.data(), sizeof eight);
    eight |= small_letters;
    unsigned here = 0;
    for (; buckets != 0; buckets &= buckets - 1) {
        const auto bucket = static_cast<std::size_t>(std::countr_zero(buckets));
        for (std::size_t number = bucket_begins_[bucket]; number < bucket_begins_[bucket + 1]; ++number) {
            if ((eight & first_bytes_[number].mask) != first_bytes_[number].value) continue;
            const Anchored& anchored = anchored_[number];
            if ((anchored.trigger.kinds & ~(found | here)) == 0 || at < anchored.anchor) continue;
            if (is_there(anchored.trigger, text, at - anchored.anchor, anchored.anchor > 0 ? 0 : bytes.size()))
                here |= anchored.trigger.kinds;
        }
    }
    return here;
}

unsigned TriggerFilter::at_opening(std::string_view text, std::size_t at, std::size_t begin, std::size_t end) const {
    // A tab only behind what can be an address or a name.
    if (text[at] == '\t' && (at == begin || (!is_alnum(text[at - 1]) && text[at - 1] != ':'))) return 0;
    // A tag starts with a letter.
    if (text[at] == '<' && (at + 1 >= end || !is_letter(text[at + 1]))) return 0;
    unsigned here = 0;
    for (const Opening& opening : openings_)
        if (opening.text[0] == text[at] && starts_with_folded(text.substr(at, end - at), opening.text))
            here |= opening.kinds;
    return here;
}

unsigned TriggerFilter::names_before(std::string_view text, std::size_t begin, std::size_t end, bool colon) const {
    if (end < begin + 2 || !name_endings_[pair_slot(text[end - 2], text[end - 1])]) return 0;
    const std::string_view before = text.substr(begin, end - begin);
    unsigned here = 0;
    for (const Name& name : names_)
        if ((colon || !name.only_colon) && before.size() >= name.text.size() &&
            equals_folded(before.substr(before.size() - name.text.size()), name.text))
            here |= name.kinds;
    return here;
}

}  // namespace formats
