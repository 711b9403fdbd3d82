#include "collector/session/ssh/ssh_login.hpp"

#include <strings.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "collector/session/ssh/agent_socket.hpp"
#include "collector/session/ssh/ssh_question.hpp"

namespace collector {
namespace {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

constexpr const char* legacy_signatures = "legacy = true (or ?legacy=yes)";
constexpr const char* fewer_keys =
    "A device counts each key that is offered as a try. Offer it one: that alone in ssh-agent (ssh-add -D, ssh-add "
    "FILE) "
    "and as IdentityFile in ssh_config; or set password-from, which is tried before the keys.";
constexpr int most_rounds = 16;  // of one keyboard-interactive login, and of partial successes

/// A secret as libssh wants it, with a NUL behind; wiped when it goes.
class Terminated {
 public:
    explicit Terminated(std::string_view secret) : bytes_(secret.begin(), secret.end()) { bytes_.push_back('\0'); }
    ~Terminated() { ::explicit_bzero(bytes_.data(), bytes_.size()); }
    Terminated(const Terminated&) = delete;
    Terminated& operator=(const Terminated&) = delete;
    const char* get() const { return bytes_.data(); }

 private:
    std::vector<char> bytes_;
};

class Login {
 public:
    Login(SshLink& link, const SshSettings& settings, const SshRoute& route, Credentials& credentials,
          Terminal& terminal, LoginPatience& patience)
        : link_(link),
          user_(route.user),
          credentials_(credentials),
          terminal_(terminal),
          patience_(patience),
          one_time_password_(settings.one_time_password),
          names_agent_(route.names_agent) {
        link_.ask_passphrases_of([this](std::span<char> into) { return passphrase(into); });
    }
    ~Login() { link_.ask_passphrases_of({}); }
    Login(const Login&) = delete;
    Login& operator=(const Login&) = delete;

    Result<void> run() {
        auto answer = call([this] { return ssh_userauth_none(link_.get(), user_.c_str()); });
        for (int round = 0; round < most_rounds; ++round) {
            if (!answer) return answer.error();
            if (*answer == SSH_AUTH_SUCCESS) return {};
            if (*answer == SSH_AUTH_PARTIAL) tried_ = 0;
            methods_ = ssh_userauth_list(link_.get(), user_.c_str());
            answer = next_method();
        }
        return refused("it kept asking for more");
    }

 private:
    using Answer = Result<int>;  // an SSH_AUTH_ value; DENIED and PARTIAL let the next method come

    template <class Call>
    Answer call(Call step) {
        auto answer = link_.drive("logging in to", SSH_AUTH_AGAIN, patience_.now(), step);
        if (!answer && answer.error().kind != ErrorKind::disconnected) return answer.error();
        if (!answer || *answer == SSH_AUTH_ERROR) {
            // A device that hangs up on the password may well have counted it as wrong.
            if (password_is_out_) credentials_.refuse_password();
            return refused(link_.reason(), offers_keys_ ? fewer_keys : "");
        }
        return answer;
    }

    bool can_try(int method) const { return (methods_ & method) != 0 && (tried_ & method) == 0; }

    Answer next_method() {
        constexpr int with_passwords = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE;
        const bool takes_passwords = (methods_ & with_passwords) != 0;
        const bool keys_first = !credentials_.has_password() || !takes_passwords;
        if (keys_first && can_try(SSH_AUTH_METHOD_PUBLICKEY)) return keys();
        if (can_try(SSH_AUTH_METHOD_PASSWORD) && !password_was_sent_) return password();
        if (can_try(SSH_AUTH_METHOD_INTERACTIVE)) return interactive();
        return nothing_left();
    }

    Answer keys() {
        tried_ |= SSH_AUTH_METHOD_PUBLICKEY;
        if (!names_agent_ && !agent_) agent_.emplace(link_.get(), patience_.now());
        offers_keys_ = true;
        auto answer = call([this] { return ssh_userauth_publickey_auto(link_.get(), user_.c_str(), nullptr); });
        offers_keys_ = false;
        if (answer && *answer == SSH_AUTH_DENIED) about_keys_ = link_.reason();
        // An agent that was cut off looks like one without a key.
        if (answer && *answer == SSH_AUTH_DENIED)
            if (auto on = link_.may_go_on("logging in to", patience_.now()); !on) return on.error();
        return answer;
    }

