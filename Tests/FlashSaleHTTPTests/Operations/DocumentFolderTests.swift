// The documents' site on the operations port: what is served, how, and that nothing outside of its folder is.

import Foundation
import Testing

@testable import FlashSaleHTTP

@Suite("The documents on the operations port")
struct DocumentFolderTests {
    /// Runs a server with a folder of documents, which has a secret file beside it.
    private static func with(_ body: @Sendable (TestServer) async throws -> Void) async throws {
        let name = "documents-\(UInt64.random(in: 0 ... .max))"
        let place = FileManager.default.temporaryDirectory.appending(path: name)
        defer { try? FileManager.default.removeItem(at: place) }
        let files = [
            "secret.html": "secret", "site/index.html": "home", "site/site.css": "body {}",
            "site/.git/config": "secret", "site/docs/A b.html": "page", "site/reference/x/index.html": "module",
            "site/docs/large.png": "",
        ]
        for (name, text) in files {
            let file = place.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let large = try FileHandle(forWritingTo: place.appending(path: "site/docs/large.png"))
        try large.truncate(atOffset: 9 * 1_024 * 1_024)
        try await TestServer.with { setup in
            setup.documents = DocumentFolder(place.appending(path: "site").path)
        } _: { server in
            try await body(server)
        }
    }

    @Test("A folder's page answers for the folder, and each file has its type")
    func pages() async throws {
        try await Self.with { server in
            let home = try await server.ask("GET", "/docs/", ofOperations: true)
            #expect(home.status == 200 && home.text == "home")
            #expect(home["content-type"] == "text/html; charset=utf-8")
            #expect(home["content-security-policy"]?.contains("script-src") == false)
            let style = try await server.ask("GET", "/docs/site.css", ofOperations: true)
            #expect(style["content-type"] == "text/css; charset=utf-8")
            let again = try await server.ask(
                "GET", "/docs/site.css", ["If-None-Match: \(style["etag"] ?? "")"], ofOperations: true)
            #expect(again.status == 304)
            #expect(try await server.ask("GET", "/docs/docs/A%20b.html?x=1", ofOperations: true).text == "page")
            let head = try await server.ask("HEAD", "/docs/docs/A%20b.html", ofOperations: true)
            #expect(head.status == 200 && head["content-length"] == "4")
        }
    }

    @Test("Only the reference may run scripts, which are its own")
    func reference() async throws {
        try await Self.with { server in
            let module = try await server.ask("GET", "/docs/reference/x/", ofOperations: true)
            #expect(module["content-security-policy"]?.contains("script-src 'self' 'unsafe-inline'") == true)
        }
    }

    @Test(
        "A folder without its slash leads to the one with it",
        arguments: [("/docs", "/docs/"), ("/docs/reference/x", "/docs/reference/x/")])
    func folders(target: String, address: String) async throws {
        try await Self.with { server in
            let answer = try await server.ask("GET", target, ofOperations: true)
            #expect(answer.status == 308 && answer["location"] == address)
        }
    }

    @Test(
        "What is not below the folder, is hidden, or is too large, is not there",
        arguments: [
            "/docs/../secret.html", "/docs/%2e%2e/secret.html", "/docs/x/%2E%2E/%2E%2E/secret.html",
            "/docs/.git/config", "/docs/%2fetc/passwd", "/docs//etc/passwd",
            "/docs/docs", "/docs/docs/", "/docs/none.html", "/docs/a%00b",
            "/docs/%zz", "/docs/docs/large.png", "/docs/index.html/",
        ])
    func hidden(target: String) async throws {
        try await Self.with { server in
            let answer = try await server.ask("GET", target, ofOperations: true)
            #expect(answer.status == 404 && !answer.text.contains("secret"))
        }
    }

    @Test("A file takes the memory of its own size, and not of the largest")
    func memory() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "document-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(repeating: 0x61, count: 10_000).write(to: file)
        let bytes = try FileProblem.reading(file.path, bytesMax: 8 * 1_024 * 1_024)
        #expect(bytes == [UInt8](repeating: 0x61, count: 10_000))
        #expect(bytes.capacity < 20_000)
    }

    @Test("The API's port has no documents, nor has a service without a folder")
    func elsewhere() async throws {
        try await Self.with { server in
            let answer = try await server.ask("GET", "/docs/")
            #expect(answer.status == 404)
        }
        try await TestServer.with { server in
            let answer = try await server.ask("GET", "/docs/", ofOperations: true)
            #expect(answer.status == 404)
        }
    }
}
