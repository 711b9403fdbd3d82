#pragma once

#include <array>
#include <string>

struct Device {
    unsigned port = 0;
    std::string name, password, enable;
};

/// The lines that collect sends to a PIX 7, in its order; the first at the user prompt.
inline constexpr std::array<const char*, 17> dialogue{"show version",
                                                      "enable",
                                                      "terminal pager 0",
                                                      "show clock",
                                                      "show clock",
                                                      "write terminal",
                                                      "show crypto isakmp sa",
                                                      "show crypto ipsec sa",
                                                      "show version",
                                                      "show failover",
                                                      "show debug",
                                                      "show cpu usage",
                                                      "show ssh sessions",
                                                      "show crypto isakmp sa",
                                                      "show crypto ipsec sa",
                                                      "show debug",
                                                      "exit"};
