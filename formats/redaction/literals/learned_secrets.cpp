#include "formats/redaction/literals/learned_secrets.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "formats/redaction/literals/literal_forms.hpp"
#include "formats/redaction/rules/ordinary_text.hpp"
#include "formats/redaction/rules/secret_value.hpp"
#include "formats/redaction/secret/token.hpp"
#include "formats/text/byte_map.hpp"
#include "formats/text/text_class.hpp"

namespace formats {

namespace {

constexpr std::size_t group_bytes = 4;    // compared at once, at every fourth byte of the text
constexpr std::size_t least_sampled = 7;  // a form this long holds a whole group at any alignment
constexpr std::size_t longest_literal = 256;
constexpr std::uint32_t most_in_rare_forms = 4096;  // literals: what more of them would cost in memory
constexpr std::size_t least_type7_digits = 2 + 2 * 6;
constexpr std::size_t least_hex_value = ByteMap::least_hex_run / 2;

std::uint32_t group_at(const char* bytes) {
    std::uint32_t group;
    std::memcpy(&group, bytes, sizeof group);
    return group;
}

std::uint32_t mixed(std::uint32_t group) { return group * 0x9E3779B1u; }

std::uint32_t hash_of(std::string_view text) {
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
    return static_cast<std::uint32_t>(hash >> 32 ^ hash >> 8);
}

bool is_inside(const std::vector<Stretch>& covered, std::size_t begin, std::size_t end) {
    return std::any_of(covered.begin(), covered.end(),
                       [&](const Stretch& stretch) { return stretch.begin <= begin && end <= stretch.end; });
}

unsigned hex_value(char c) { return static_cast<unsigned>(is_digit(c) ? c - '0' : lower(c) - 'a' + 10); }

// A set of marks, by hash; a few marks are there that nobody set.
class Bitmap {
 public:
    /// Empty, with 2 to the power of `bits` places.
    void reset(int bits) {
        shift_ = 32 - bits;
        words_.assign(std::size_t{1} << bits >> 6, 0);
    }
    void mark(std::uint32_t hash) { words_[hash >> shift_ >> 6] |= std::uint64_t{1} << (hash >> shift_ & 63); }
    bool has(std::uint32_t hash) const { return (words_[hash >> shift_ >> 6] >> (hash >> shift_ & 63) & 1) != 0; }

 private:
    int shift_ = 16;
    std::vector<std::uint64_t> words_;
};

}  // namespace

struct LearnedSecrets::Index {
    struct Literal {
        std::uint32_t place;  ///< of the value, in the pages
        std::uint16_t size;
        SecretClass secret_class;
        bool user_word : 1;
        bool from_rule : 1;
        bool active : 1;  ///< no more once a device turned out to be called so
    };
    // One form of one literal, found by the hash of its text.
    struct Form {
        std::uint32_t hash;
        std::uint32_t literal : 27;
        std::uint32_t form : 5;
    };
    using Page = std::array<char, std::size_t{32} << 10>;
    static constexpr std::uint32_t none = (1u << 27) - 1;
    static constexpr Form no_form = {0, none, 0};

    std::unordered_set<std::string> common;
    std::unordered_set<std::string> device_names;
    std::vector<Literal> literals;
    std::vector<std::unique_ptr<Page>> pages;  // values: never moved, so no copy escapes the wipe
    std::size_t page_used = 0;
    std::vector<Form> by_hash = std::vector<Form>(1024, no_form);  // open addressing
    std::size_t forms = 0;
    std::size_t sampled_forms = 0;
    int bits = 16;  // of the bitmap and the table
    Bitmap groups;  // the groups at the first four places of a form
    // By the first group of a form: bit i for a length of i modulo 64.
    std::vector<std::uint64_t> starts;
    std::array<std::vector<std::uint16_t>, 64> lengths;  // in use, by the same
    std::vector<std::uint32_t> short_literals;           // too short to be sampled
    std::size_t from_rules = 0, bytes_from_rules = 0;
    std::size_t not_taken = 0;
    std::string reserved;
    std::vector<std::uint64_t> reserved_starts;  ///< sorted: the first eight bytes of whatever can stand in it
    std::vector<Unsearched> unsearched;

