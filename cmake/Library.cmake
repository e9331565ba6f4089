# libpingsieve, static and shared, from the floors below the command line; the executable; installation.
set(floors ps_base ps_scan ps_seen ps_io ps_accounts ps_sieve ps_backfill ps_profile ps_report)
set(floor_objects)
foreach(floor ${floors})
  list(APPEND floor_objects $<TARGET_OBJECTS:${floor}>)
endforeach()

foreach(kind STATIC SHARED)
  string(TOLOWER ${kind} suffix)
  add_library(pingsieve_${suffix} ${kind} ${floor_objects})
  set_target_properties(pingsieve_${suffix} PROPERTIES OUTPUT_NAME pingsieve
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_include_directories(pingsieve_${suffix} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(PINGSIEVE_SANITIZE)
    target_link_options(pingsieve_${suffix} PRIVATE -fsanitize=${PINGSIEVE_SANITIZE})
  endif()
endforeach()
target_link_libraries(pingsieve_static PUBLIC ${PINGSIEVE_LIBRARY_DEPS})
target_link_libraries(pingsieve_shared PRIVATE ${PINGSIEVE_LIBRARY_DEPS})

set_target_properties(pingsieve PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

set(isal_library)
if(ISAL_FOUND)
  set(isal_library " -lisal")
endif()
configure_file(cmake/pingsieve.pc.in ${PROJECT_BINARY_DIR}/pingsieve.pc @ONLY)
install(TARGETS pingsieve_static pingsieve_shared
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS pingsieve RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/pingsieve DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/pingsieve.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
