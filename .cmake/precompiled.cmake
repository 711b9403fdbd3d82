# The standard library's headers are half of the compiler's work. Building from nothing, they are worth compiling
# first; in daily work ccache does more, and a header that a file forgot is seen only without them.
option(TACBUNDLE_PRECOMPILED "Precompile the standard library's headers" OFF)

function(precompile target)  # further headers...
    if(TACBUNDLE_PRECOMPILED)
        target_precompile_headers(${target} PRIVATE
            <algorithm> <array> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <mutex>
            <optional> <set> <span> <sstream> <string> <string_view> <thread> <utility> <vector> ${ARGN})
        # GCC forgets that these are the system's headers, and warns of what is in them.
        target_compile_options(${target} PRIVATE -Wno-error)
    endif()
endfunction()
