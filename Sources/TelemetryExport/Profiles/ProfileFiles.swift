// The directory of the continuous mode. Each file appears complete, and only the last ones stay.

internal import Glibc

struct ProfileFiles: Sendable {
    /// How many files of each kind are kept.
    static let kept = 20

    let directory: String

    /// Writes `<kind>-profile-<unix>.prof`, and drops the oldest of its kind.
    ///
    /// - Returns: the path; nil if it cannot be written.
    func write(_ bytes: [UInt8], kind: String, at seconds: Int) -> String? {
        makeDirectories()
        let path = "\(directory)/\(kind)-profile-\(seconds).prof"
        let unfinished = "\(path).part"
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return nil }
        let isWritten = bytes.withUnsafeBytes { write(all: $0, to: descriptor) }
        guard close(descriptor) == 0, isWritten, rename(unfinished, path) == 0 else {
            unlink(unfinished)
            return nil
        }
        prune(kind)
        return path
    }

    func remove(_ path: String) {
        unlink(path)
    }

    /// The names of a kind's files, the oldest first.
    func names(of kind: String) -> [String] {
        guard let entries = opendir(directory) else { return [] }
        defer { closedir(entries) }
        var names: [(name: String, seconds: Int)] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            let prefix = "\(kind)-profile-"
            guard name.hasPrefix(prefix), name.hasSuffix(".prof"),
                let seconds = Int(name.dropFirst(prefix.count).dropLast(5))
            else { continue }
            names.append((name, seconds))
        }
        return names.sorted { $0.seconds < $1.seconds }.map(\.name)
    }

    private func prune(_ kind: String) {
        for name in names(of: kind).dropLast(Self.kept) { unlink("\(directory)/\(name)") }
    }

    private func makeDirectories() {
        var path = directory.hasPrefix("/") ? "" : "."
        for part in directory.split(separator: "/") {
            path += "/\(part)"
            mkdir(path, 0o750)
        }
    }

    private func write(all bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
