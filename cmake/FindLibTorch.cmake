# Where LibTorch is, in this order: -DTorch_DIR or the environment's LIBTORCH; the torch of the
# active Python; the one that tools/deps.sh put into .deps/venv. Sets Torch_DIR.
function(tjac_torch_of_python python out)
  execute_process(COMMAND ${python} -c "import torch; print(torch.utils.cmake_prefix_path)"
    OUTPUT_VARIABLE prefix RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed AND EXISTS "${prefix}/Torch/TorchConfig.cmake")
    set(${out} "${prefix}/Torch" PARENT_SCOPE)
  endif()
endfunction()

if(NOT Torch_DIR AND DEFINED ENV{LIBTORCH})
  set(Torch_DIR "$ENV{LIBTORCH}/share/cmake/Torch" CACHE PATH "LibTorch" FORCE)
endif()
if(NOT Torch_DIR)
  foreach(python python3 "${CMAKE_SOURCE_DIR}/.deps/venv/bin/python")
    if(NOT TJAC_FOUND_TORCH)
      tjac_torch_of_python(${python} TJAC_FOUND_TORCH)
    endif()
  endforeach()
  if(NOT TJAC_FOUND_TORCH)
    message(FATAL_ERROR "LibTorch was not found: run tools/deps.sh, or give -DTorch_DIR=DIR or "
      "LIBTORCH=DIR (the unpacked libtorch folder), or activate a Python that has torch")
  endif()
  set(Torch_DIR "${TJAC_FOUND_TORCH}" CACHE PATH "LibTorch" FORCE)
endif()
message(STATUS "LibTorch: ${Torch_DIR}")
