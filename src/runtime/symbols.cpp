// SPDX-License-Identifier: MIT
// ELF's symbol table (System V gABI, chapter 4), read where it lies.
#include "symbols.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

// The linker's name for where this program's first byte lies in memory.
extern "C" const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));  // NOLINT

namespace bpyd::runtime {
namespace {

constexpr std::size_t kFunctionMost = 1u << 20;  // beyond the last symbol before it an address is somebody else's

template <class T>
const T* at(const char* file, std::size_t size, std::uint64_t offset, std::uint64_t count = 1) {
  if (offset > size || count > (size - offset) / sizeof(T)) return nullptr;
  return reinterpret_cast<const T*>(file + offset);
}

}  // namespace

OwnSymbols::OwnSymbols() {
  const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (fd < 0) return;
  if (::fstat(fd, &about) == 0) {
    void* mapped = ::mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped != MAP_FAILED) {
      file_ = static_cast<const char*>(mapped);
      size_ = static_cast<std::size_t>(about.st_size);
    }
  }
  ::close(fd);
}

OwnSymbols::~OwnSymbols() {
  if (file_ != nullptr) ::munmap(const_cast<char*>(file_), size_);
}

OwnSymbols::Place OwnSymbols::find(std::uintptr_t address) const {
  const Place unknown{{}, address};
  const auto start = reinterpret_cast<std::uintptr_t>(&__ehdr_start);
  const auto* header = file_ == nullptr ? nullptr : at<Elf64_Ehdr>(file_, size_, 0);
  if (header == nullptr || address < start) return unknown;
  const auto wanted = address - start;
  const auto* sections = at<Elf64_Shdr>(file_, size_, header->e_shoff, header->e_shnum);
  if (sections == nullptr) return unknown;
  Place best;
  std::uintptr_t nearest = 0;
  for (unsigned s = 0; s < header->e_shnum; ++s) {
    if (sections[s].sh_type != SHT_SYMTAB || sections[s].sh_link >= header->e_shnum) continue;
    const auto& names = sections[sections[s].sh_link];
    const auto count = sections[s].sh_size / sizeof(Elf64_Sym);
    const auto* symbols = at<Elf64_Sym>(file_, size_, sections[s].sh_offset, count);
    if (symbols == nullptr) continue;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto& symbol = symbols[i];
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_value > wanted || symbol.st_value < nearest) continue;
      const auto* name = at<char>(file_, size_, names.sh_offset + symbol.st_name);
      if (name == nullptr) continue;
      nearest = symbol.st_value;
      best = {{name, ::strnlen(name, size_ - static_cast<std::size_t>(name - file_))}, wanted - symbol.st_value};
    }
  }
  return best.name.empty() || best.offset > kFunctionMost ? unknown : best;
}

}  // namespace bpyd::runtime
