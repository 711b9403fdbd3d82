#include "formats/redaction/redaction.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "formats/redaction/address_mask.hpp"
#include "formats/redaction/literals/learned_secrets.hpp"
#include "formats/redaction/rules/rule_book.hpp"
#include "formats/redaction/scan/stream_scanner.hpp"
#include "formats/redaction/secret/token.hpp"

namespace formats {

struct Redaction::State {
    std::unique_ptr<RuleBook> rules;
    std::unique_ptr<TokenKey> key;
    std::shared_ptr<LearnedSecrets> learned;
    std::shared_ptr<AddressMask> mask;  ///< null: addresses stay
    mutable std::mutex mutex;
    std::optional<Error> failure;            ///< guarded by mutex
    std::vector<std::uint64_t> counts;       ///< by rule; guarded by mutex
    std::vector<std::uint64_t> undelimited;  ///< those of them that were taken to the end of the line
};

namespace {

RuleCounts named_counts(const RuleBook& rules, const std::vector<std::uint64_t>& counts,
                        const std::vector<std::uint64_t>& undelimited) {
    RuleCounts named;
    for (std::size_t rule = 0; rule < counts.size(); ++rule) {
        const std::string& name = rules.name(static_cast<RuleNumber>(rule));
        if (counts[rule] > undelimited[rule]) named[name] += counts[rule] - undelimited[rule];
        if (undelimited[rule] > 0) named[name + "/undelimited"] += undelimited[rule];
    }
    return named;
}

// A word that a carriage return directly behind a secret writes over its line may be the rest of that secret. How
// long both are; 0 where something else follows.
std::size_t rest_behind_return(std::string_view raw) {
    if (!raw.starts_with('\r')) return 0;
    const std::size_t begin = std::min(raw.find_first_not_of("\r \t"), raw.size());
    const std::string_view rest = raw.substr(begin, raw.substr(begin).find_first_of("\r\n"));
    return rest.empty() || rest.find_first_of(" \t") != std::string_view::npos ? 0 : begin + rest.size();
}

// Writes the text with placeholders in the places of the secrets.
class Rewriter : public ScannedText {
 public:
    Rewriter(const TokenKey& key, const RuleBook& rules)
        : counts(rules.rules()), undelimited(rules.rules()), key_(key), rules_(rules) {}
    ~Rewriter() override {
        for (auto& [value, token] : tokens_) OPENSSL_cleanse(const_cast<char*>(value.data()), value.size());
    }

    void plain(std::string_view raw) override {
        if (failed) return;
        text.append(raw);
        count_lines(raw);
    }

    void with_secrets(std::string_view raw, const std::vector<FoundSecret>& secrets) override {
        plain(replaced(raw, secrets));
    }

    // Lines keep their number: what comes out has the line breaks of what went in.
    std::string replaced(std::string_view raw, const std::vector<FoundSecret>& secrets) override {
        std::string line;
        std::size_t at = 0;
        for (const FoundSecret& secret : secrets) {
            if (secret.begin < at) continue;  // gone with the one before
            line.append(raw.substr(at, secret.begin - at));
            if (report)
                report(rules_.name(secret.rule),
                       line_ + static_cast<std::size_t>(std::count(line.begin(), line.end(), '\n')));
            line.append("[REDACTED:")
                .append(name_of(secret.secret_class))
                .append(":")
                .append(token(secret.value))
                .append("]");
            if (failed) return {};
            for (const char c : raw.substr(secret.begin, secret.end - secret.begin))
                if (c == '\n') line.push_back(c);
            at = secret.end;
            // Backspaces that took the secret off the screen would now take the placeholder.
            const std::size_t erased = raw.find_first_not_of("\b\x7f", at);
            if (at < raw.size() && erased != at) {
                line.push_back('\r');
                at = std::min(erased, raw.size());
            }
            at += rest_behind_return(raw.substr(at));
            ++counts[secret.rule];
            if (secret.undelimited) ++undelimited[secret.rule];
        }
        return line.append(raw.substr(at));
    }

