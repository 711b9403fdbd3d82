# The standard library's headers are half of the compiler's work. Building from nothing, they are worth compiling
# first; in daily work ccache does more, and a header that a file forgot is seen only without them.
option(TACBUNDLE_PRECOMPILED "Precompile the standard library's headers" OFF)

function(precompile target)  # further headers...
    get_target_property(type ${target} TYPE)
    # GCC forgets that these are the system's headers, and warns of what it inlines from them.
    if(NOT TACBUNDLE_PRECOMPILED OR (CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND type STREQUAL "STATIC_LIBRARY"))
        return()
    endif()
    target_precompile_headers(${target} PRIVATE
        <algorithm> <array> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <mutex>
        <optional> <set> <span> <sstream> <string> <string_view> <thread> <utility> <vector> ${ARGN})
endfunction()
