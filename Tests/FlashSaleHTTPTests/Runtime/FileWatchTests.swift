// Files that others replace, and folders that come and go.

import Foundation
import Logging
import Testing

@testable import FlashSaleHTTP

@Suite("Watched files")
struct FileWatchTests {
    @Test("A folder that is gone changes nothing, and one that comes back is read", .timeLimit(.minutes(1)))
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let other = folder.appendingPathExtension("away")
        let file = folder.appendingPathComponent("keys")
        defer { for place in [folder, other] { try? FileManager.default.removeItem(at: place) } }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("one".utf8).write(to: file)
        let watch = try FileWatch([file.path]) { content throws(FileProblem) in
            String(decoding: content[0], as: UTF8.self)
        }
        let logs = LogRecorder()
        let running = Task { await watch.run(Logger(label: "test") { _ in logs.handler }) }
        defer { running.cancel() }
        try FileManager.default.moveItem(at: folder, to: other)
        await logs.hears { $0.metadata["why"]?.description.contains("No such file") ?? false }
        #expect(watch.value == "one")
        try Data("two".utf8).write(to: other.appendingPathComponent("keys"))
        try FileManager.default.moveItem(at: other, to: folder)
        await logs.hears { $0.message == "files are read again" }
        #expect(watch.value == "two")
    }
}