    Index() { reset_bitmaps(); }
    ~Index() {
        for (const auto& page : pages) OPENSSL_cleanse(page->data(), page->size());
        OPENSSL_cleanse(by_hash.data(), by_hash.size() * sizeof(Form));
        for (Unsearched& known : unsearched) wipe(known.value);
    }

    std::string_view value_of(const Literal& literal) const {
        return {pages[literal.place / sizeof(Page)]->data() + literal.place % sizeof(Page), literal.size};
    }
    bool is_common(std::string_view value) const;
    bool is_reserved(std::string_view value) const;
    bool is_unsearched(std::string_view value) const;
    void leave(std::string_view value, SecretClass secret_class, std::string_view name);
    void add(std::string_view value, SecretClass secret_class, LiteralSource source);
    template <class Take>
    void each_form(std::uint32_t literal, Take take) const;
    void place(Form form);
    /// The form that is written so, of those that `accepts`; its literal is `none` without one.
    template <class Accepts>
    Form find_form(std::string_view text, Accepts accepts) const;
    std::uint32_t find_plain(std::string_view text) const {
        return find_form(text, [](LiteralForm form) { return form == LiteralForm::plain; }).literal;
    }

    std::size_t start_slot(std::uint32_t group) const { return mixed(group) >> (32 - bits) >> 6; }
    void reset_bitmaps() {
        groups.reset(bits);
        starts.assign(std::size_t{1} << bits >> 6, 0);
    }
    void mark(std::string_view text);
    void grow_bitmaps();