    Answer password() {
        tried_ |= SSH_AUTH_METHOD_PASSWORD;
        const auto secret = own_password();
        if (!secret) return secret.error();
        const Terminated text((*secret)->reveal());
        password_was_sent_ = password_is_out_ = true;
        auto answer = call([&] { return ssh_userauth_password(link_.get(), user_.c_str(), text.get()); });
        // The wish for a new password, SSH_MSG_USERAUTH_PASSWD_CHANGEREQ: libssh 0.10 does not know it in this place.
        if (!answer && link_.reason().find("rejected packet (type 60)") != std::string::npos)
            return expired("a new password");
        if (answer && *answer == SSH_AUTH_DENIED) return password_refused();
        if (answer) password_is_out_ = false;
        return answer;
    }

    Answer interactive() {
        tried_ |= SSH_AUTH_METHOD_INTERACTIVE;
        for (int round = 0; round < most_rounds; ++round) {
            auto answer = call([this] { return ssh_userauth_kbdint(link_.get(), user_.c_str(), nullptr); });
            if (!answer) return answer;
            if (*answer == SSH_AUTH_DENIED && password_is_out_) return password_refused();
            if (*answer != SSH_AUTH_INFO) return answer;
            if (auto replied = reply(); !replied) return replied.error();
        }
        return refused("it kept asking questions");
    }

    /// Answers one round of questions; it may have none.
    Result<void> reply() {
        const int count = ssh_userauth_kbdint_getnprompts(link_.get());
        if (count < 0) return refused("it asked something that cannot be read");
        for (int i = 0; i < count; ++i) {
            char echo = 1;
            const auto number = static_cast<unsigned>(i);
            const char* prompt = ssh_userauth_kbdint_getprompt(link_.get(), number, &echo);
            if (prompt == nullptr) return refused("it asked something that cannot be read");
            const SshQuestion question = question_of(prompt, echo != 0);
            if (question == SshQuestion::new_password) return expired(printable(prompt, 200));
            const bool wants_password =
                question == SshQuestion::password || (question == SshQuestion::once && one_time_password_);
            if (wants_password && !password_was_sent_) {
                const auto secret = own_password();
                if (!secret) return secret.error();
                password_was_sent_ = password_is_out_ = true;
                if (auto set = set_answer(number, (*secret)->reveal()); !set) return set;
                continue;
            }
            if (question == SshQuestion::user) {
                if (auto set = set_answer(number, user_); !set) return set;
                continue;
            }
            auto typed = ask(printable(prompt, 200) + " ", echo == 0);
            if (!typed) return typed.error();
            const Secret secret(std::move(*typed));
            if (auto set = set_answer(number, secret.reveal()); !set) return set;
        }
        return {};
    }

    Result<void> set_answer(unsigned number, std::string_view answer) {
        const Terminated text(answer);
        if (ssh_userauth_kbdint_setanswer(link_.get(), number, text.get()) < 0)
            return link_.failure(ErrorKind::internal, "answering " + link_.peer() + ": " + link_.reason());
        return {};
    }

    Result<const Secret*> own_password() {
        auto secret = patience_.asking([this] { return credentials_.password(user_ + "@" + link_.peer()); });
        if (secret) return secret;
        auto error = secret.error();
        if (error.kind == ErrorKind::usage || error.kind == ErrorKind::login)
            return link_.failure(ErrorKind::login,
                                 "no password for user " + user_ + " at " + link_.peer() + ": " + error.detail,
                                 error.remedy.empty() ? what_to_set() : error.remedy);
        return error;
    }

    Result<std::string> ask(const std::string& prompt, bool hidden) {
        auto answer = patience_.asking([&] {
            return terminal_.ask(link_.endpoint() + ": " + user_ + "@" + link_.peer() + " asks: " + prompt, hidden,
                                 patience_.for_question());
        });
        if (answer || answer.error().kind != ErrorKind::usage) return answer;
        return link_.failure(ErrorKind::login,
                             link_.peer() + " asks user " + user_ + " for \"" + printable(prompt, 200) +
                                 "\" and there is no terminal to answer on",
                             "Run it on a terminal, or log in with a key.");
    }

