# embed_text(TARGET NAME FILE...): compiles text files in, as
#   std::span<const EmbeddedFile> NAME();   // {file name, bytes}
# declared in <embedded/NAME.hpp>. A profile or a catalogue is data that the program carries with it.
function(embed_text target name)
    set(dir ${CMAKE_CURRENT_BINARY_DIR}/embedded)
    set(source ${dir}/embedded/${name}.cpp)
    set(header ${dir}/embedded/${name}.hpp)
    add_custom_command(
        OUTPUT ${source} ${header}
        COMMAND ${CMAKE_COMMAND} -D name=${name} -D source=${source} -D header=${header}
                -D "files=${ARGN}" -P ${PROJECT_SOURCE_DIR}/.cmake/embed_script.cmake
        DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/.cmake/embed_script.cmake
        WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
        COMMENT "Embedding ${name}" VERBATIM)
    target_sources(${target} PRIVATE ${source})
    target_include_directories(${target} PUBLIC ${dir})
endfunction()
