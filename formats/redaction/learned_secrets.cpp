#include "formats/redaction/learned_secrets.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "formats/redaction/literal_forms.hpp"
#include "formats/redaction/secret_value.hpp"
#include "formats/redaction/text_class.hpp"
#include "formats/redaction/token.hpp"

namespace formats {

namespace {

constexpr std::size_t group_bytes = 4;    // compared at once, at every fourth byte of the text
constexpr std::size_t least_sampled = 7;  // a form this long holds a whole group at any alignment
constexpr std::size_t longest_literal = 256;  // three times that fits a page in any form
constexpr std::size_t least_type7_digits = 2 + 2 * 6;

std::uint32_t group_at(const char* bytes) {
    std::uint32_t group;
    std::memcpy(&group, bytes, sizeof group);
    return group;
}

std::uint32_t mixed(std::uint32_t group) { return group * 0x9E3779B1u; }

std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325u ^ text.size();
    std::size_t at = 0;
    for (; at + sizeof hash <= text.size(); at += sizeof hash) {
        std::uint64_t eight;
        std::memcpy(&eight, text.data() + at, sizeof eight);
        hash = (hash ^ eight) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data() + at, text.size() - at);
    hash = (hash ^ rest) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

bool is_inside(const std::vector<Stretch>& covered, std::size_t begin, std::size_t end) {
    return std::any_of(covered.begin(), covered.end(), [&](const Stretch& stretch) {
        return stretch.begin <= begin && end <= stretch.end;
    });
}

// Runs of hex digits that can be type 7 of a literal are at least 14 long, so one of two windows of
// eight bytes, seven apart, lies inside. Whether this window can: no byte below '0', which rules
// out most text at once.
constexpr std::size_t window = 8, window_step = 7;
bool may_be_digits(const char* bytes) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes, sizeof eight);
    const std::uint64_t below_zero = (eight - 0x3030303030303030u) & ~eight & 0x8080808080808080u;
    return below_zero == 0 && (eight & 0x8080808080808080u) == 0;
}

// The run of hex digits that holds the window, when it can be type 7 of a literal; empty otherwise.
std::string_view type7_run(std::string_view text, std::size_t at) {
    if (!may_be_digits(text.data() + at)) return {};
    std::size_t begin = at, end = at;
    while (end < text.size() && is_hex(text[end])) ++end;
    if (end < at + window) return {};
    while (begin > 0 && is_hex(text[begin - 1])) --begin;
    const std::string_view run = text.substr(begin, end - begin);
    if (run.size() < least_type7_digits || run.size() > 2 + 2 * longest_literal || !is_type7(run))
        return {};
    return run;
}

}  // namespace

struct LearnedSecrets::Index {
    struct Literal {
        std::string value;
        SecretClass secret_class;
        bool user_word;
        bool active = true;  ///< false once a device turned out to be called so
    };
    struct Form {
        std::string_view text;  ///< in the pages
        std::uint32_t literal;
        bool base64;
    };
    struct Page {
        std::array<char, 32 * 1024> bytes;
        std::size_t used = 0;
    };
    // That a form of this length has this group at this offset.
    struct Group {
        std::uint32_t group;
        std::uint32_t next;
        std::uint16_t length;
        std::uint16_t offset;
    };
    static constexpr std::uint32_t none = 0xffffffff;

    std::unordered_set<std::string> common;
    std::unordered_set<std::string> device_names;
    std::deque<Literal> literals;  // addresses stay
    std::unordered_map<std::string_view, std::uint32_t> by_value;
    std::deque<Form> forms;
    std::vector<std::unique_ptr<Page>>
        pages;  // texts of forms: never moved, so no copy escapes the wipe
    std::vector<std::uint32_t> by_hash =
        std::vector<std::uint32_t>(1024, none);  // of a form's text; open addressing
    std::deque<Group> groups;
    std::vector<std::uint32_t> heads = std::vector<std::uint32_t>(1024, none);
    std::vector<std::uint64_t> bitmap = std::vector<std::uint64_t>(1024);
    int bitmap_shift = 32 - 16;                 // log2 of the bits of the bitmap, from the top
    std::vector<std::uint32_t> short_literals;  // too short to be sampled
    std::size_t searched_from_rules = 0;
    std::vector<std::uint32_t> waiting;  // for a further pass
    std::size_t not_taken = 0;

