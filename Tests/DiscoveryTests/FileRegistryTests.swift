// The registry that an operator writes, and the one that nobody writes.

import Discovery
import FlashSaleTesting
import Foundation
import Testing

@Suite struct FileRegistryTests {
    @Test("Without a file it keeps what one process says", arguments: RegistryConformance.inMemory)
    func rules(rule: RegistryRule) async throws {
        let registry = FileRegistry(path: nil)
        try await rule.run(on: RegistryScene(one: registry, other: registry, pass: { _ in }, lose: {}, spoil: {}))
    }

    @Test("A file that is edited counts at the next look, without what is no instance")
    func file() async throws {
        let path = NSTemporaryDirectory() + "/instances-\(UUID()).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let registry = FileRegistry(path: path)
        func listed(_ text: String) async throws -> [String] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return try await registry.instances().map { "\($0.name) \($0.api)" }
        }
        let one = #"{"api":"http://10.0.0.7:8080","ops":"http://10.0.0.7:9464"}"#
        #expect(try await listed("{\"instances\":[\(one)]}") == ["10.0.0.7:9464 http://10.0.0.7:8080"])
        #expect(try await listed("\u{FEFF}{\"instances\":[\(one)]}") == ["10.0.0.7:9464 http://10.0.0.7:8080"])
        let named = #"{"name":"shop-8","api":"https://flash.example","ops":"http://10.0.0.8:9464"}"#
        let strange = #"{"api":"http://user:secret@10.0.0.9","ops":"http://10.0.0.9:9464"}"#
        #expect(
            try await listed("{\"instances\":[\(one),\(named),\(strange),7]}") == [
                "10.0.0.7:9464 http://10.0.0.7:8080", "shop-8 https://flash.example:443",
            ])
    }

    @Test(
        "A file that is no list is a failure in one sentence",
        arguments: [
            ("", "is not JSON: it ends too early"), ("[]", "has no list \"instances\""),
            ("{\"instances\":{}}", "has no list \"instances\""), ("{} {}", "has more than one JSON value"),
        ])
    func garbage(text: String, why: String) async throws {
        let path = NSTemporaryDirectory() + "/instances-\(UUID()).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = await #expect(throws: RegistryFailure.self) { try await FileRegistry(path: path).instances() }
        #expect(error?.description == "\(path) \(why)")
        let missing = await #expect(throws: RegistryFailure.self) {
            try await FileRegistry(path: "/nowhere/instances.json").instances()
        }
        #expect(missing?.description == "/nowhere/instances.json cannot be read")
    }

    @Test("A pipe that nobody writes to is a failure each time, and holds up nobody")
    func pipe() async throws {
        let path = NSTemporaryDirectory() + "/instances-\(UUID()).fifo"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #require(mkfifo(path, 0o600) == 0)
        let registry = FileRegistry(path: path)
        for _ in 0..<2 {
            let silent = await #expect(throws: RegistryFailure.self) { try await registry.instances() }
            #expect(silent?.description == "\(path) does not answer")
        }
        // The one thread that waits for a writer gets one, and reads nothing.
        let writer = open(path, O_WRONLY | O_NONBLOCK)
        #expect(writer >= 0 && close(writer) == 0)
    }
}
