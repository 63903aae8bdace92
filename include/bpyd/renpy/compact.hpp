// SPDX-License-Identifier: MIT
// What keeps statements small: a project has hundreds of thousands of them, and most leave most of
// what they could say unsaid. Each of these is one pointer wide and owns what it points to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bpyd::renpy {

/// A T that is nearly always the default one, which costs no memory.
template <class T>
class Rare {
 public:
  Rare() = default;
  Rare(const Rare& other) : kept_(other.kept_ ? std::make_unique<T>(*other.kept_) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) {
    if (this != &other) kept_ = other.kept_ ? std::make_unique<T>(*other.kept_) : nullptr;
    return *this;
  }
  Rare& operator=(Rare&&) noexcept = default;
  ~Rare() = default;

  const T& operator*() const {
    static const T nothing{};
    return kept_ ? *kept_ : nothing;
  }
  const T* operator->() const { return &**this; }
  /// To write to: makes one when there is none yet.
  T& make() {
    if (!kept_) kept_ = std::make_unique<T>();
    return *kept_;
  }

 private:
  std::unique_ptr<T> kept_;
};

/// A text that is nearly always empty; read like a std::string_view.
class RareText {
 public:
  RareText() = default;
  RareText(std::string_view text) {  // NOLINT(google-explicit-constructor)
    if (!text.empty()) text_.make() = text;
  }
  operator std::string_view() const { return *text_; }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool empty() const { return text_->empty(); }
  friend bool operator==(const RareText& a, std::string_view b) { return *a.text_ == b; }

 private:
  Rare<std::string_view> text_;
};

/// A list that is not changed once made: one allocation of just its size, none when empty.
template <class T>
class List {
 public:
  List() = default;
  explicit List(std::vector<T>&& items) {
    fill(items, [](T& item) -> T&& { return std::move(item); });
  }
  explicit List(std::span<const T> items) { fill(items, std::identity{}); }
  List(const List& other) { fill(std::span<const T>(other), std::identity{}); }
  List(List&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  List& operator=(List other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~List() {
    if (block_ == nullptr) return;
    std::destroy_n(items(), size());
    ::operator delete(block_);
  }

  [[nodiscard]] std::size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  [[nodiscard]] bool empty() const { return block_ == nullptr; }
  [[nodiscard]] const T* data() const { return items(); }
  [[nodiscard]] const T* begin() const { return items(); }
  [[nodiscard]] const T* end() const { return items() + size(); }
  const T& operator[](std::size_t i) const { return items()[i]; }
  [[nodiscard]] const T& front() const { return items()[0]; }
  [[nodiscard]] const T& back() const { return items()[size() - 1]; }

 private:
  struct alignas(T) alignas(std::size_t) Block {
    std::size_t size;  // the items stand behind it
  };
  static_assert(alignof(Block) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

  [[nodiscard]] T* items() const {
    return block_ == nullptr ? nullptr : std::launder(reinterpret_cast<T*>(block_ + 1));
  }
  template <class Items, class How>
  void fill(Items&& from, How how) {
    if (from.empty()) return;
    block_ = ::new (::operator new(sizeof(Block) + from.size() * sizeof(T))) Block{from.size()};
    auto* to = reinterpret_cast<T*>(block_ + 1);
    for (auto& item : from) std::construct_at(to++, how(item));
  }

  Block* block_ = nullptr;
};

/// Keeps texts where they do not move, many to an allocation.
class TextArena {
 public:
  std::string_view keep(std::string_view text) {
    std::ranges::copy(text, room(text.size()));
    return commit(text.size());
  }
  /// Where at most `size` bytes can be written, until the next call; commit() keeps the first of them.
  char* room(std::size_t size) {
    if (size > left_) {
      const auto fresh = std::max(size, next_block_);
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(fresh));
      at_ = blocks_.back().get();
      left_ = fresh;
      next_block_ = std::min<std::size_t>(next_block_ * 2, std::size_t{1} << 15U);
    }
    return at_;
  }
  std::string_view commit(std::size_t size) {
    const std::string_view kept(at_, size);
    at_ += size;
    left_ -= size;
    return kept;
  }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t next_block_ = 256;
};

}  // namespace bpyd::renpy