    ~Index() {
        for (Literal& literal : literals) wipe(literal.value);
        for (const auto& page : pages) OPENSSL_cleanse(page->bytes.data(), page->bytes.size());
    }

    std::string_view keep(std::string_view text);
    void place(std::uint32_t form);
    const Form* find_form(std::string_view text) const;

    bool is_common(std::string_view value) const;
    /// Remembers the value; with `search` its forms are searched for.
    void add(std::string_view value, SecretClass secret_class, bool user_word, bool search);
    void add_form(LiteralForm form, std::uint32_t literal);
    void add_group(std::uint32_t group, std::size_t length, std::size_t offset);
    void mark(std::uint32_t group) {
        bitmap[mixed(group) >> bitmap_shift >> 6] |= std::uint64_t{1}
                                                     << (mixed(group) >> bitmap_shift & 63);
    }
    bool is_marked(std::uint32_t group) const {
        return (bitmap[mixed(group) >> bitmap_shift >> 6] >> (mixed(group) >> bitmap_shift & 63) &
                1) != 0;
    }
    void grow();
    void match_at(std::string_view text, std::size_t at, const std::vector<Stretch>& covered,
                  std::vector<LiteralHit>& hits) const;
    void match_type7(std::string_view text, const std::vector<Stretch>& covered,
                     std::vector<LiteralHit>& hits) const;
    void hit(std::uint32_t literal, std::size_t begin, std::size_t end,
             std::vector<LiteralHit>& hits) const {
        const Literal& found = literals[literal];
        if (found.active)
            hits.push_back({begin, end, found.secret_class, found.user_word, found.value});
    }
};

bool LearnedSecrets::Index::is_common(std::string_view value) const {
    if (device_names.count(std::string(value)) > 0) return true;
    const auto is_joint = [](char c) {
        return is_blank(c) ||
               std::string_view("-_./:+,()[]{}\"'*<>").find(c) != std::string_view::npos;
    };
    for (std::size_t at = 0; at < value.size();) {
        if (is_joint(value[at])) {
            ++at;
            continue;
        }
        std::string piece;
        while (at < value.size() && !is_joint(value[at])) piece.push_back(lower(value[at++]));
        bool known = common.count(piece) > 0;
        while (!piece.empty() && is_digit(piece.back())) piece.pop_back();
        known = known || piece.empty() || common.count(piece) > 0;
        if (!known) return false;
    }
    return true;
}

void LearnedSecrets::Index::add(std::string_view value, SecretClass secret_class, bool user_word, bool search) {
    const auto literal = static_cast<std::uint32_t>(literals.size());
    literals.push_back({std::string(value), secret_class, user_word});
    by_value.emplace(literals.back().value, literal);
    if (!search) return waiting.push_back(literal);
    if (value.size() < least_sampled) short_literals.push_back(literal);
    for (LiteralForm& form : literal_forms(value)) add_form(std::move(form), literal);
}

void LearnedSecrets::Index::add_form(LiteralForm form, std::uint32_t literal) {
    if (form.text.size() < least_sampled) return;
    if (find_form(form.text) == nullptr) {
        forms.push_back({keep(form.text), literal, form.base64});
        if (forms.size() * 2 > by_hash.size()) {
            by_hash.assign(by_hash.size() * 2, none);
            for (std::uint32_t number = 0; number < forms.size(); ++number) place(number);
        } else {
            place(static_cast<std::uint32_t>(forms.size() - 1));
        }
    }
    const std::string_view text = form.text;
    for (std::size_t offset = 0; offset < group_bytes; ++offset)
        add_group(group_at(text.data() + offset), text.size(), offset);
    wipe(form.text);
}

std::string_view LearnedSecrets::Index::keep(std::string_view text) {
    if (pages.empty() || pages.back()->used + text.size() > pages.back()->bytes.size())
        pages.push_back(std::make_unique<Page>());
    Page& page = *pages.back();
    char* const to = page.bytes.data() + page.used;
    std::memcpy(to, text.data(), text.size());
    page.used += text.size();
    return {to, text.size()};
}

void LearnedSecrets::Index::place(std::uint32_t form) {
    std::size_t slot = hash_of(forms[form].text) & (by_hash.size() - 1);
    while (by_hash[slot] != none) slot = (slot + 1) & (by_hash.size() - 1);
    by_hash[slot] = form;
}