    void match(std::string_view text, bool plain, const std::vector<Stretch>& covered,
               std::vector<LiteralHit>& hits) const;
    void match_at(std::string_view text, std::size_t at, bool plain, const std::vector<Stretch>& covered,
                  std::vector<LiteralHit>& hits) const;
    void match_form(std::string_view text, std::size_t first, std::size_t length, bool plain,
                    std::vector<LiteralHit>& hits) const;
    void match_type7(std::string_view run, std::size_t begin, std::vector<LiteralHit>& hits) const;
    void hit(const Literal& found, std::size_t begin, std::size_t end, std::vector<LiteralHit>& hits) const {
        if (found.active) hits.push_back({begin, end, found.secret_class, found.user_word, value_of(found)});
    }
};

bool LearnedSecrets::Index::is_common(std::string_view value) const {
    const auto is_joint = [](char c) {
        return is_blank(c) || std::string_view("-_./:+,()[]{}\"'*<>").find(c) != std::string_view::npos;
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

bool LearnedSecrets::Index::is_reserved(std::string_view value) const {
    std::uint64_t start = 0;
    if (value.size() >= sizeof start) {
        std::memcpy(&start, value.data(), sizeof start);
        if (!std::binary_search(reserved_starts.begin(), reserved_starts.end(), start)) return false;
    }
    return reserved.find(value) != std::string::npos;
}

bool LearnedSecrets::Index::is_unsearched(std::string_view value) const {
    return std::any_of(unsearched.begin(), unsearched.end(),
                       [&](const Unsearched& known) { return known.value == value; });
}

void LearnedSecrets::Index::leave(std::string_view value, SecretClass secret_class, std::string_view name) {
    constexpr std::size_t most_unsearched = 64;
    const bool is_of_somebody =
        secret_class == SecretClass::password || secret_class == SecretClass::psk || secret_class == SecretClass::key;
    if (value.empty() || !is_of_somebody || unsearched.size() == most_unsearched || is_unsearched(value)) return;
    unsearched.push_back({std::string(value), std::string(name), secret_class});
}

void LearnedSecrets::Index::add(std::string_view value, SecretClass secret_class, LiteralSource source) {
    if (pages.empty() || page_used + value.size() > sizeof(Page)) {
        pages.push_back(std::make_unique<Page>());
        page_used = 0;
    }
    std::memcpy(pages.back()->data() + page_used, value.data(), value.size());
    const auto literal = static_cast<std::uint32_t>(literals.size());
    literals.push_back({static_cast<std::uint32_t>((pages.size() - 1) * sizeof(Page) + page_used),
                        static_cast<std::uint16_t>(value.size()), secret_class, source == LiteralSource::user_word,
                        source == LiteralSource::rule, true});
    page_used += value.size();
    if (value.size() < least_sampled) short_literals.push_back(literal);
    each_form(literal, [&](LiteralForm form, std::string_view text) {
        const auto any = [](LiteralForm) { return true; };
        if (form != LiteralForm::plain && find_form(text, any).literal != none) return;
        place({hash_of(text), literal & none, static_cast<std::uint32_t>(form) & 31});
        if (text.size() < least_sampled) return;
        mark(text);
        ++sampled_forms;
        std::vector<std::uint16_t>& same = lengths[text.size() % lengths.size()];
        if (std::find(same.begin(), same.end(), text.size()) == same.end())
            same.push_back(static_cast<std::uint16_t>(text.size()));
    });
    grow_bitmaps();
}

// The forms that a literal is searched for in; a value whose hex is too short to be read has it as
// two more.
template <class Take>
void LearnedSecrets::Index::each_form(std::uint32_t literal, Take take) const {
    const std::string_view value = value_of(literals[literal]);
    std::vector<LiteralForm> forms_of_it = literal_forms(value);
    if (value.size() < least_hex_value)
        forms_of_it.insert(forms_of_it.end(), {LiteralForm::hex_lower, LiteralForm::hex_upper});
    if (literal < most_in_rare_forms)
        forms_of_it.insert(forms_of_it.end(), rare_literal_forms.begin(), rare_literal_forms.end());
    for (const LiteralForm form : forms_of_it) {
        if (form == LiteralForm::plain) {
            take(form, value);
            continue;
        }
        std::string text = literal_text(value, form);
        if (text.size() >= least_sampled) take(form, text);
        wipe(text);
    }
}

void LearnedSecrets::Index::place(Form form) {
    const auto put = [this](Form one) {
        std::size_t slot = one.hash & (by_hash.size() - 1);
        while (by_hash[slot].literal != none) slot = (slot + 1) & (by_hash.size() - 1);
        by_hash[slot] = one;
    };
    if (++forms * 4 > by_hash.size() * 3) {
        const std::vector<Form> before = std::exchange(by_hash, std::vector<Form>(by_hash.size() * 2, no_form));
        for (const Form& one : before)
            if (one.literal != none) put(one);
    }
    put(form);
}

template <class Accepts>
LearnedSecrets::Index::Form LearnedSecrets::Index::find_form(std::string_view text, Accepts accepts) const {
    const std::uint32_t hash = hash_of(text);
    for (std::size_t slot = hash & (by_hash.size() - 1); by_hash[slot].literal != none;
         slot = (slot + 1) & (by_hash.size() - 1)) {
        const Form& known = by_hash[slot];
        const auto form = static_cast<LiteralForm>(known.form);
        if (known.hash != hash || !accepts(form)) continue;
        const std::string_view value = value_of(literals[known.literal]);
        if (form == LiteralForm::plain) {
            if (value == text) return known;
            continue;
        }
        std::string expected = literal_text(value, form);
        const bool equal = expected == text;
        wipe(expected);
        if (equal) return known;
    }
    return no_form;
}

void LearnedSecrets::Index::mark(std::string_view text) {
    for (std::size_t offset = 0; offset < group_bytes; ++offset) groups.mark(mixed(group_at(text.data() + offset)));
    starts[start_slot(group_at(text.data()))] |= std::uint64_t{1} << text.size() % lengths.size();
}

// Keeps all but one in sixty-four of the places free, up to 1 MiB each.
void LearnedSecrets::Index::grow_bitmaps() {
    constexpr int most_bits = 23;
    if (sampled_forms * group_bytes * 64 <= std::size_t{1} << bits || bits >= most_bits) return;
    bits = std::min(bits + 2, most_bits);
    reset_bitmaps();
    for (std::uint32_t literal = 0; literal < literals.size(); ++literal)
        each_form(literal, [&](LiteralForm, std::string_view text) {
            if (text.size() >= least_sampled) mark(text);
        });
}

// `plain`: only values as they are, and those only that are long enough to be read in hex: two
// bytes stand somewhere in every long number.
void LearnedSecrets::Index::match(std::string_view text, bool plain, const std::vector<Stretch>& covered,
                                  std::vector<LiteralHit>& hits) const {
    for (const std::uint32_t literal : short_literals) {
        const std::string_view value = value_of(literals[literal]);
        if (plain && value.size() < least_hex_value) continue;
        for (std::size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + value.size()))
            hit(literals[literal], at, at + value.size(), hits);
    }
    for (std::size_t at = 0; at + group_bytes <= text.size(); at += group_bytes)
        if (groups.has(mixed(group_at(text.data() + at)))) match_at(text, at, plain, covered, hits);
}

// A form that has its first, second, third or fourth group here.
void LearnedSecrets::Index::match_at(std::string_view text, std::size_t at, bool plain,
                                     const std::vector<Stretch>& covered, std::vector<LiteralHit>& hits) const {
    for (std::size_t first = at - std::min(at, group_bytes - 1); first <= at; ++first) {
        std::uint64_t left = starts[start_slot(group_at(text.data() + first))];
        for (; left != 0; left &= left - 1)
            for (const std::size_t length : lengths[static_cast<std::size_t>(std::countr_zero(left))])
                if (first + length <= text.size() && !is_inside(covered, first, first + length))
                    match_form(text, first, length, plain, hits);
    }
}

void LearnedSecrets::Index::match_form(std::string_view text, std::size_t first, std::size_t length, bool plain,
                                       std::vector<LiteralHit>& hits) const {
    const Form found = find_form(text.substr(first, length),
                                 [plain](LiteralForm form) { return !plain || form == LiteralForm::plain; });
    if (found.literal == none) return;
    std::size_t begin = first, end = first + length;
    if (is_base64_form(static_cast<LiteralForm>(found.form))) {
        while (begin > 0 && is_base64(text[begin - 1])) --begin;
        while (end < text.size() && is_base64(text[end])) ++end;
    }
    hit(literals[found.literal], begin, end, hits);
}

// A run of hex digits that is a literal when read as type 7.
void LearnedSecrets::Index::match_type7(std::string_view run, std::size_t begin, std::vector<LiteralHit>& hits) const {
    if (run.size() < least_type7_digits || run.size() > 2 + 2 * longest_literal) return;
    auto clear = decode_type7(run);
    if (!clear) return;
    if (const std::uint32_t known = find_plain(*clear); known != none)
        hit(literals[known], begin, begin + run.size(), hits);
    wipe(*clear);
}

LearnedSecrets::LearnedSecrets(const std::vector<std::string>& common_words) : index_(std::make_unique<Index>()) {
    index_->common.insert(common_words.begin(), common_words.end());
}

LearnedSecrets::~LearnedSecrets() = default;

bool LearnedSecrets::learn(std::string_view value, SecretClass secret_class, LiteralSource source,
                           std::string_view name) {
    const std::size_t least = source == LiteralSource::user_word ? 1 : source == LiteralSource::credential ? 6 : 8;
    if (value.size() > longest_literal) return false;
    Index& index = *index_;
    if (value.size() < least) {
        {
            const std::shared_lock lock(mutex_);
            if (index.is_unsearched(value)) return false;
        }
        const std::unique_lock lock(mutex_);
        index.leave(value, secret_class, name);
        return false;
    }
    const std::unique_lock lock(mutex_);
    if (const std::uint32_t known = index.find_plain(value); known != Index::none) {
        // A credential that a rule had found as well is no device's name.
        if (source == LiteralSource::credential && index.literals[known].from_rule) {
            index.literals[known].from_rule = false;
            index.literals[known].active = true;
        }
        return false;
    }
    const bool is_name = source == LiteralSource::rule && index.device_names.count(std::string(value)) > 0;
    const bool is_improbable = source != LiteralSource::rule || ordinary_form(value) == Ordinary::no;
    if (source != LiteralSource::user_word &&
        (is_name || !is_improbable || index.is_common(value) || index.is_reserved(value))) {
        index.leave(value, secret_class, name);
        return false;
    }
    if (source == LiteralSource::rule) {
        if (index.from_rules == most_learned || index.bytes_from_rules + value.size() > most_learned_bytes) {
            ++index.not_taken;
            return false;
        }
        ++index.from_rules;
        index.bytes_from_rules += value.size();
    }
    index.add(value, secret_class, source);
    return true;
}

void LearnedSecrets::name_device(std::string_view name) {
    if (name.size() > 64) return;
    const std::unique_lock lock(mutex_);
    constexpr std::size_t most_names = 1024;
    if (index_->device_names.size() < most_names) index_->device_names.emplace(name);
    if (const std::uint32_t known = index_->find_plain(name); known != Index::none) {
        Index::Literal& literal = index_->literals[known];
        if (literal.from_rule && literal.active) index_->leave(name, literal.secret_class, {});
        literal.active = !literal.from_rule;
    }
}

void LearnedSecrets::reserve(std::string_view text) {
    const std::unique_lock lock(mutex_);
    Index& index = *index_;
    index.reserved.append(text).push_back('\n');
    index.reserved_starts.clear();
    std::uint64_t start = 0;
    for (std::size_t at = 0; at + sizeof start <= index.reserved.size(); ++at) {
        std::memcpy(&start, index.reserved.data() + at, sizeof start);
        index.reserved_starts.push_back(start);
    }
    std::sort(index.reserved_starts.begin(), index.reserved_starts.end());
    index.reserved_starts.erase(std::unique(index.reserved_starts.begin(), index.reserved_starts.end()),
                                index.reserved_starts.end());
}

std::vector<LearnedSecrets::Unsearched> LearnedSecrets::unsearched() const {
    const std::shared_lock lock(mutex_);
    return index_->unsearched;
}

void LearnedSecrets::each(std::size_t known, const std::function<void(std::string_view, SecretClass)>& take) const {
    const std::shared_lock lock(mutex_);
    for (std::size_t i = known; i < index_->literals.size(); ++i)
        take(index_->value_of(index_->literals[i]), index_->literals[i].secret_class);
}

std::size_t LearnedSecrets::size() const {
    const std::shared_lock lock(mutex_);
    return index_->literals.size();
}

std::size_t LearnedSecrets::not_taken() const {
    const std::shared_lock lock(mutex_);
    return index_->not_taken;
}

LearnedSecrets::Reader::Reader(const LearnedSecrets& secrets) : secrets_(secrets) {}
LearnedSecrets::Reader::~Reader() {
    release();
    wipe(decoded_);
}

void LearnedSecrets::Reader::hold() {
    if (!holds_) secrets_.mutex_.lock_shared();
    holds_ = true;
}

void LearnedSecrets::Reader::release() {
    if (holds_) secrets_.mutex_.unlock_shared();
    holds_ = false;
}

bool LearnedSecrets::Reader::empty() const { return secrets_.index_->literals.empty(); }

bool LearnedSecrets::Reader::knows(std::string_view value) const {
    return secrets_.index_->find_plain(value) != Index::none;
}

bool LearnedSecrets::Reader::is_device_name(std::string_view name) const {
    return secrets_.index_->device_names.count(std::string(name)) > 0;
}

void LearnedSecrets::Reader::find(std::string_view text, const std::vector<Stretch>& hex_runs,
                                  const std::vector<Stretch>& covered, std::vector<LiteralHit>& hits) {
    const Index& index = *secrets_.index_;
    if (index.literals.empty()) return;
    index.match(text, false, covered, hits);
    for (const Stretch& stretch : hex_runs) {
        if (is_inside(covered, stretch.begin, stretch.end)) continue;
        const std::string_view run = text.substr(stretch.begin, stretch.end - stretch.begin);
        index.match_type7(run, stretch.begin, hits);
        // A byte may start at any digit.
        for (const std::size_t skipped : {std::size_t{0}, std::size_t{1}}) {
            decoded_.clear();
            for (std::size_t i = skipped; i + 1 < run.size(); i += 2)
                decoded_.push_back(static_cast<char>(hex_value(run[i]) << 4 | hex_value(run[i + 1])));
            decoded_hits_.clear();
            index.match(decoded_, true, {}, decoded_hits_);
            for (LiteralHit& hit : decoded_hits_) {
                hit.begin = stretch.begin + skipped + 2 * hit.begin;
                hit.end = stretch.begin + skipped + 2 * hit.end;
                if (!is_inside(covered, hit.begin, hit.end)) hits.push_back(hit);
            }
        }
    }
}

}  // namespace formats
