// The directory of a private server: lock, password, configuration, log and data. A server has no files elsewhere. The
// janitor of an ephemeral directory removes it when this process has ended.

import FoundationEssentials
import Glibc

final class ServerDirectory: Sendable {
    let path: String
    private let janitor: Janitor?

    /// Opens the caller's directory, or makes an ephemeral one.
    ///
    /// A directory with other files is refused, because `fresh` would delete them.
    init(_ path: String?, name: String) throws {
        guard let path else {
            let given = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
            let parent = given.isEmpty ? "/tmp" : Self.absolute(given)
            var template = Array("\(parent)/flashsale-\(name)-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else {
                throw DevStackError.system("A directory cannot be made in \(parent)", errno)
            }
            self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            janitor = try Janitor(of: self.path)
            return
        }
        let files = FileManager.default
        self.path = Self.absolute(path)
        janitor = nil
        do {
            // The user that Postgres runs as may pass through the parent directories, but cannot list them.
            try files.createDirectory(
                atPath: URL(filePath: self.path).deletingLastPathComponent().path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o711])
            try files.createDirectory(
                atPath: self.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            // Foundation's errors print all that they hold.
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            let why = cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
            throw DevStackError(.directoryUnusable, "\(path) cannot be made: \(why).")
        }
        let content = try files.contentsOfDirectory(atPath: self.path)
        guard content.isEmpty || content.contains(DirectoryLock.fileName) else {
            throw DevStackError(
                .directoryUnusable, "\(path) holds files that are not a private server's: choose an empty directory.")
        }
    }

    /// Servers and shells read the path, each in its own directory.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// Takes the lock; see ``DirectoryLock``.
    func lock(patience: Duration = .seconds(1)) async throws -> DirectoryLock {
        try await DirectoryLock.take(in: path, patience: patience)
    }

    /// Removes everything but the lock, which the caller holds.
    func empty() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name != DirectoryLock.fileName {
            try FileManager.default.removeItem(atPath: file(name))
        }
    }

    /// Removes an ephemeral directory, once the last process that holds its lock has ended.
    func close() async {
        await janitor?.remove()
    }

    var log: String { file("server.log") }
    var pidFile: String { file("pid") }
    var data: String { file("data") }
    /// The process that removes an ephemeral directory.
    var janitorID: pid_t? { janitor?.process.id }

    func file(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func remove(_ name: String) throws {
        if exists(name) { try FileManager.default.removeItem(atPath: file(name)) }
    }

    /// Makes a directory inside, if it is missing.
    func make(_ name: String) throws(DevStackError) {
        guard mkdir(file(name), 0o700) == 0 || errno == EEXIST else {
            throw .system("\(file(name)) cannot be made", errno)
        }
    }

    /// Writes a file that only its owner may read.
    func write(_ text: String, to name: String) throws(DevStackError) {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("\(file(name)) cannot be written", errno) }
        defer { _ = Glibc.close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .system("\(file(name)) cannot be written", errno)
        }
    }

    /// The server's password: 128 random bits, made once and kept as long as the data.
    func password() throws -> String {
        if let known = text("password"), !known.isEmpty { return known }
        let digits = (0..<32).map { _ in String(UInt8.random(in: 0..<16), radix: 16) }.joined()
        try write(digits, to: "password")
        return digits
    }

    /// The last lines of a log, for an error.
    func tail(of name: String = "server.log") -> String {
        (text(name) ?? "").split(separator: "\n").suffix(Self.tailLines).joined(separator: "\n")
    }

    private static let tailLines = 20
}
