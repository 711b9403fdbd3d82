#include "collector/session/ssh/ssh_question.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "formats/text/ascii.hpp"

namespace collector {

SshQuestion question_of(std::string_view prompt, bool echo) {
    const std::string text = formats::lowered(prompt);
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
    // "new" is not in "renewal", and "code" not in "passcode".
    const auto says = [&](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
            for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
                const auto end = at + word.size();
                if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return true;
            }
            return false;
        });
    };
    if (echo)
        return says({"user", "username", "user name", "login", "login as"}) ? SshQuestion::user : SshQuestion::other;
    if (says({"option"})) return SshQuestion::other;  // a menu of second factors
    if (!says({"password", "passwort", "kennwort", "mot de passe", "contraseña", "passcode"}))
        return says({"otp", "token", "tokencode", "token code", "one-time code"}) ? SshQuestion::once
                                                                                  : SshQuestion::other;
    if (says({"new", "old", "current", "change", "changed", "retype", "re-type", "reenter", "re-enter", "again",
              "repeat", "confirm", "verify", "expired", "expires", "neues", "altes", "nouveau", "nueva"}))
        return SshQuestion::new_password;
    return says({"one-time", "one time", "otp", "token", "next", "einmal"}) ? SshQuestion::once : SshQuestion::password;
}

}  // namespace collector