    void blanked(std::string_view) override {}
    void left(RuleNumber rule, const char* why) override {
        if (tell_left) tell_left(rules_.name(rule), why, line_);
    }

    std::string text;
    bool failed = false;  ///< libcrypto made no token: from then on nothing is written
    std::vector<std::uint64_t> counts, undelimited;
    std::function<void(std::string_view, std::size_t)> report;
    std::function<void(std::string_view, std::string_view, std::size_t)> tell_left;

 private:
    // The same values come again and again; making a token takes longer than all the rest of a
    // line.
    const std::string& token(const std::string& value) {
        constexpr std::size_t most_remembered = 4096;
        if (const auto known = tokens_.find(value); known != tokens_.end()) return known->second;
        std::string made = key_.token(value);
        failed = failed || made.empty();
        if (failed || tokens_.size() == most_remembered || value.size() > 256) return unremembered_ = std::move(made);
        return tokens_.emplace(value, std::move(made)).first->second;
    }

    void count_lines(std::string_view raw) {
        if (report || tell_left) line_ += static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
    }

    const TokenKey& key_;
    const RuleBook& rules_;
    std::unordered_map<std::string, std::string> tokens_;
    std::string unremembered_;
    std::size_t line_ = 1;
};

// Notes where something was found, and never what.
class LeakList : public ScannedText {
 public:
    LeakList(const RuleBook& rules, std::string file) : rules_(rules), file_(std::move(file)) {}

    void plain(std::string_view raw) override { count_lines(raw); }
    void with_secrets(std::string_view raw, const std::vector<FoundSecret>& secrets) override {
        std::size_t at = 0;
        for (const FoundSecret& secret : secrets) {
            count_lines(raw.substr(at, secret.begin - at));
            at = secret.begin;
            leaks.push_back({rules_.name(secret.rule), file_, line_});
        }
        count_lines(raw.substr(at));
    }
    std::string replaced(std::string_view raw, const std::vector<FoundSecret>&) override { return std::string(raw); }
    void blanked(std::string_view raw) override { count_lines(raw); }

    std::vector<Leak> leaks;

 private:
    void count_lines(std::string_view raw) {
        line_ += static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
    }

    const RuleBook& rules_;
    const std::string file_;
    std::size_t line_ = 1;
};

}  // namespace

struct Redactor::State {
    State(std::shared_ptr<Redaction> keeps, const RuleBook& book, const TokenKey& key,
          std::shared_ptr<LearnedSecrets> searched, AddressMask* addresses)
        : redaction(std::move(keeps)),
          rules(book),
          literals(std::move(searched)),
          mask(addresses),
          scanner(book, *literals, true),
          rewriter(key, book),
          reported(book.rules()),
          reported_undelimited(book.rules()) {}

    /// What can be handed on now of what the rewriter has written.
    Result<RedactedText> take(bool all);