const LearnedSecrets::Index::Form* LearnedSecrets::Index::find_form(std::string_view text) const {
    for (std::size_t slot = hash_of(text) & (by_hash.size() - 1); by_hash[slot] != none;
         slot = (slot + 1) & (by_hash.size() - 1))
        if (forms[by_hash[slot]].text == text) return &forms[by_hash[slot]];
    return nullptr;
}

void LearnedSecrets::Index::add_group(std::uint32_t group, std::size_t length, std::size_t offset) {
    const std::size_t slot = mixed(group) & (heads.size() - 1);
    for (std::uint32_t i = heads[slot]; i != none; i = groups[i].next)
        if (groups[i].group == group && groups[i].length == length && groups[i].offset == offset)
            return;
    groups.push_back({group, heads[slot], static_cast<std::uint16_t>(length),
                      static_cast<std::uint16_t>(offset)});
    heads[slot] = static_cast<std::uint32_t>(groups.size() - 1);
    mark(group);
    if (groups.size() > heads.size() * 2) grow();
}

// Keeps chains short and the bitmap at most one in sixteen.
void LearnedSecrets::Index::grow() {
    heads.assign(heads.size() * 4, none);
    while (bitmap.size() * 4 < groups.size() && bitmap_shift > 32 - 22) {
        bitmap.resize(bitmap.size() * 2);
        --bitmap_shift;
    }
    std::fill(bitmap.begin(), bitmap.end(), 0);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::size_t slot = mixed(groups[i].group) & (heads.size() - 1);
        groups[i].next = heads[slot];
        heads[slot] = static_cast<std::uint32_t>(i);
        mark(groups[i].group);
    }
}

void LearnedSecrets::Index::match_at(std::string_view text, std::size_t at,
                                     const std::vector<Stretch>& covered,
                                     std::vector<LiteralHit>& hits) const {
    const std::uint32_t group = group_at(text.data() + at);
    for (std::uint32_t i = heads[mixed(group) & (heads.size() - 1)]; i != none;
         i = groups[i].next) {
        const Group& known = groups[i];
        if (known.group != group || known.offset > at ||
            at - known.offset + known.length > text.size())
            continue;
        std::size_t begin = at - known.offset;
        if (is_inside(covered, begin, begin + known.length)) continue;
        const std::string_view candidate = text.substr(begin, known.length);
        const Form* const found = find_form(candidate);
        if (found == nullptr) continue;
        std::size_t end = begin + known.length;
        if (found->base64) {
            while (begin > 0 && is_base64(text[begin - 1])) --begin;
            while (end < text.size() && is_base64(text[end])) ++end;
        }
        hit(found->literal, begin, end, hits);
    }
}

// Runs of hex digits that are a literal when read as type 7.
void LearnedSecrets::Index::match_type7(std::string_view text, const std::vector<Stretch>& covered,
                                        std::vector<LiteralHit>& hits) const {
    for (std::size_t at = 0; at + window <= text.size(); at += window_step) {
        const std::string_view run = type7_run(text, at);
        if (run.empty()) continue;
        const auto begin = static_cast<std::size_t>(run.data() - text.data());
        const std::size_t end = begin + run.size();
        at = end > at + window_step ? end - window_step : at;
        if (is_inside(covered, begin, end)) continue;
        auto clear = decode_type7(run);
        if (!clear) continue;
        if (const auto known = by_value.find(*clear); known != by_value.end())
            hit(known->second, begin, end, hits);
        wipe(*clear);
    }
}

LearnedSecrets::LearnedSecrets(const std::vector<std::string>& common_words)
    : index_(std::make_unique<Index>()) {
    index_->common.insert(common_words.begin(), common_words.end());
}

LearnedSecrets::LearnedSecrets(std::unique_ptr<Index> index) : index_(std::move(index)) {}
LearnedSecrets::~LearnedSecrets() = default;

bool LearnedSecrets::learn(std::string_view value, SecretClass secret_class, LiteralSource source) {
    const std::size_t least = source == LiteralSource::user_word    ? 1
                              : source == LiteralSource::credential ? 6
                                                                    : 8;
    if (value.size() < least || value.size() > longest_literal) return false;
    const std::unique_lock lock(mutex_);
    Index& index = *index_;
    if (index.by_value.count(value) > 0) return false;
    if (source != LiteralSource::user_word && index.is_common(value)) return false;
    const bool waits = source == LiteralSource::rule && index.searched_from_rules == most_in_a_pass;
    if (waits && index.waiting.size() == most_waiting) {
        ++index.not_taken;
        return false;
    }
    if (source == LiteralSource::rule && !waits) ++index.searched_from_rules;
    index.add(value, secret_class, source == LiteralSource::user_word, !waits);
    return true;
}

