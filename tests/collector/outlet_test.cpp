#include "collector/progress/outlet.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "tests/support/temporary_folder.hpp"

using collector::Outlet;

namespace {

struct Ends {
    std::array<int, 2> fd{};
    ~Ends() {
        ::close(fd[0]);
        ::close(fd[1]);
    }
    std::string take() const {
        std::string all;
        std::array<char, 65536> piece{};
        ::fcntl(fd[0], F_SETFL, O_NONBLOCK);
        for (;;) {
            const auto n = ::read(fd[0], piece.data(), piece.size());
            if (n <= 0) return all;
            all.append(piece.data(), static_cast<std::size_t>(n));
        }
    }
};

}  // namespace

TEST_CASE("a pipe or a socket that nobody reads never blocks, and the shared descriptor stays blocking") {
    for (const bool socket : {false, true}) {
        CAPTURE(socket);
        Ends ends;
        if (socket)
            REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.fd.data()) == 0);
        else
            REQUIRE(::pipe(ends.fd.data()) == 0);
        Outlet outlet(ends.fd[1], 1U << 20U);
        const std::string line(1000, 'x');
        for (int n = 0; n < 1000; ++n) REQUIRE(outlet.put(line));
        outlet.flush();
        CHECK(outlet.is_pending());
        CHECK((::fcntl(ends.fd[1], F_GETFL) & O_NONBLOCK) == 0);
        std::size_t read = 0;
        for (int turns = 0; turns < 1000 && (outlet.is_pending() || turns == 0); ++turns) {
            read += ends.take().size();
            outlet.flush();
        }
        CHECK(read + ends.take().size() == 1000U * 1000U);
    }
}

TEST_CASE("what does not fit is refused, what must be said is taken") {
    Ends ends;
    REQUIRE(::pipe(ends.fd.data()) == 0);
    Outlet outlet(ends.fd[1], 10);
    CHECK(outlet.put("12345678\n"));
    CHECK_FALSE(outlet.put("more\n"));
    CHECK(outlet.put("result\n", true));
    outlet.flush();
    CHECK(ends.take() == "12345678\nresult\n");
    CHECK(outlet.put("again\n"));
}

TEST_CASE("a reader that is gone makes the outlet forget, without a signal") {
    ::signal(SIGPIPE, SIG_IGN);
    Ends ends;
    REQUIRE(::pipe(ends.fd.data()) == 0);
    Outlet outlet(ends.fd[1], 100);
    ::close(ends.fd[0]);
    outlet.put("text\n");
    outlet.flush();
    CHECK(outlet.failure() == EPIPE);
    CHECK_FALSE(outlet.is_pending());
    CHECK(outlet.put(std::string(1000, 'x')));
    CHECK_FALSE(outlet.is_pending());
    ends.fd[0] = -1;
    ::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("a full disk makes the outlet forget, and is told") {
    const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    Outlet outlet(fd, 100);
    outlet.put("text\n");
    CHECK(outlet.failure() == 0);
    outlet.flush();
    CHECK(outlet.failure() == ENOSPC);
    CHECK_FALSE(outlet.is_pending());
    ::close(fd);
}

TEST_CASE("a regular file is written at its shared offset, and a closed descriptor is a reader that is gone") {
    const support::TemporaryFolder folder;
    const auto path = folder.write("out", "");
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(::write(fd, "before\n", 7) == 7);
    {
        Outlet outlet(fd, 100);
        outlet.put("inside\n");
        outlet.flush();
    }
    REQUIRE(::write(fd, "after\n", 6) == 6);
    ::close(fd);
    CHECK(support::TemporaryFolder::read(path) == "before\ninside\nafter\n");
    CHECK(Outlet(fd, 100).failure() == EBADF);
}