    std::shared_ptr<Redaction> redaction;
    const RuleBook& rules;
    std::shared_ptr<LearnedSecrets> literals;
    AddressMask* mask;  ///< null: addresses stay
    AddressTail tail;
    StreamScanner scanner;
    Rewriter rewriter;
    std::vector<std::uint64_t> reported,
        reported_undelimited;  ///< what the Redaction's sums hold already
    mutable RuleCounts named;
};

Redactor::Redactor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

Result<RedactedText> Redactor::State::take(bool all) {
    std::string text = std::exchange(rewriter.text, {});
    if (!rewriter.failed && mask != nullptr) {
        text = tail.take(text);
        if (all) text += tail.rest();
        auto masked = mask->mask_text(text);
        rewriter.failed = !masked;
        text = std::move(masked).value_or(std::string());
    }
    if (!rewriter.failed) return RedactedText(std::move(text));
    wipe(text);
    const Error failure{ErrorKind::internal, "redaction", "libcrypto failed; the text is not shown", {}};
    Redaction::State& run = *redaction->state_;
    const std::lock_guard lock(run.mutex);
    if (!run.failure) run.failure = failure;
    return failure;
}

Result<RedactedText> Redactor::feed(std::string_view bytes) {
    state_->rewriter.text.reserve(bytes.size() + bytes.size() / 8 + 64);
    state_->scanner.feed(bytes, state_->rewriter);
    return state_->take(false);
}

Result<RedactedText> Redactor::finish() {
    state_->scanner.finish(state_->rewriter);
    Redaction::State& sums = *state_->redaction->state_;
    {
        const std::lock_guard lock(sums.mutex);
        for (std::size_t rule = 0; rule < sums.counts.size(); ++rule) {
            sums.counts[rule] += state_->rewriter.counts[rule] - state_->reported[rule];
            sums.undelimited[rule] += state_->rewriter.undelimited[rule] - state_->reported_undelimited[rule];
        }
    }
    state_->reported = state_->rewriter.counts;
    state_->reported_undelimited = state_->rewriter.undelimited;
    return state_->take(true);
}

const RuleCounts& Redactor::counts() const {
    state_->named = named_counts(state_->rules, state_->rewriter.counts, state_->rewriter.undelimited);
    return state_->named;
}

void Redactor::on_replaced(std::function<void(std::string_view, std::size_t)> report) {
    state_->rewriter.report = std::move(report);
}

void Redactor::on_left(std::function<void(std::string_view, std::string_view, std::size_t)> tell) {
    state_->scanner.explain();
    state_->rewriter.tell_left = std::move(tell);
}

struct LeakScanner::State {
    State(std::shared_ptr<const Redaction> keeps, const RuleBook& book, std::shared_ptr<LearnedSecrets> searched,
          const AddressMask* addresses, const std::string& file)
        : redaction(std::move(keeps)),
          literals(std::move(searched)),
          scanner(book, *literals, false),
          list(book, file),
          mask(addresses),
          name(file) {}

    void look_for_addresses(std::string_view text) {
        std::size_t counted = 0;
        const auto count_to = [&](std::size_t at) {
            line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                        text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
            counted = at;
        };
        mask->find_unmasked(text, [&](std::size_t at) {
            count_to(at);
            list.leaks.push_back({"address", name, line});
        });
        count_to(text.size());
    }