void LearnedSecrets::name_device(std::string_view name) {
    if (name.size() > 64) return;
    const std::unique_lock lock(mutex_);
    constexpr std::size_t most_names = 1024;
    if (index_->device_names.size() < most_names) index_->device_names.emplace(name);
    if (const auto known = index_->by_value.find(name); known != index_->by_value.end())
        index_->literals[known->second].active = index_->literals[known->second].user_word;
}

void LearnedSecrets::each(std::size_t known, const std::function<void(std::string_view, SecretClass)>& take) const {
    const std::shared_lock lock(mutex_);
    for (std::size_t i = known; i < index_->literals.size(); ++i) take(index_->literals[i].value, index_->literals[i].secret_class);
}

std::size_t LearnedSecrets::size() const {
    const std::shared_lock lock(mutex_);
    return index_->literals.size();
}

std::size_t LearnedSecrets::not_taken() const {
    const std::shared_lock lock(mutex_);
    return index_->not_taken;
}

std::size_t LearnedSecrets::batches() const {
    const std::shared_lock lock(mutex_);
    return (index_->waiting.size() + most_in_a_pass - 1) / most_in_a_pass;
}

std::unique_ptr<LearnedSecrets> LearnedSecrets::batch(std::size_t number) const {
    auto some = std::make_unique<Index>();
    const std::shared_lock lock(mutex_);
    const std::size_t end = std::min(index_->waiting.size(), (number + 1) * most_in_a_pass);
    for (std::size_t i = number * most_in_a_pass; i < end; ++i) {
        const Index::Literal& literal = index_->literals[index_->waiting[i]];
        if (literal.active) some->add(literal.value, literal.secret_class, literal.user_word, true);
    }
    return std::unique_ptr<LearnedSecrets>(new LearnedSecrets(std::move(some)));
}

LearnedSecrets::Reader::Reader(const LearnedSecrets& secrets) : secrets_(secrets) {}
LearnedSecrets::Reader::~Reader() { release(); }

void LearnedSecrets::Reader::hold() {
    if (!holds_) secrets_.mutex_.lock_shared();
    holds_ = true;
}

void LearnedSecrets::Reader::release() {
    if (holds_) secrets_.mutex_.unlock_shared();
    holds_ = false;
}

bool LearnedSecrets::Reader::knows(std::string_view value) const {
    return secrets_.index_->by_value.count(value) > 0;
}

bool LearnedSecrets::Reader::may_match(std::string_view text, std::size_t begin,
                                       std::size_t end) const {
    const Index& index = *secrets_.index_;
    if (index.literals.empty()) return false;
    for (const std::uint32_t literal : index.short_literals)
        if (text.substr(begin, end - begin).find(index.literals[literal].value) !=
            std::string_view::npos)
            return true;
    const char* const bytes = text.data();
    for (std::size_t at = begin; at + group_bytes <= end; at += group_bytes)
        if (index.is_marked(group_at(bytes + at))) return true;
    const std::string_view part = text.substr(begin, end - begin);
    for (std::size_t at = 0; at + window <= part.size(); at += window_step)
        if (!type7_run(part, at).empty()) return true;
    return false;
}

void LearnedSecrets::Reader::find(std::string_view text, const std::vector<Stretch>& covered,
                                  std::vector<LiteralHit>& hits) const {
    const Index& index = *secrets_.index_;
    if (index.literals.empty()) return;
    for (const std::uint32_t literal : index.short_literals) {
        const std::string& value = index.literals[literal].value;
        for (std::size_t at = text.find(value); at != std::string_view::npos;
             at = text.find(value, at + value.size()))
            index.hit(literal, at, at + value.size(), hits);
    }
    for (std::size_t at = 0; at + group_bytes <= text.size(); at += group_bytes)
        if (index.is_marked(group_at(text.data() + at))) index.match_at(text, at, covered, hits);
    index.match_type7(text, covered, hits);
}

}  // namespace formats
