// A wall clock that a test can set for one process: Debian's libfaketime.

import Foundation

/// A clock is set, and then runs at its normal rate.
struct SetClock: Sendable {
    private let directory: TestDirectory
    private let library: String

    /// Makes a clock that is right.
    ///
    /// - Throws: ``MissingProp`` if the library is missing.
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

    /// The variables of the process whose clock it is.
    var environment: [String: String] {
        [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            // The seconds until a new setting is seen.
            "FAKETIME_CACHE_DURATION": "1",
        ]
    }

    /// - Parameter seconds: how far ahead of the machine's clock; behind it if negative.
    func set(ahead seconds: Int) throws {
        try "\(seconds < 0 ? "-" : "+")\(abs(seconds))s\n".write(toFile: file, atomically: true, encoding: .utf8)
    }

    func remove() { directory.remove() }

    private var file: String { directory.file("offset") }
}