    std::shared_ptr<const Redaction> redaction;
    std::shared_ptr<LearnedSecrets> literals;
    StreamScanner scanner;
    LeakList list;
    const AddressMask* mask;  ///< null: addresses stay
    AddressTail tail;
    const std::string name;
    std::size_t line = 1;
};

LeakScanner::LeakScanner(std::unique_ptr<State> state) : state_(std::move(state)) {}
LeakScanner::LeakScanner(LeakScanner&&) noexcept = default;
LeakScanner& LeakScanner::operator=(LeakScanner&&) noexcept = default;
LeakScanner::~LeakScanner() = default;

void LeakScanner::feed(std::string_view bytes) {
    state_->scanner.feed(bytes, state_->list);
    if (state_->mask != nullptr) state_->look_for_addresses(state_->tail.take(bytes));
}

std::vector<Leak> LeakScanner::finish() {
    state_->scanner.finish(state_->list);
    if (state_->mask != nullptr) state_->look_for_addresses(state_->tail.rest());
    return std::move(state_->list.leaks);
}

Redaction::Redaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
Redaction::~Redaction() = default;

Result<std::shared_ptr<Redaction>> Redaction::make(const RedactionSettings& settings) {
    for (const std::string& word : settings.words)
        if (word.empty()) return Error{ErrorKind::usage, "redaction words", "an empty word", {}};
    auto rules = RuleBook::make(settings);
    if (!rules) return rules.error();
    auto key = TokenKey::make(settings.key);
    if (!key) return key.error();
    auto state = std::make_unique<State>();
    state->rules = std::move(*rules);
    state->key = std::move(*key);
    state->learned = std::make_shared<LearnedSecrets>(state->rules->common_words());
    if (settings.mask_addresses) {
        auto mask = AddressMask::make(settings.key);
        if (!mask) return mask.error();
        state->mask = std::move(*mask);
    }
    state->counts.resize(state->rules->rules());
    state->undelimited.resize(state->rules->rules());
    for (const std::string& word : settings.words)
        state->learned->learn(word, SecretClass::custom, LiteralSource::user_word);
    return std::shared_ptr<Redaction>(new Redaction(std::move(state)));
}

Redactor Redaction::stream() {
    return Redactor(std::make_unique<Redactor::State>(shared_from_this(), *state_->rules, *state_->key, state_->learned,
                                                      state_->mask.get()));
}

Redactor Redaction::second_pass() {
    return Redactor(
        std::make_unique<Redactor::State>(shared_from_this(), *state_->rules, *state_->key, state_->learned, nullptr));
}

RedactedText Redaction::whole(Redactor stream, std::string_view text) {
    auto redacted = stream.feed(text);
    const auto rest = stream.finish();
    if (!redacted || !rest) return RedactedText::own("[withheld: it could not be redacted]");
    return std::move(*redacted) + *rest;
}

RedactedText Redaction::for_bundle(std::string_view text) { return whole(stream(), text); }

RedactedText Redaction::redact(std::string_view text) { return whole(second_pass(), text); }

std::optional<Error> Redaction::failure() const {
    const std::lock_guard lock(state_->mutex);
    return state_->failure;
}

void Redaction::reserve(std::string_view text) { state_->learned->reserve(text); }

void Redaction::learn(std::string_view secret, SecretClass secret_class, std::string_view name) {
    state_->learned->learn(secret, secret_class, LiteralSource::credential, name);
}

std::vector<std::string> Redaction::unsearched() const {
    std::vector<std::string> named;
    for (LearnedSecrets::Unsearched& known : state_->learned->unsearched()) {
        const std::string secret_class(formats::name_of(known.secret_class));
        const std::string token = known.name.empty() ? state_->key->token(known.value) : "";
        named.push_back(!known.name.empty() ? known.name
                        : token.empty()
                            ? "a " + secret_class
                            : "a " + secret_class + ", shown as [REDACTED:" + secret_class + ":" + token + "]");
        wipe(known.value);
    }
    return named;
}

LeakScanner Redaction::scanner(const std::string& name) const {
    return LeakScanner(std::make_unique<LeakScanner::State>(shared_from_this(), *state_->rules, state_->learned,
                                                            state_->mask.get(), name));
}

Result<RedactedText> Redaction::vouch(std::string text, std::string_view subject) const {
    LeakScanner check = scanner(std::string(subject));
    check.feed(text);
    const std::vector<Leak> leaks = check.finish();
    if (leaks.empty()) return RedactedText(std::move(text));
    return Error{ErrorKind::internal,
                 std::string(subject),
                 "line " + std::to_string(leaks.front().line) + ": rule " + leaks.front().rule +
                     " found a secret in composed text; it is not written",
                 {}};
}

RuleCounts Redaction::counts() const {
    const std::lock_guard lock(state_->mutex);
    RuleCounts named = named_counts(*state_->rules, state_->counts, state_->undelimited);
    if (const std::size_t beyond = state_->learned->not_taken(); beyond > 0) named["learned/beyond-limit"] = beyond;
    return named;
}

void Redaction::each_learned(std::size_t known, const std::function<void(std::string_view, SecretClass)>& take) const {
    state_->learned->each(known, take);
}

std::size_t Redaction::learned() const { return state_->learned->size(); }

Result<void> Redaction::write_address_map(const std::filesystem::path& path) const {
    if (!state_->mask) return Error{ErrorKind::internal, path.string(), "no addresses were masked", {}};
    return state_->mask->write_map(path);
}

}  // namespace formats
