# libpingsieve, static and shared, from the floors below the command line; the executable; installation.
ps_floors(floors report)
set(floor_objects)
foreach(floor ${floors})
  list(APPEND floor_objects $<TARGET_OBJECTS:${floor}>)
endforeach()

# An archive has no visibility: whatever one of its objects shows to another, it shows to the user's program, too, whose own functions may have
# the same names. So the archive has one object, in which all hidden names have become local. Backtraces and debuggers still show them.
# Sanitizers lay out their variables in ways that `ld -r` may not keep, and nobody installs their builds: there, and where the tools cannot
# do it, the archive has all objects.
set(static_objects ${floor_objects})
set(shared_objects ${floor_objects})
if(NOT PINGSIEVE_SANITIZE AND NOT PINGSIEVE_FUZZ)
  include(cmake/OneObject.cmake)
  ps_one_object(one_object_works static_objects ${floor_objects})
  if(NOT one_object_works)
    message(STATUS "libpingsieve.a: names that are not public can meet names of a program (the linker or objcopy cannot hide them)")
  endif()
endif()

foreach(kind STATIC SHARED)
  string(TOLOWER ${kind} suffix)
  add_library(pingsieve_${suffix} ${kind} ${${suffix}_objects})
  set_target_properties(pingsieve_${suffix} PROPERTIES OUTPUT_NAME pingsieve LINKER_LANGUAGE C
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_include_directories(pingsieve_${suffix} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(PINGSIEVE_SANITIZE)
    target_link_options(pingsieve_${suffix} PRIVATE -fsanitize=${PINGSIEVE_SANITIZE})
  endif()
endforeach()
add_dependencies(pingsieve_static ${floors}) # make must be told that they come before the one object
target_link_libraries(pingsieve_static PUBLIC ${PINGSIEVE_LIBRARY_DEPS})
target_link_libraries(pingsieve_shared PRIVATE ${PINGSIEVE_LIBRARY_DEPS})

set_target_properties(pingsieve PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

set(isal_library)
if(ISAL_FOUND)
  set(isal_library " -lisal")
endif()
foreach(folder LIBDIR INCLUDEDIR)
  string(TOLOWER ps_pc_${folder} variable)
  set(${variable} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(${variable} "${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
# The prefix is known when it is installed: `cmake --install` takes one of its own.
set(PINGSIEVE_PREFIX "@PINGSIEVE_PREFIX@")
configure_file(cmake/pingsieve.pc.in ${PROJECT_BINARY_DIR}/pingsieve.pc.in @ONLY)
install(TARGETS pingsieve_static pingsieve_shared
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS pingsieve RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/pingsieve DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(CODE "
  set(ps_build \"${PROJECT_BINARY_DIR}\")
  set(ps_pkgconfig \"${CMAKE_INSTALL_LIBDIR}/pkgconfig\")
")
install(CODE [[
  get_filename_component(PINGSIEVE_PREFIX "${CMAKE_INSTALL_PREFIX}" ABSOLUTE)
  get_filename_component(ps_pkgconfig "${ps_pkgconfig}" ABSOLUTE BASE_DIR "${PINGSIEVE_PREFIX}")
  string(REPLACE " " "\\ " PINGSIEVE_PREFIX "${PINGSIEVE_PREFIX}")
  configure_file("${ps_build}/pingsieve.pc.in" "${ps_build}/pingsieve.pc" @ONLY)
  file(INSTALL "${ps_build}/pingsieve.pc" DESTINATION "${ps_pkgconfig}")
]])
