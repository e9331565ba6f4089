pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
if(NOT CMOCKA_FOUND)
  message(FATAL_ERROR "The tests need cmocka and Python 3. Please type: scripts/test packages (or: apt-get install libcmocka-dev python3)")
endif()

# Before cmocka's own header, where tests include <cmocka.h>.
target_include_directories(PkgConfig::CMOCKA BEFORE INTERFACE ${CMAKE_CURRENT_LIST_DIR}/../unit/cmocka)

# Data that tests read. The corpus stands beside the checkout and may be absent; tests then skip what needs it.
set(PINGSIEVE_TEST_DATA ${CMAKE_CURRENT_LIST_DIR}/../data)
set(PINGSIEVE_CORPUS ${PROJECT_SOURCE_DIR}/../shared/corpus)

# ps_support(NAME SOURCE...): sources that several unit tests share are compiled once for all of them.
function(ps_support name)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE path)
    file(RELATIVE_PATH target ${PROJECT_SOURCE_DIR}/tests/unit ${path})
    string(MAKE_C_IDENTIFIER "support_${target}" target)
    if(NOT TARGET ${target})
      add_library(${target} OBJECT ${path})
      target_link_libraries(${target} PRIVATE pingsieve_options PkgConfig::CMOCKA ${PINGSIEVE_LIBRARY_DEPS})
      ps_test_definitions(${target})
    endif()
    target_sources(test_${name} PRIVATE $<TARGET_OBJECTS:${target}>)
  endforeach()
endfunction()

# ps_test_definitions(TARGET): the names that every source of a unit test knows.
function(ps_test_definitions target)
  target_compile_definitions(${target} PRIVATE
    TEST_DATA="${PINGSIEVE_TEST_DATA}" TEST_CORPUS="${PINGSIEVE_CORPUS}")
  if(PINGSIEVE_SANITIZE)
    target_compile_definitions(${target} PRIVATE TEST_SANITIZED)
  endif()
endfunction()

# ps_ledger(NAME): the unit test knows what is held, and its allocations fail on purpose (tests/unit/ledger.h).
function(ps_ledger name)
  ps_support(${name} ${PROJECT_SOURCE_DIR}/tests/unit/ledger.c)
  target_link_options(test_${name} PRIVATE -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
    -Wl,--wrap=strdup -Wl,--wrap=strndup -Wl,--wrap=free)
endfunction()

# ps_store_fault(NAME): calls of LMDB fail on purpose in the unit test (tests/unit/store_fault.h).
function(ps_store_fault name)
  ps_support(${name} ${PROJECT_SOURCE_DIR}/tests/unit/store_fault.c)
  foreach(call mdb_get mdb_put mdb_del mdb_drop mdb_cursor_open mdb_cursor_get mdb_cursor_del mdb_txn_commit)
    target_link_options(test_${name} PRIVATE -Wl,--wrap=${call})
  endforeach()
endfunction()

# ps_threads(NAME...): these unit tests start threads; ThreadSanitizer looks at them.
function(ps_threads)
  foreach(name ${ARGN})
    set_property(TEST unit.${name} APPEND PROPERTY LABELS threads)
    set_property(GLOBAL APPEND PROPERTY PINGSIEVE_THREADS test_${name})
  endforeach()
endfunction()

# ps_unit_test(FLOOR.MODULE SOURCES... SUPPORT... LIBS...): one cmocka program, run as ctest `unit.FLOOR.MODULE`: the folder of src and what is
# tested of it.
# SUPPORT: sources that other unit tests have, too. LIBS names every floor it needs (ps_base ps_scan ...).
function(ps_unit_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;SUPPORT;LIBS" ${ARGN})
  string(REGEX MATCH "^([a-z]+)\\.[a-z0-9_]+$" matched ${name})
  if(NOT CMAKE_MATCH_1 IN_LIST PINGSIEVE_FLOORS)
    message(FATAL_ERROR "${name}: a unit test is called FLOOR.MODULE, after the folder of src and what is tested of it")
  endif()
  add_executable(test_${name} ${T_SOURCES})
  target_link_libraries(test_${name} PRIVATE pingsieve_options PkgConfig::CMOCKA ${T_LIBS})
  ps_test_definitions(test_${name})
  # Every unit test looks that it leaves no descriptor open, and runs the tests that its arguments name.
  ps_support(${name} ${T_SUPPORT} ${PROJECT_SOURCE_DIR}/tests/unit/descriptors.c ${PROJECT_SOURCE_DIR}/tests/unit/chosen.c)
  target_link_options(test_${name} PRIVATE -Wl,--wrap=_cmocka_run_group_tests)
  add_test(NAME unit.${name} COMMAND test_${name})
  set_property(GLOBAL APPEND PROPERTY PINGSIEVE_UNIT_TESTS ${name})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT ${T_TIMEOUT} SKIP_RETURN_CODE 77)
  # The longest ones begin first, so that none of them ends alone.
  if(name MATCHES "^(backfill\\.run|seen\\.(model|damage)|accounts\\.(store|ranking)|scan\\.(agreement|differential)|report\\.(report|memory))$")
    set_tests_properties(unit.${name} PROPERTIES COST 200)
  endif()
endfunction()
