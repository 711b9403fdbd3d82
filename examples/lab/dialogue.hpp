#pragma once
// The command line of one session: greeting, prompts, line editing, enable, the pager, and the way
// from a line to its answer, with the faults that lie in wait there.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "examples/lab/terminal.hpp"

namespace lab {

/// Folders of captured answers, by file name, that are served in place of a device's own.
using Replay = std::map<std::string, std::string>;

class Dialogue {
 public:
    Dialogue(Terminal& terminal, World& world, Device& device, std::shared_ptr<Session> session, const Replay& replay);

    /// Returns when the session is over.
    void run();

    // For commands.cpp.
    World& world() { return world_; }
    Device& device() { return device_; }
    Session& session() { return *session_; }
    Terminal& terminal() { return terminal_; }
    int side() const { return side_; }
    bool enabled() const { return enabled_; }
    /// Sends an answer: filtered (`| include X`), paged, and with what the faults do to it.
    void answer(std::string text);
    /// Sends nothing now, and this behind the next answer.
    void answer_late(std::string text) { late_ = std::move(text); }
    /// Asks for the enable password as often as the platform does.
    void enable();
    void page_lines(int lines) { page_lines_ = lines; }
    void configure();
    /// Leaves configuration mode, or the device.
    void leave();
    /// To another security context, "" for the system space; complains when there is none of that name.
    void change_context(const std::string& name);
    const std::string& text(std::string_view name) const;

 private:
    std::string prompt() const;
    std::string prompt_after_answer() const;
    std::size_t prompt_width() const;
    enum class Echo { typed, stars, nothing };
    std::optional<std::string> read_line(Echo echo);
    bool log_in();
    bool greet(const std::string& greeting);
    bool is_faulty(std::string_view fault) const;
    std::string fault_word(std::string_view fault, const std::string& usual) const;
    Clock::duration fault_time(std::string_view fault) const;
    int lost_key() const;
    std::size_t columns() const;
    bool is_redrawn() const;
    std::size_t draw(const std::string& part);
    void obey(const std::string& typed);
    void complain(std::string_view error, std::size_t column, const std::string& line);
    bool befall(const Effect& effect);
    bool send_paged(std::string_view text);
    void turn_page();
    std::string filtered(std::string text) const;

    Terminal& terminal_;
    World& world_;
    Device& device_;
    std::shared_ptr<Session> session_;
    const Replay& replay_;
    int side_;
    std::string context_;  ///< empty: the system space, or there are none
    std::string late_;
    std::string left_typed_;  ///< by somebody before us, behind the prompt
    bool enabled_ = false, configuring_ = false, left_ = false, mute_ = false;
    int page_lines_;
    int page_left_ = 0;
    bool page_quit_ = false;
    bool replayed_ = false;
    std::string line_;  ///< the line that is being obeyed
    std::string filter_, filter_word_;
};

/// Command lines that match a platform's table. Words may be shortened as long as they are clear.
struct Match {
    enum class Kind { found, unknown, incomplete, ambiguous } kind = Kind::unknown;
    const CommandSpec* command = nullptr;
    std::vector<std::string> words;                ///< of the line
    std::map<std::string, std::string> arguments;  ///< by placeholder, without the brackets
    std::size_t bad_column = 0;                    ///< of the first word that fits nowhere
};
Match match_line(const std::vector<CommandSpec>& commands, const std::string& line);

/// Obeys `match` (commands.cpp).
void obey_command(Dialogue& dialogue, const Match& match);

}  // namespace lab
