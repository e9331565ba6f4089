# Target `uninstall`: takes away what `cmake --install` of this build directory put somewhere, and the directories that it
# made for that and that are empty now.
set(ps_destinations ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_INCLUDEDIR}/pingsieve
  ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_DATADIR}/pingsieve ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  ${CMAKE_INSTALL_DATADIR}/zsh/site-functions ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Before the first file is copied: a directory that is not there yet is one that the installation makes.
install(CODE "
  set(ps_destinations \"${ps_destinations}\")
  set(ps_record \"${PROJECT_BINARY_DIR}/install_directories.txt\")
")
install(CODE [[
  set(ps_made)
  get_filename_component(ps_prefix "${CMAKE_INSTALL_PREFIX}" ABSOLUTE)
  foreach(folder IN LISTS ps_destinations)
    get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${ps_prefix}")
    while(NOT EXISTS "$ENV{DESTDIR}${folder}" AND NOT folder STREQUAL "/")
      string(APPEND ps_made "${folder}\n")
      get_filename_component(folder "${folder}" DIRECTORY)
    endwhile()
  endforeach()
  file(APPEND "${ps_record}" "${ps_made}")
]])
add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall_run.cmake
  VERBATIM)
