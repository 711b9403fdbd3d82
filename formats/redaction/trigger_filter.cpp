#include "formats/redaction/trigger_filter.hpp"

#include <algorithm>
#include <bit>

#include "formats/redaction/text_class.hpp"

namespace formats {

TriggerFilter::TriggerFilter(std::vector<Trigger> triggers) : triggers_(std::move(triggers)) {
    // Neighbours in the alphabet share a bucket: their tables overlap, so a bucket stays selective.
    std::sort(triggers_.begin(), triggers_.end(), [](const Trigger& a, const Trigger& b) { return a.text < b.text; });
    triggers_.erase(std::unique(triggers_.begin(), triggers_.end()), triggers_.end());
    for (std::size_t i = 0; i < triggers_.size(); ++i) {
        const std::size_t bucket = i * buckets_.size() / triggers_.size();
        buckets_[bucket].push_back(static_cast<std::uint16_t>(i));
        for (std::size_t position = 0; position < tables_.size(); ++position) {
            for (std::size_t byte = 0; byte < 256; ++byte) {
                const bool fits = position >= triggers_[i].text.size() ||
                                  lower(static_cast<char>(byte)) == triggers_[i].text[position];
                if (fits) tables_[position][byte] |= std::uint64_t{1} << bucket;
            }
        }
    }
}

bool TriggerFilter::hits(std::string_view text, std::size_t begin, std::size_t end) const {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t i = begin;
    const std::size_t safe = std::min(end, text.size() < 3 ? 0 : text.size() - 3);
    const auto maybe = [&](std::size_t p) {
        return tables_[0][at(p)] & tables_[1][at(p + 1)] & tables_[2][at(p + 2)] & tables_[3][at(p + 3)];
    };
    for (; i + 4 <= safe; i += 4) {
        const std::uint64_t a = maybe(i), b = maybe(i + 1), c = maybe(i + 2), d = maybe(i + 3);
        if ((a | b | c | d) == 0) continue;
        if ((a != 0 && verify(text, i, a)) || (b != 0 && verify(text, i + 1, b)) ||
            (c != 0 && verify(text, i + 2, c)) || (d != 0 && verify(text, i + 3, d)))
            return true;
    }
    for (; i < end; ++i) {
        std::uint64_t left = tables_[0][at(i)];
        for (std::size_t position = 1; position < tables_.size() && i + position < text.size(); ++position)
            left &= tables_[position][at(i + position)];
        if (left != 0 && verify(text, i, left)) return true;
    }
    return false;
}

bool TriggerFilter::verify(std::string_view text, std::size_t at, std::uint64_t buckets) const {
    for (; buckets != 0; buckets &= buckets - 1)
        for (const std::uint16_t number : buckets_[static_cast<std::size_t>(std::countr_zero(buckets))]) {
            const Trigger& trigger = triggers_[number];
            if (!starts_with_folded(text.substr(at), trigger.text)) continue;
            if (trigger.starts_word && at > 0 && is_alnum(text[at - 1])) continue;
            const std::size_t behind = at + trigger.text.size();
            if (trigger.ends_word && behind < text.size() &&
                (is_alnum(text[behind]) || text[behind] == '-' || text[behind] == '_'))
                continue;
            return true;
        }
    return false;
}

}  // namespace formats
