#include "collector/credentials/credentials.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "collector/credentials/secret_source.hpp"
#include "collector/progress/terminal.hpp"
#include "collector/system/patience.hpp"

namespace collector {

using formats::EndpointSpec;
using formats::Error;
using formats::ErrorKind;
using formats::Redaction;
using formats::Result;
using formats::SecretClass;
using formats::SecretSource;

namespace {

using Kind = SecretSource::Kind;

constexpr auto source_limit = std::chrono::seconds(60);
/// A device drops a login that stays silent after about as long.
constexpr auto question_limit = std::chrono::minutes(2);

bool is_read_at_start(const SecretSource& source) { return source.kind != Kind::unset && source.kind != Kind::prompt; }

/// Each distinct source once, in the order that keeps one endpoint's secret from another's child process.
class Sources {
 public:
    explicit Sources(std::stop_token interrupted) : interrupted_(std::move(interrupted)) {}

    enum class Blank : bool { refused, taken };
    void want(const SecretSource& source, std::string asked_by, Blank blank) {
        if (!is_read_at_start(source)) return;
        Wanted& wanted = wanted_.try_emplace({source.kind, source.value}, Wanted{source, std::move(asked_by), {}, true})
                             .first->second;
        wanted.may_be_blank = wanted.may_be_blank && blank == Blank::taken;
    }

    Result<void> read(Redaction& redaction) {
        for (const Kind kind : {Kind::environment, Kind::descriptor, Kind::file, Kind::command}) {
            for (auto& [key, wanted] : wanted_) {
                if (key.first != kind) continue;
                auto secret = read_secret(wanted.source, Patience::within(source_limit, interrupted_));
                if (!secret) {
                    auto error = std::move(secret.error());
                    return Error{error.kind, wanted.asked_by, error.subject + ": " + error.detail, error.remedy};
                }
                if (secret->empty() && !wanted.may_be_blank)
                    return Error{ErrorKind::usage, wanted.asked_by, describe(wanted.source) + ": it is empty",
                                 "keep the password there, or name another source"};
                if (!secret->empty()) redaction.learn(secret->reveal(), SecretClass::password, wanted.asked_by);
                wanted.value = std::move(*secret);
            }
        }
        return {};
    }

    Secret value_of(const SecretSource& source) const { return wanted_.at({source.kind, source.value}).value.copy(); }

