# Target `uninstall`: takes away what `cmake --install` of this build directory put somewhere, and the directories that it
# made for that and that are empty now.
set(ps_destinations ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_INCLUDEDIR}/pingsieve
  ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_DATADIR}/pingsieve ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  ${CMAKE_INSTALL_DATADIR}/zsh/site-functions ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Before the first file is copied: a directory that is not there yet is one that the installation makes. The list of the last
# installation, which CMake writes anew, goes to those of earlier ones, and DESTDIR is noted, which that list does not have.
install(CODE "
  set(ps_destinations \"${ps_destinations}\")
  set(ps_records \"${PROJECT_BINARY_DIR}\")
")
install(CODE [[
  set(ps_made)
  set(ps_root "$ENV{DESTDIR}")
  if(NOT ps_root STREQUAL "")
    get_filename_component(ps_root "${ps_root}" ABSOLUTE)
  endif()
  get_filename_component(ps_prefix "${CMAKE_INSTALL_PREFIX}" ABSOLUTE)
  foreach(folder IN LISTS ps_destinations)
    get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${ps_prefix}")
    while(NOT EXISTS "${ps_root}${folder}" AND NOT folder STREQUAL "/")
      string(APPEND ps_made "${ps_root}${folder}\n")
      get_filename_component(folder "${folder}" DIRECTORY)
    endwhile()
  endforeach()
  file(APPEND "${ps_records}/install_directories.txt" "${ps_made}")
  if(EXISTS "${ps_records}/install_manifest.txt")
    set(ps_root_before "")
    set(ps_before "")
    if(EXISTS "${ps_records}/install_root.txt")
      file(READ "${ps_records}/install_root.txt" ps_root_before)
    endif()
    if(EXISTS "${ps_records}/install_before.txt")
      file(READ "${ps_records}/install_before.txt" ps_before)
    endif()
    file(READ "${ps_records}/install_manifest.txt" ps_last)
    string(STRIP "${ps_last}" ps_last)
    string(REPLACE "\n" "\n${ps_root_before}" ps_last "${ps_root_before}${ps_last}")
    string(APPEND ps_last "\n")
    string(FIND "${ps_before}" "${ps_last}" ps_known)
    if(ps_known EQUAL -1)
      file(APPEND "${ps_records}/install_before.txt" "${ps_last}")
    endif()
  endif()
  file(WRITE "${ps_records}/install_root.txt" "${ps_root}")
]])
add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall_run.cmake
  VERBATIM)
