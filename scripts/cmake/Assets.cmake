# bpyd_assets(TARGET): builds web/ with its bundler and embeds what its manifest lists.
# Without web/ (or with -DBPYD_WEB=OFF) the table is empty: for a quick look at the C++ alone.
option(BPYD_WEB "build and embed the pages" ON)

function(bpyd_assets target)
  set(out "${PROJECT_BINARY_DIR}/web")
  if(BPYD_WEB AND EXISTS "${PROJECT_SOURCE_DIR}/web/package.json")
    find_program(BPYD_NODE node REQUIRED)
    find_program(BPYD_NPM npm REQUIRED)
    file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/web/src/*")
    set(modules "${PROJECT_SOURCE_DIR}/web/node_modules/.package-lock.json")
    add_custom_command(OUTPUT "${modules}"
      COMMAND "${BPYD_NPM}" ci --no-audit --no-fund --loglevel=error
      COMMAND "${CMAKE_COMMAND}" -E touch "${modules}"
      DEPENDS "${PROJECT_SOURCE_DIR}/web/package-lock.json"
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}/web" COMMENT "npm ci" VERBATIM)
    add_custom_command(OUTPUT "${out}/manifest.json"
      COMMAND "${BPYD_NODE}" build.mjs "${out}"
      DEPENDS "${modules}" ${web_sources} "${PROJECT_SOURCE_DIR}/web/build.mjs" "${PROJECT_SOURCE_DIR}/web/package.json"
              "${PROJECT_SOURCE_DIR}/web/tsconfig.json"
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}/web" COMMENT "building the pages" VERBATIM)
  else()
    file(WRITE "${out}/manifest.json" "[]")
  endif()
  add_custom_command(OUTPUT "${out}/assets.cpp" "${out}/assets.S"
    COMMAND node "${PROJECT_SOURCE_DIR}/scripts/embed.mjs" "${out}"
    DEPENDS "${out}/manifest.json" "${PROJECT_SOURCE_DIR}/scripts/embed.mjs" VERBATIM)
  add_library(${target} STATIC "${out}/assets.cpp" "${out}/assets.S")
  target_link_libraries(${target} PUBLIC bpyd_flags)
  set_source_files_properties("${out}/assets.S" PROPERTIES OBJECT_DEPENDS "${out}/manifest.json")
endfunction()
