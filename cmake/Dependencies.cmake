# Libraries that ours needs. ISA-L is used where present: it inflates about 2.7 times as fast as zlib.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8.0)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb>=0.9.24)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib>=1.2.11)
pkg_check_modules(ISAL IMPORTED_TARGET libisal>=2.30)

# The libraries that programs made of the floors link with.
set(PINGSIEVE_LIBRARY_DEPS PkgConfig::LMDB PkgConfig::JANSSON PkgConfig::ZLIB Threads::Threads m)
if(ISAL_FOUND)
  list(APPEND PINGSIEVE_LIBRARY_DEPS PkgConfig::ISAL)
endif()
