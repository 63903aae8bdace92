// SPDX-License-Identifier: MIT
// The floor: a bare inotify loop. Prints "ready", then a line for each event: D or F (folder or not),
// a blank, the path. New folders are watched when they are heard of; what came into them before that
// is not told, and neither are lost events.
//   raw ROOT
#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <unordered_map>

namespace {

constexpr auto kMask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

int inotify_fd = -1;
std::unordered_map<int, std::string> folders;

void watch(const std::string& folder) {
  const int watched = ::inotify_add_watch(inotify_fd, folder.c_str(), kMask);
  if (watched < 0) return;
  folders[watched] = folder;
  DIR* listing = ::opendir(folder.c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string name(entry->d_name);
    if (entry->d_type == DT_DIR && name != "." && name != "..") watch(folder + "/" + name);
  }
  ::closedir(listing);
}

void take(const inotify_event& event, std::string& out) {
  const auto found = folders.find(event.wd);
  if (found == folders.end()) return;
  if ((event.mask & IN_IGNORED) != 0) {
    folders.erase(found);
    return;
  }
  if (event.len == 0) return;
  const std::string path = found->second + "/" + event.name;
  const bool folder = (event.mask & IN_ISDIR) != 0;
  if (folder && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) watch(path);
  out += (folder ? "D " : "F ") + path + "\n";
}

bool print(const std::string& text) { return ::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size()); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  inotify_fd = ::inotify_init1(IN_CLOEXEC);
  watch(argv[1]);
  if (folders.empty() || !print("ready\n")) return 1;
  alignas(inotify_event) char buffer[65536];
  for (ssize_t length = 0; (length = ::read(inotify_fd, buffer, sizeof buffer)) > 0;) {
    std::string out;
    for (const char* at = buffer; at < buffer + length;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(at);
      take(event, out);
      at += sizeof(inotify_event) + event.len;
    }
    if (!out.empty() && !print(out)) return 0;
  }
  return 1;
}
