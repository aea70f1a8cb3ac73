# The target LibTorch::LibTorch, made from LibTorch's folder: the unpacked libtorch or the torch
# package of a Python. Not by find_package(Torch): that demands the whole CUDA toolkit where torch is
# built for CUDA, as `pip install torch` is on Linux, and tjac needs none of it.
#
# The folder is -DLIBTORCH=DIR, or what PyTorch's own instructions give, -DTorch_DIR=DIR or
# -DCMAKE_PREFIX_PATH=DIR; else tools/libtorch.sh finds it, in the order written there.
set(LIBTORCH "" CACHE PATH "LibTorch: the unpacked libtorch folder, or the torch folder of a Python")
set(TJAC_TORCH_TESTED 2.11 2.14) # the first and the last minor version

function(tjac_libtorch_folder out)
  set(folder "${LIBTORCH}")
  if(NOT folder AND Torch_DIR)
    set(folder "${Torch_DIR}/../../..")
  endif()
  if(NOT folder)
    find_path(config TorchConfig.cmake PATHS ${CMAKE_PREFIX_PATH}
      PATH_SUFFIXES Torch share/cmake/Torch NO_DEFAULT_PATH NO_CACHE)
    if(config)
      set(folder "${config}/../../..")
    endif()
  endif()
  if(NOT folder)
    execute_process(COMMAND sh "${CMAKE_SOURCE_DIR}/tools/libtorch.sh" "${TJAC_LIBTORCH}"
      OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  if(NOT folder)
    message(FATAL_ERROR "LibTorch was not found: run tools/deps.sh, or activate a Python that has "
      "torch, or give LIBTORCH=DIR, the unpacked libtorch folder")
  endif()
  file(REAL_PATH "${folder}" folder BASE_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# Its version, as its headers say it; "of an unknown version" where they do not.
function(tjac_libtorch_version folder out)
  set(version "")
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(NOT version AND EXISTS "${folder}/include/${header}")
      file(STRINGS "${folder}/include/${header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      string(REGEX MATCHALL "[0-9]+" version "${lines}")
      list(JOIN version "." version)
    endif()
  endforeach()
  if(NOT version)
    set(version "of an unknown version")
  endif()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Another version than the tested ones may do: the shim itself says whether it compiles.
function(tjac_libtorch_try folder version)
  list(GET TJAC_TORCH_TESTED 0 first)
  list(GET TJAC_TORCH_TESTED 1 last)
  string(REGEX MATCH "^[0-9]+[.][0-9]+" minor "${version}")
  if(minor AND minor VERSION_GREATER_EQUAL first AND minor VERSION_LESS_EQUAL last)
    return()
  endif()
  string(MAKE_C_IDENTIFIER "TJAC_COMPILES_WITH_TORCH_${version}" compiles)
  if(NOT DEFINED ${compiles})
    message(STATUS "Trying to compile with LibTorch ${version}")
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
    try_compile(${compiles} SOURCES "${CMAKE_SOURCE_DIR}/shim/torch_capi.cpp"
      CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${CMAKE_SOURCE_DIR}/shim;${folder}/include;${folder}/include/torch/csrc/api/include;${NLOHMANN_JSON_DIR}"
      CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  endif()
  if(NOT ${compiles})
    unset(${compiles} CACHE)
    message(FATAL_ERROR "LibTorch ${version} in '${folder}' does not compile with tjac, which works with "
      "torch ${first} to ${last}: give one of these as LIBTORCH=DIR, or leave the Python that this "
      "one belongs to and run tools/deps.sh")
  endif()
  message(STATUS "LibTorch ${version} compiles, but tjac was tested with torch ${first} to ${last}")
endfunction()

# No symbol of the libraries for CUDA is used: they register their operators when they are loaded.
set(CMAKE_LINK_LIBRARY_USING_kept_SUPPORTED TRUE)
if(APPLE)
  set(CMAKE_LINK_LIBRARY_USING_kept "<LINK_ITEM>")
else()
  set(CMAKE_LINK_LIBRARY_USING_kept "LINKER:--push-state,--no-as-needed" "<LINK_ITEM>" "LINKER:--pop-state")
endif()

function(tjac_libtorch_targets folder)
  set(is "LIBTORCH is the unpacked libtorch folder or the torch folder of a Python")
  if(NOT EXISTS "${folder}/include/ATen/ATen.h")
    message(FATAL_ERROR "'${folder}' is not LibTorch, it has no include/ATen/ATen.h: ${is}")
  endif()
  add_library(LibTorch::LibTorch INTERFACE IMPORTED GLOBAL)
  target_include_directories(LibTorch::LibTorch INTERFACE "${folder}/include"
    "${folder}/include/torch/csrc/api/include" "${NLOHMANN_JSON_DIR}")
  foreach(name torch torch_cpu c10 torch_cuda c10_cuda)
    unset(path)
    find_library(path ${name} PATHS "${folder}/lib" NO_DEFAULT_PATH NO_CACHE)
    if(path)
      add_library(LibTorch::${name} SHARED IMPORTED GLOBAL)
      set_target_properties(LibTorch::${name} PROPERTIES IMPORTED_LOCATION "${path}")
      target_link_libraries(LibTorch::LibTorch INTERFACE $<LINK_LIBRARY:kept,LibTorch::${name}>)
    elseif(NOT name MATCHES cuda)
      message(FATAL_ERROR "'${folder}' is not LibTorch, it has no library lib/lib${name}: ${is}")
    endif()
  endforeach()
endfunction()

find_path(NLOHMANN_JSON_DIR nlohmann/json.hpp REQUIRED) # functorch's headers want it, LibTorch lacks it
tjac_libtorch_folder(TJAC_LIBTORCH_FOLDER)
tjac_libtorch_targets("${TJAC_LIBTORCH_FOLDER}")
tjac_libtorch_version("${TJAC_LIBTORCH_FOLDER}" TJAC_LIBTORCH_VERSION)
tjac_libtorch_try("${TJAC_LIBTORCH_FOLDER}" "${TJAC_LIBTORCH_VERSION}")
set(TJAC_LIBTORCH "${TJAC_LIBTORCH_FOLDER}" CACHE INTERNAL "the LibTorch that was found")
message(STATUS "LibTorch ${TJAC_LIBTORCH_VERSION}: ${TJAC_LIBTORCH_FOLDER}")
