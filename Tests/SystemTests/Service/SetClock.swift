// A wall clock that a test can set, for one process alone: libfaketime, as Debian has it.

import Foundation

/// Time that runs on goes on as it is: clocks are set, seconds are not made longer.
struct SetClock: Sendable {
    private let directory: TestDirectory
    private let library: String

    /// Makes one that is right.
    ///
    /// - Throws: ``MissingProp`` where the library is missing.
    init() throws {
        let architectures = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        let libraries = architectures.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        guard let library = libraries.first(where: FileManager.default.fileExists) else {
            throw MissingProp(why: "libfaketime is missing: apt-get install faketime")
        }
        self.library = library
        directory = try TestDirectory("clock")
        try set(ahead: 0)
    }

    /// For the process whose clock it is.
    var environment: [String: String] {
        [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            // How many seconds it may take until a new setting is seen.
            "FAKETIME_CACHE_DURATION": "1",
        ]
    }

    /// - Parameter seconds: how far ahead of the machine's own; behind it if negative.
    func set(ahead seconds: Int) throws {
        try "\(seconds < 0 ? "-" : "+")\(abs(seconds))s\n".write(toFile: file, atomically: true, encoding: .utf8)
    }

    func remove() { directory.remove() }

    private var file: String { directory.file("offset") }
}
