// SPDX-License-Identifier: MIT
#include "quoting.hpp"

#include "teller.hpp"

namespace bpyd::analysis {

std::string quoted_text(std::string_view raw, std::size_t most, std::string_view entity) {
  const auto text = shortened(raw, most);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 0;
      bool whole = size > 0 && i + size <= text.size() && byte < 0xF5;
      for (std::size_t k = 1; whole && k < size; ++k)
        whole = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
      out += whole ? text.substr(i, size) : std::string("\xEF\xBF\xBD");
      i += whole ? size : 1;
      continue;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == ' ' || c == '.' || c == ',';
    if (plain)
      out += c;
    else if (byte < 0x20 || byte == 0x7F)
      out += "\xEF\xBF\xBD";
    else
      out.append(entity).append(std::to_string(byte)).append(1, ';');
    ++i;
  }
  return out;
}

}  // namespace bpyd::analysis
