#include "formats/redaction/trigger_filter.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "formats/redaction/text_class.hpp"

namespace formats {

namespace {

constexpr std::uint64_t small_letters = 0x2020202020202020;

bool in_word(char c) { return is_alnum(c) || c == '-' || c == '_'; }

// Whether the trigger can have this byte at a position of the tables: 0 is the byte before it.
bool allows(const Trigger& trigger, std::size_t position, char c) {
    if (position == 0) return !trigger.whole_word || !is_alnum(c);
    const std::size_t i = position - 1;
    if (i < trigger.text.size()) return lower(c) == trigger.text[i];
    if (!trigger.whole_word || !in_word(trigger.text.back()) || i > trigger.text.size())
        return true;
    // The byte behind: the abbreviated word goes on, or it has ended.
    return !in_word(c) || (i < trigger.word.size() && lower(c) == trigger.word[i]);
}

}  // namespace

TriggerFilter::TriggerFilter(std::vector<Trigger> triggers) : triggers_(std::move(triggers)) {
    // What shares a bucket shares its tables, so a bucket stays selective when its triggers begin
    // alike. Short ones leave places open for any byte and would make a bucket of longer ones
    // blind: they come first, by their first byte, and the others follow in the order of the
    // alphabet.
    const auto first = [](const Trigger& trigger) {
        return is_digit(trigger.text[0]) ? '0' : trigger.text[0];
    };
    const auto is_short = [](const Trigger& trigger) { return trigger.text.size() < 4; };
    std::sort(triggers_.begin(), triggers_.end(), [&](const Trigger& a, const Trigger& b) {
        if (is_short(a) != is_short(b)) return is_short(a);
        return a.text < b.text;
    });
    triggers_.erase(std::unique(triggers_.begin(), triggers_.end()), triggers_.end());
    const auto longer = static_cast<std::size_t>(
        std::find_if_not(triggers_.begin(), triggers_.end(), is_short) - triggers_.begin());
    std::size_t bucket = 0, first_longer = 0;
    for (std::size_t i = 0; i < triggers_.size(); ++i) {
        if (i < longer) {
            if (i > 0 && first(triggers_[i]) != first(triggers_[i - 1]) &&
                bucket + 1 < buckets_.size() / 2)
                ++bucket;
            first_longer = bucket + 1;
        } else {
            bucket = first_longer +
                     (i - longer) * (buckets_.size() - first_longer) / (triggers_.size() - longer);
        }
        buckets_[bucket].push_back(static_cast<std::uint16_t>(i));
        const std::size_t known = std::min(triggers_[i].text.size(), sizeof(std::uint64_t));
        std::uint64_t value = 0, mask = 0;
        std::memcpy(&value, triggers_[i].text.data(), known);
        std::memset(&mask, 0xff, known);
        first_bytes_.push_back({(value | small_letters) & mask, mask});
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const char c = static_cast<char>(byte);
            for (std::size_t position = 0; position < tables_.size(); ++position)
                if (allows(triggers_[i], position, c))
                    tables_[position][byte] |= std::uint64_t{1} << bucket;
        }
    }
}

unsigned TriggerFilter::kinds(std::string_view text, std::size_t begin, std::size_t end) const {
    const auto at = [bytes = text.data()](std::size_t i) {
        return static_cast<unsigned char>(bytes[i]);
    };
    const auto maybe = [&](std::size_t p) {
        return tables_[0][at(p - 1)] & tables_[1][at(p)] & tables_[2][at(p + 1)] &
               tables_[3][at(p + 2)] & tables_[4][at(p + 3)];
    };
    // Where there is no byte before, or not all four behind.
    const auto maybe_at_edge = [&](std::size_t p) {
        std::uint64_t left = tables_[0][p > 0 ? at(p - 1) : static_cast<unsigned char>('\n')];
        for (std::size_t position = 1; position < tables_.size() && p + position - 1 < text.size();
             ++position)
            left &= tables_[position][at(p + position - 1)];
        return left;
    };
    unsigned found = 0;
    std::size_t i = begin;
    if (i == 0 && i < end) {
        if (const std::uint64_t left = maybe_at_edge(i); left != 0) found |= verify(text, i, left);
        ++i;
    }
    const std::size_t safe = std::min(end, text.size() < 3 ? 0 : text.size() - 3);
    for (; i + 4 <= safe; i += 4) {
        const std::uint64_t a = maybe(i), b = maybe(i + 1), c = maybe(i + 2), d = maybe(i + 3);
        if ((a | b | c | d) == 0) continue;
        if (a != 0) found |= verify(text, i, a);
        if (b != 0) found |= verify(text, i + 1, b);
        if (c != 0) found |= verify(text, i + 2, c);
        if (d != 0) found |= verify(text, i + 3, d);
        if (found == for_all) return found;
    }
    for (; i < end; ++i)
        if (const std::uint64_t left = maybe_at_edge(i); left != 0) found |= verify(text, i, left);
    return found;
}

unsigned TriggerFilter::verify(std::string_view text, std::size_t at, std::uint64_t buckets) const {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, std::min(text.size() - at, sizeof eight));
    eight |= small_letters;
    unsigned found = 0;
    for (; buckets != 0; buckets &= buckets - 1)
        for (const std::uint16_t number :
             buckets_[static_cast<std::size_t>(std::countr_zero(buckets))])
            if ((eight & first_bytes_[number].mask) == first_bytes_[number].value &&
                is_there(triggers_[number], text, at))
                found |= triggers_[number].kinds;
    return found;
}

bool TriggerFilter::is_there(const Trigger& trigger, std::string_view text, std::size_t at) {
    if (trigger.whole_word && at > 0 && is_alnum(text[at - 1])) return false;
    if (!starts_with_folded(text.substr(at), trigger.text)) return false;
    std::size_t behind = at + trigger.text.size();
    if (trigger.assigned) {
        const std::size_t sign = text.find_first_not_of(" \t", behind);
        if (sign == std::string_view::npos) return false;
        return text[sign] == '=' || (sign == behind && std::string_view(":\"'").find(text[sign]) !=
                                                           std::string_view::npos);
    }
    if (!trigger.whole_word) return true;
    for (std::size_t i = trigger.text.size(); i < trigger.word.size() && behind < text.size();
         ++i, ++behind)
        if (lower(text[behind]) != trigger.word[i]) break;
    if (behind < text.size() && in_word(text[behind]) && in_word(trigger.text.back())) return false;
    if (trigger.next.empty()) return true;
    const std::size_t word = text.find_first_not_of(" \t", behind);
    if (word == std::string_view::npos || word == behind) return false;
    return std::any_of(trigger.next.begin(), trigger.next.end(), [&](const std::string& next) {
        return starts_with_folded(text.substr(word), next);
    });
}

}  // namespace formats
