// Reads the repository that this test was built from. Besides this file, only Promtool touches the disk.

import Foundation

enum Checkout {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file; empty if it does not exist, and then every test of its content fails.
    static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)) ?? ""
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// The files of a directory, in order.
    static func files(in directory: String, suffix: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(directory).path)
        return (names ?? []).filter { $0.hasSuffix(suffix) }.sorted().map { "\(directory)/\($0)" }
    }

    /// The files of a directory and of those in it.
    static func allFiles(below directory: String, suffix: String) -> [String] {
        let paths = FileManager.default.enumerator(atPath: root.appendingPathComponent(directory).path)
        return (paths?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(suffix) }.map { "\(directory)/\($0)" }
    }
}