    /// Called by libssh inside ssh_userauth_publickey_auto.
    bool passphrase(std::span<char> into) {
        char* file = nullptr;
        if (ssh_userauth_publickey_auto_get_current_identity(link_.get(), &file) != SSH_OK) file = nullptr;
        const std::string question =
            link_.endpoint() + ": passphrase of " + (file == nullptr ? "the key" : file) + ": ";
        ssh_string_free_char(file);
        auto typed = patience_.asking([&] { return terminal_.ask(question, true, patience_.for_question()); });
        if (!typed) return false;
        const Secret secret(std::move(*typed));
        const auto text = secret.reveal();
        if (text.size() >= into.size()) return false;
        std::copy(text.begin(), text.end(), into.begin());
        into[text.size()] = '\0';
        return true;
    }

    Error password_refused() {
        password_is_out_ = false;
        credentials_.refuse_password();
        return refused("the password was not accepted", "It will not be sent again: correct it and start anew.");
    }

    /// Whatever it wants to know was not sent.
    Error expired(const std::string& wanted) {
        password_is_out_ = false;
        return refused("it wants a new password (it asks \"" + wanted + "\"): the one of this user has expired",
                       "Log in by hand, set a new one, and start anew.");
    }

    Error nothing_left() {
        if (credentials_.has_password() && !password_was_sent_)
            return refused("it takes no password, only " + method_names(),
                           "Log in with a key: leave password-from away.");
        const auto about_keys = [this](std::string_view words) { return about_keys_.find(words) != std::string::npos; };
        if (about_keys("'ssh-rsa' is not allowed"))
            return refused(
                "it takes " + method_names() + ", and RSA keys with SHA-1 signatures only, which are not sent",
                std::string("Allow them: ") + legacy_signatures + "; or use a key of another type.");
        if (about_keys("is not allowed to be used"))
            return refused("it takes " + method_names() + ", and ssh_config lets no key be offered: " + about_keys_,
                           "Add the type of the key to PubkeyAcceptedAlgorithms in ssh_config.");
        if (about_keys("Access denied for 'publickey'"))
            return refused("it takes " + method_names() + ", and no key that was offered",
                           std::string("Have the public key put on the device for this user, or name the one it has as "
                                       "IdentityFile in ssh_config. A device that takes RSA keys with SHA-1 signatures "
                                       "only needs ") +
                               legacy_signatures +
                               "; one whose PubkeyAcceptedAlgorithms leave the type of the key out needs another key.");
        return refused("it takes " + method_names() + ", and nothing of that is left to try", what_to_set());
    }

    Error refused(const std::string& reason, std::string remedy = {}) const {
        return link_.failure(ErrorKind::login,
                             "login refused by " + link_.peer() + " for user " + user_ + ": " + reason,
                             std::move(remedy));
    }

    std::string method_names() const {
        std::string names;
        const auto add = [&](int method, const char* name) {
            if ((methods_ & method) == 0) return;
            if (!names.empty()) names += ", ";
            names += name;
        };
        add(SSH_AUTH_METHOD_PUBLICKEY, "publickey");
        add(SSH_AUTH_METHOD_PASSWORD, "password");
        add(SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive");
        add(SSH_AUTH_METHOD_HOSTBASED, "hostbased");
        add(SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic");
        return names.empty() ? "no method known here" : names;
    }

    static std::string what_to_set() {
        return "Set password-from (env:VAR, file:PATH, fd:N, command:CMD, prompt), or load a key into ssh-agent or "
               "name one as IdentityFile in ssh_config.";
    }

    SshLink& link_;
    const std::string& user_;
    Credentials& credentials_;
    Terminal& terminal_;
    LoginPatience& patience_;
    const bool one_time_password_, names_agent_;
    std::optional<AgentSocket> agent_;
    int methods_ = 0, tried_ = 0;
    bool offers_keys_ = false;
    std::string about_keys_;  // libssh's words about the last one that was refused
    bool password_was_sent_ = false;
    bool password_is_out_ = false;  // sent, and not yet judged by the device
};

}  // namespace

Result<void> log_in(SshLink& link, const SshSettings& settings, const SshRoute& route, Credentials& credentials,
                    Terminal& terminal, LoginPatience& patience) {
    return Login(link, settings, route, credentials, terminal, patience).run();
}

}  // namespace collector
