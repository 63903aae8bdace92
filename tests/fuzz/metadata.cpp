// SPDX-License-Identifier: MIT
// wsd.meta.json, which others may have written or cut off: an Error or values, and values that are written
// again are read as the same.
#include "metadata.hpp"

#include "../support/temp_dir.hpp"
#include "bpyd/core/json_fields.hpp"
#include "support.hpp"

using namespace bpyd;
using fuzz::demand;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TempDir kFolder;
  test::write_file(app::metadata_file(kFolder.path()), std::string(fuzz::text_of(data, size)));
  const auto read = app::read_metadata(kFolder.path());
  if (!read) {
    demand(!read.error().message.empty());
    return 0;
  }
  demand(app::write_metadata(kFolder.path(), *read).has_value());
  const auto again = app::read_metadata(kFolder.path());
  demand(again && to_json_text(*again) == to_json_text(*read));
  demand(app::http_base(read->host, read->http_port, read->tls).starts_with(read->tls ? "https://" : "http://"));
  return 0;
}
