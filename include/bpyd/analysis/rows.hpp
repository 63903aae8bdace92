// SPDX-License-Identifier: MIT
// A list in pieces that several values can share: after a save the rows of all files but one are
// the same memory as before, and whoever compares two lists can skip what is the same piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace bpyd::analysis {

/// Copies share; what is added goes into a piece of its own. Thread: a value; pieces are never
/// changed once they are in a list.
template <class T>
class Rows {
 public:
  using value_type = T;
  using Piece = std::shared_ptr<const std::vector<T>>;

  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;
    Iterator() = default;
    Iterator(const std::vector<Piece>* pieces, std::size_t piece) : pieces_(pieces), piece_(piece) {
      settle();
    }
    reference operator*() const { return (*(*pieces_)[piece_])[at_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      ++at_;
      settle();
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.piece_ == b.piece_ && a.at_ == b.at_;
    }

   private:
    void settle() {
      while (piece_ < pieces_->size() && at_ >= (*pieces_)[piece_]->size()) {
        ++piece_;
        at_ = 0;
      }
    }
    const std::vector<Piece>* pieces_ = nullptr;
    std::size_t piece_ = 0, at_ = 0;
  };
  using iterator = Iterator;
  using const_iterator = Iterator;

  Rows() = default;
  Rows(std::vector<T> rows) {  // NOLINT: a list is one piece
    add(std::make_shared<const std::vector<T>>(std::move(rows)));
  }

  void add(Piece piece) {
    if (!piece || piece->empty()) return;
    size_ += piece->size();
    pieces_.push_back(std::move(piece));
  }
  void push_back(T row) { add(std::make_shared<const std::vector<T>>(1, std::move(row))); }

  [[nodiscard]] Iterator begin() const { return {&pieces_, 0}; }
  [[nodiscard]] Iterator end() const { return {&pieces_, pieces_.size()}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const T& front() const { return pieces_.front()->front(); }
  [[nodiscard]] const T& operator[](std::size_t index) const {
    for (const auto& piece : pieces_) {
      if (index < piece->size()) return (*piece)[index];
      index -= piece->size();
    }
    return pieces_.back()->back();
  }
  /// As operator[], and throws std::out_of_range.
  [[nodiscard]] const T& at(std::size_t index) const {
    if (index >= size_) throw std::out_of_range("Rows::at");
    return (*this)[index];
  }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<Piece> pieces_;
  std::size_t size_ = 0;
};

/// Calls each(row) for the rows of pieces that `a` has and `b` has not.
template <class T, class F>
void each_of_other_pieces(const Rows<T>& a, const Rows<T>& b, F&& each) {
  std::vector<const std::vector<T>*> shared;
  for (const auto& piece : b.pieces()) shared.push_back(piece.get());
  std::ranges::sort(shared);
  for (const auto& piece : a.pieces()) {
    if (std::ranges::binary_search(shared, piece.get())) continue;
    for (const auto& row : *piece) each(row);
  }
}

}  // namespace bpyd::analysis
