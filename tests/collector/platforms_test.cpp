#include "collector/commands/platforms.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

TEST_CASE("platforms lists name, title, origin, shows and debugs of every profile") {
    std::ostringstream out, err;
    CHECK(collector::show_platforms({}, out, err) == 0);
    CHECK(err.str().empty());
    CHECK(out.str().find("pix7  PIX and ASA 7.0 to 8.3  (built in)\n") != std::string::npos);
    CHECK(out.str().find("shows   show crypto isakmp sa  [before, during, after; tells phase1]\n") !=
          std::string::npos);
    CHECK(out.str().find("debugs  debug crypto isakmp 127  [off: no debug crypto isakmp]\n") != std::string::npos);
}

TEST_CASE("--check says what is wrong with a profile file and ends with 2") {
    const auto path = std::filesystem::temp_directory_path() / ("profile-" + std::to_string(std::rand()) + ".toml");
    std::ofstream(path) << "name = 'own'\ntitel = 'x'\n";
    std::ostringstream out, err;
    CHECK(collector::show_platforms({"", path.string()}, out, err) == 2);
    CHECK(out.str().empty());
    CHECK(err.str().find(":2:1: unknown key `titel`") != std::string::npos);
    CHECK(err.str().find("did you mean `title`?") != std::string::npos);

    std::filesystem::copy_file(TACBUNDLE_SOURCE_DIR "/formats/platform/profiles/pix7.toml", path,
                               std::filesystem::copy_options::overwrite_existing);
    CHECK(collector::show_platforms({"", path.string()}, out, err) == 0);
    CHECK(out.str().find("pix7") != std::string::npos);
    std::filesystem::remove(path);
    CHECK(collector::show_platforms({"", path.string()}, out, err) == 2);
}