 private:
    struct Wanted {
        SecretSource source;
        std::string asked_by;  ///< "hq: password-from"
        Secret value;
        bool may_be_blank;
    };
    std::stop_token interrupted_;
    std::map<std::pair<Kind, std::string>, Wanted> wanted_;
};

Result<void> check_prompt(const EndpointSpec& endpoint, const SecretSource& source, std::string_view setting,
                          const Terminal& terminal) {
    if (source.kind != Kind::prompt || terminal.is_there()) return {};
    return Error{ErrorKind::usage, endpoint.name + ": " + std::string(setting),
                 "prompt: there is no terminal to ask on",
                 "set " + std::string(setting) + " to env:VAR, file:PATH, fd:N or command:CMD"};
}

}  // namespace

Credentials::Credentials(std::string endpoint, Terminal& terminal, Redaction& redaction)
    : endpoint_(std::move(endpoint)), terminal_(&terminal), redaction_(&redaction) {}

Result<std::vector<Credentials>> Credentials::gather_all(std::span<const EndpointSpec> endpoints, Terminal& terminal,
                                                         Redaction& redaction) {
    Sources sources(terminal.interrupted());
    for (const auto& endpoint : endpoints) {
        if (auto ok = check_prompt(endpoint, endpoint.password_from, "password-from", terminal); !ok) return ok.error();
        if (auto ok = check_prompt(endpoint, endpoint.enable_from, "enable-from", terminal); !ok) return ok.error();
        sources.want(endpoint.password_from, endpoint.name + ": password-from", Sources::Blank::refused);
        sources.want(endpoint.enable_from, endpoint.name + ": enable-from", Sources::Blank::taken);
    }
    if (auto ok = sources.read(redaction); !ok) return ok.error();

    std::vector<Credentials> all;
    for (const auto& endpoint : endpoints) {
        Credentials credentials(endpoint.name, terminal, redaction);
        credentials.password_source_ = endpoint.password_from;
        credentials.enable_source_ = endpoint.enable_from;
        if (is_read_at_start(endpoint.password_from)) {
            credentials.password_ = sources.value_of(endpoint.password_from);
            credentials.have_password_ = true;
        }
        if (is_read_at_start(endpoint.enable_from)) {
            credentials.enable_ = sources.value_of(endpoint.enable_from);
            credentials.have_enable_ = true;
        }
        all.push_back(std::move(credentials));
    }
    return all;
}

Result<Credentials> Credentials::gather(const EndpointSpec& endpoint, Terminal& terminal, Redaction& redaction) {
    auto all = gather_all({&endpoint, 1}, terminal, redaction);
    if (!all) return all.error();
    return std::move(all->front());
}

Credentials Credentials::accepted(std::string endpoint, Terminal& terminal, Redaction& redaction, Secret password,
                                  Secret enable) {
    Credentials credentials(std::move(endpoint), terminal, redaction);
    credentials.have_password_ = !password.empty();
    credentials.password_source_.kind = password.empty() ? Kind::unset : Kind::prompt;
    credentials.password_ = std::move(password);
    credentials.enable_source_.kind = Kind::prompt;
    credentials.enable_ = std::move(enable);
    credentials.have_enable_ = true;
    return credentials;
}

bool Credentials::has_password() const { return password_source_.kind != Kind::unset; }

Result<Secret> Credentials::ask_for(const std::string& what, std::string_view setting) {
    if (!terminal_->is_there())
        return Error{ErrorKind::login, endpoint_,
                     "it wants the " + what + ", none is set and there is no terminal to ask on",
                     "set " + std::string(setting) + " of this endpoint to env:VAR, file:PATH, fd:N or command:CMD"};
    auto answer = terminal_->ask(endpoint_ + ": " + what + ": ", true, Patience::within(question_limit));
    if (!answer) {
        const auto& error = answer.error();
        const auto kind = error.kind == ErrorKind::usage ? ErrorKind::login : error.kind;
        return Error{kind, endpoint_, what + ": " + error.detail, {}};
    }
    Secret secret(std::move(*answer));
    if (auto sound = check_secret(secret, endpoint_ + ": " + what); !sound)
        return Error{ErrorKind::login, sound.error().subject, sound.error().detail, sound.error().remedy};
    if (!secret.empty()) redaction_->learn(secret.reveal(), SecretClass::password, endpoint_ + ": " + what);
    return secret;
}

Result<const Secret*> Credentials::password(std::string_view user_at_host) {
    if (have_password_) return &password_;
    if (refused_ && is_read_at_start(password_source_))
        return Error{ErrorKind::login, endpoint_,
                     "the password from " + describe(password_source_) + " was refused and is not sent again",
                     "check it by hand before the next run: repeated failures lock accounts"};
    if (refused_ && password_retyped_)
        return Error{ErrorKind::login, endpoint_, "the password was refused twice and is not asked for again",
                     "check it by hand before the next run: repeated failures lock accounts"};
    password_retyped_ = refused_;
    auto typed =
        ask_for("password of " + std::string(user_at_host) + (refused_ ? " (once more)" : ""), "password-from");
    if (!typed) return typed.error();
    if (typed->empty()) return Error{ErrorKind::login, endpoint_, "no password was typed", {}};
    password_typed_ = true;
    password_ = std::move(*typed);
    have_password_ = true;
    return &password_;
}

Result<const Secret*> Credentials::enable_password() {
    if (have_enable_) return &enable_;
    auto typed = ask_for(enable_retyped_ ? "enable password (once more)" : "enable password", "enable-from");
    if (!typed) return typed.error();
    enable_ = std::move(*typed);
    have_enable_ = true;
    return &enable_;
}

void Credentials::refuse_password() {
    password_.wipe();
    have_password_ = false;
    refused_ = true;
}

bool Credentials::may_retype_password() {
    if (!password_typed_ || password_retyped_) return false;
    refuse_password();
    return true;
}

bool Credentials::may_retype_enable() {
    if (!have_enable_ || is_read_at_start(enable_source_) || !terminal_->is_there() || enable_retyped_) return false;
    enable_.wipe();
    have_enable_ = false;
    return enable_retyped_ = true;
}

Credentials& Credentials::of_bastion(const std::string& user_at_host) {
    for (auto& [name, own] : bastions_)
        if (name == user_at_host) return *own;
    bastions_.emplace_back(user_at_host,
                           std::unique_ptr<Credentials>(new Credentials(endpoint_, *terminal_, *redaction_)));
    return *bastions_.back().second;
}

void Credentials::wipe() {
    for (auto& [name, own] : bastions_) own->wipe();
    password_.wipe();
    enable_.wipe();
    have_password_ = have_enable_ = false;
}

}  // namespace collector
