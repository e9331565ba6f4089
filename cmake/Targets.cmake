# How every target of the project is compiled.

add_library(pingsieve_options INTERFACE)
target_compile_definitions(pingsieve_options INTERFACE _GNU_SOURCE)
target_include_directories(pingsieve_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
target_compile_options(pingsieve_options INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion>
  $<$<AND:$<COMPILE_LANGUAGE:C>,$<BOOL:${PINGSIEVE_WERROR}>>:-Werror>)
if(PINGSIEVE_SANITIZE)
  target_compile_options(pingsieve_options INTERFACE
    -fsanitize=${PINGSIEVE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pingsieve_options INTERFACE -fsanitize=${PINGSIEVE_SANITIZE})
endif()
if(PINGSIEVE_FUZZ)
  target_compile_options(pingsieve_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The folders of src, the lowest first (tests/lint/floors.py tells which may include which).
set(PINGSIEVE_FLOORS base scan seen io record accounts inputs crew sieve backfill profile report cli)

# ps_floors(VARIABLE FLOOR): the object libraries of a floor and of all below it, the highest first. Profile stands beside
# backfill, and does without it.
function(ps_floors variable floor)
  set(targets)
  foreach(name ${PINGSIEVE_FLOORS})
    if(NOT (name STREQUAL backfill AND floor STREQUAL profile))
      list(PREPEND targets ps_${name})
    endif()
    if(name STREQUAL floor)
      break()
    endif()
  endforeach()
  set(${variable} ${targets} PARENT_SCOPE)
endfunction()

# ps_floor(NAME SOURCES... [LIBS ...]): one folder of src as an object library. Unit tests and the library
# proper are made of these, so that a floor that needs more than it may include does not link.
function(ps_floor name)
  cmake_parse_arguments(F "" "" "SOURCES;LIBS" ${ARGN})
  add_library(ps_${name} OBJECT ${F_SOURCES})
  target_link_libraries(ps_${name} PUBLIC pingsieve_options ${F_LIBS})
endfunction()
