// SPDX-License-Identifier: MIT
#include "terminal.hpp"

#include <unistd.h>

#include <ostream>
#include <streambuf>
#include <utility>

namespace bpyd::app::cli {

/// Byte by byte, for what a terminal shows is little. A two-byte C1 control (0xC2 0x80–0x9F) may come in two writes.
class PlainOnTerminal::Filter : public std::streambuf {
 public:
  explicit Filter(std::streambuf* under) : under(under) {}
  std::streambuf* const under;

 private:
  static constexpr int kLead = 0xC2;

  bool put(int byte) { return !traits_type::eq_int_type(under->sputc(traits_type::to_char_type(byte)), traits_type::eof()); }
  bool put_lead() { return !std::exchange(lead_, false) || put(kLead); }

  int_type overflow(int_type byte) override {
    if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
    const int plain = static_cast<unsigned char>(traits_type::to_char_type(byte));
    if (lead_ && plain >= 0x80 && plain < 0xA0) {
      lead_ = false;
      return put(' ') ? byte : traits_type::eof();
    }
    if (!put_lead()) return traits_type::eof();
    if (plain == kLead) {
      lead_ = true;
      return byte;
    }
    const bool control = (plain < 0x20 && plain != '\n' && plain != '\t') || plain == 0x7F;
    return put(control ? ' ' : plain) ? byte : traits_type::eof();
  }
  int sync() override { return under->pubsync(); }  // a lead waits for what follows it

  bool lead_ = false;
};

PlainOnTerminal::PlainOnTerminal(std::ostream& stream, int fd) : stream_(stream) {
  if (::isatty(fd) == 0) return;
  filter_ = std::make_unique<Filter>(stream.rdbuf());
  stream.rdbuf(filter_.get());
}

PlainOnTerminal::~PlainOnTerminal() {
  if (!filter_) return;
  stream_.flush();
  stream_.rdbuf(filter_->under);
}

}  // namespace bpyd::app::cli
